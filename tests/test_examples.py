"""Examples in a definition file: every fault at once, and what counts as the expected number."""

from decimal import Decimal
from typing import Any

import pytest

from core.examples import Example, expected, meets
from core.kpi import KPI
from core.measures import Query
from core.readings import Number


def of(**fields: Any) -> KPI:
    query = Query("select count(*) as value from staging.orders where at >= :start and at < :end")
    return KPI(title="T", owner="O", unit="u", better="higher", measure=query, **fields)


def test_sound_examples_have_no_problems() -> None:
    rows = [{"at": "2026-11-16 09:00", "amount": 3}, {}]
    assert of(examples=(Example(period="2026-W47", expect=2, rows=rows),)).problems() == []
    assert of(examples=[Example(period="2026-W47", expect="1/2", rows={"orders": rows}, name="two")]).problems() == []


def test_every_fault_of_every_example_is_told() -> None:
    faulty = (
        Example(period="2026-W54", expect="many", rows="none", name=3),  # type: ignore[arg-type]
        Example(period="2026-11", expect=1),
        Example(period=47, expect=True, rows=[3]),  # type: ignore[arg-type, list-item]
    )
    assert [fault.partition(":")[0] for fault in of(examples=faulty).problems()] == [
        *["example 1"] * 4,
        "example 2",
        *["example 3"] * 3,
    ]
    (of_months,) = of(examples=faulty[1:2]).problems()
    assert of_months == 'example 1: period="2026-11" is not a weekly period'


@pytest.mark.parametrize("wrong", ["Example", 3, ("one",), {"period": "2026-W47"}])
def test_a_list_of_something_else_is_told(wrong: object) -> None:
    (told,) = of(examples=wrong).problems()
    assert told.startswith("examples is not a list of examples: write")


EXPECTED = [
    (3, Number(Decimal(3))),
    ("3", Number(Decimal(3))),
    ("-1.50", Number(Decimal("-1.5"))),
    (0.1, Number(Decimal("0.1"))),
    ("3/4", Number(Decimal("0.75"), Decimal(3), Decimal(4))),
    ("0/0", Number(None, Decimal(0), Decimal(0))),
    ("unknown", Number()),
    (" Unknown ", Number()),
]


@pytest.mark.parametrize(("said", "number"), EXPECTED)
def test_what_is_expected_is_a_number_a_ratio_or_unknown(said: object, number: Number) -> None:
    assert expected(said) == number


@pytest.mark.parametrize("wrong", ["", "1/2/3", "three", True, None, [3], "1e", "nan", "1/"])
def test_anything_else_is_no_number(wrong: object) -> None:
    with pytest.raises(ValueError, match='write a number, a ratio as "3/4", or "unknown"'):
        expected(wrong)


def test_a_ratio_is_met_by_both_its_parts_and_a_value_by_the_value_alone() -> None:
    half = Number.ratio(Decimal(1), Decimal(2))
    assert meets(half, expected("1/2"), 0)
    assert not meets(half, expected("2/4"), 0)
    assert meets(half, expected("0.5"), 0)
    assert not meets(half, expected("unknown"), 0)
    assert meets(Number.ratio(Decimal(0), Decimal(0)), expected("unknown"), 0)
    assert not meets(Number(), expected(0), 0)


def test_floats_are_met_within_the_tolerance_and_exact_numbers_exactly() -> None:
    third = Number(Decimal("0.33333333333333"), approximate=True)
    assert meets(third, expected("0.333333333333"), 1e-9)
    assert not meets(third, expected("0.3333"), 1e-9)
    assert not meets(Number(Decimal("0.33333333333333")), expected("0.333333333333"), 1e-9)
