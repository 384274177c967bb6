"""Units: how people read a number."""

from decimal import Decimal

import pytest

from core.units import decimals, is_money, is_share, show


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("0.118", "%", "11.8 %"),
        ("0.03", "%", "3.0 %"),
        ("380407.57", "GBP", "380,408 GBP"),
        ("-1566.23", "GBP", "-1,566 GBP"),
        ("12.5", "GBP", "12.50 GBP"),
        ("12", "forms", "12 forms"),
        ("12.00", "forms", "12 forms"),
        ("9.25", "forms", "9.25 forms"),
        ("593900", "items", "593,900 items"),
        ("289.904", "hours", "289.9 hours"),
        ("0", "forms", "0 forms"),
        ("-0.00004", "%", "0.0 %"),
        ("-0.001", "GBP", "0.00 GBP"),
        ("1E+3", "forms", "1,000 forms"),
    ],
)
def test_a_number_is_shown_as_people_read_it(value: str, unit: str, shown: str):
    assert show(Decimal(value), unit) == shown


@pytest.mark.parametrize("unit", ["%", "GBP", "forms", "hours"])
def test_an_unknown_number_is_a_dash_and_never_zero(unit: str):
    assert show(None, unit) == "–"


def test_a_currency_is_three_capitals_and_nothing_else():
    assert is_money("GBP")
    assert not any(map(is_money, ("gbp", "GB", "GBPS", "%", "")))
    assert is_share("%")
    assert not is_share("percent")


def test_decimals_follow_the_unit_when_the_value_is_not_known_yet():
    assert [decimals(unit) for unit in ("%", "hours", "GBP", "forms")] == [1, 1, 0, 0]
