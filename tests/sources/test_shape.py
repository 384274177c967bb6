"""From rows to a number: exactly one, or a sentence that says what is wrong."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ShapeError
from core.readings import UNKNOWN, Number
from core.sources.database import Answer
from core.sources.shape import number_of


def value(*rows: object) -> Answer:
    return Answer(("value",), [(row,) for row in rows])


def ratio(numerator: object, denominator: object) -> Answer:
    return Answer(("numerator", "denominator"), [(numerator, denominator)])


@given(st.integers(-(10**18), 10**18) | st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_whole_numbers_and_decimals_arrive_exactly(said: int | Decimal) -> None:
    assert number_of(value(said)) == Number(Decimal(said))
    assert not number_of(value(said)).approximate


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_arrive_as_they_print_and_are_marked(said: float) -> None:
    found = number_of(value(said))
    assert found.value == Decimal(str(said))
    assert found.approximate


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_a_ratio_keeps_its_parts_and_over_zero_is_unknown(numerator: int, denominator: int) -> None:
    found = number_of(ratio(numerator, denominator))
    assert (found.numerator, found.denominator) == (numerator, denominator)
    assert found.value == (Decimal(numerator) / denominator if denominator else None)


def test_columns_may_stand_in_any_order_and_case() -> None:
    assert number_of(Answer(("DENOMINATOR", "Numerator"), [(4, 1)])).value == Decimal("0.25")
    assert number_of(Answer(("VALUE",), [(4,)])).value == 4


def test_nothing_found_is_unknown_unless_the_kpi_says_what_it_stands_for() -> None:
    for nothing in (value(), value(None), ratio(None, 4), ratio(1, None), ratio(1, 0)):
        assert number_of(nothing).value is None
        assert number_of(nothing, Decimal(0)) == Number(Decimal(0))
    assert number_of(value()) == UNKNOWN
    assert number_of(value(3), Decimal(0)).value == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (value(1, 2), "more than one row"),
        (Answer(("count",), [(1,)]), "the columns count"),
        (Answer(("value", "value"), [(1, 2)]), "the columns value, value"),
        (Answer(("value", "Value"), [(1, 2)]), "the columns value, Value"),
        (Answer(("numerator",), [(1,)]), "the columns numerator"),
        (Answer(("value", "numerator", "denominator"), [(1, 1, 1)]), "the columns value"),
        (Answer(("count",), []), "the columns count"),
        (value("12"), "`value` is text"),
        (value(True), "`value` is a truth value"),
        (value(date(2026, 1, 1)), "`value` is a date"),
        (value(timedelta(1)), "`value` is an interval"),
        (value([1]), "`value` is a list"),
        (value(float("nan")), "`value` is nan"),
        (value(float("-inf")), "`value` is -inf"),
        (value(Decimal("NaN")), "`value` is NaN"),
        (ratio(1, "x"), "`denominator` is text"),
    ],
)
def test_anything_else_is_an_error_with_a_next_step(answer: Any, said: str) -> None:
    with pytest.raises(ShapeError) as told:
        number_of(answer, Decimal(0))
    assert said in told.value.what
    assert told.value.next_step


def test_the_text_at_fault_is_never_repeated() -> None:
    with pytest.raises(ShapeError) as told:
        number_of(value("ann@example.org"))
    assert "ann" not in str(told.value)
