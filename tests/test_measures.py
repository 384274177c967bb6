"""Measures: one expression tree gives the number, the run order and the formula."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DefinitionError
from core.expressions import Expression, Lookup, Ref, ref
from core.measures import TYPES_TOLD, Blend, File, Query, Sheet, binds
from core.periods import Day, Month, Period, Week
from core.readings import UNKNOWN, Number

WEEK = Week.of(2026, 47)
COLUMNS = 'columns={"week": "text", "calls": "integer"}'
TABLES = 'tables={"report": Sheet(...), "budget": File(...)}'
KPI_NAME = 'the name of a KPI: write ref("orders") or ref("sales.orders")'
amounts = st.decimals(-(10**6), 10**6, places=2)


def looking_up(values: Mapping[tuple[str, Period], Number]) -> Lookup:
    return lambda name, period: values.get((name, period), UNKNOWN)


def only(**values: str | int) -> Lookup:
    return looking_up({(name, WEEK): Number(Decimal(value)) for name, value in values.items()})


@given(amounts, amounts)
def test_arithmetic_is_exact(a: Decimal, b: Decimal):
    found = only(a=str(a), b=str(b))
    for formula, value in (
        (ref("a") + ref("b"), a + b),
        (ref("a") - ref("b"), a - b),
        (ref("a") * ref("b"), a * b),
        (2 * ref("a") - 1, 2 * a - 1),
        (1 - ref("a"), 1 - a),
    ):
        assert formula.number(WEEK, found).value == value


def test_operators_bind_as_in_arithmetic_and_the_formula_shows_it():
    formula = ref("a") / ref("b").ago(weeks=52) - 1
    assert str(formula) == "((a / b 52 weeks ago) - 1)"
    assert str(ref("a") + ref("b") * 2) == "(a + (b * 2))"


def test_a_quotient_keeps_its_parts_so_that_weeks_can_be_joined():
    share = (ref("a") / ref("b")).number(WEEK, only(a=3, b=12))
    assert (share.numerator, share.denominator, share.value) == (3, 12, Decimal("0.25"))


def test_a_quotient_over_zero_is_unknown():
    assert (ref("a") / ref("b")).number(WEEK, only(a=3, b=0)).value is None
    assert (1 / ref("b")).number(WEEK, only(b=0)).value is None


@pytest.mark.parametrize(
    "formula",
    [
        ref("a") + ref("gone"),
        ref("gone") * 0,
        ref("gone").ago(weeks=1) - ref("a"),
        ref("a") / ref("gone"),
        ref("a").mean(weeks=2),
        ref("a").sum(weeks=2),
    ],
)
def test_an_unknown_part_makes_the_number_unknown(formula: Expression):
    assert formula.number(WEEK, only(a=3)).value is None


@pytest.mark.parametrize(
    ("moved", "period", "earlier"),
    [
        (ref("a").ago(weeks=52), WEEK, Week.of(2025, 47)),
        (ref("a").ago(weeks=1).ago(weeks=1), WEEK, Week.of(2026, 45)),
        (ref("a").ago(days=7), Day(date(2026, 11, 20)), Day(date(2026, 11, 13))),
        (ref("a").ago(months=12), Month(date(2026, 2, 1)), Month(date(2025, 2, 1))),
    ],
)
def test_ago_reads_so_many_periods_earlier(moved: Ref, period: Period, earlier: Period):
    assert list(moved.needs(period)) == [("a", earlier)]


def test_a_mean_a_year_ago_reads_the_same_weeks_however_it_is_written():
    weeks = [Week.of(2025, number) for number in (44, 45, 46, 47)]
    assert ref("a").mean(weeks=4).ago(weeks=52).periods(WEEK) == weeks
    assert ref("a").ago(weeks=52).mean(weeks=4).periods(WEEK) == weeks


@given(st.integers(1, 60), st.integers(0, 60))
def test_a_rolled_ref_needs_exactly_the_periods_it_reads(length: int, back: int):
    rolled = ref("a").sum(weeks=length)
    rolled = rolled.ago(weeks=back) if back else rolled
    asked: list[tuple[str, Period]] = []

    def lookup(name: str, period: Period) -> Number:
        asked.append((name, period))
        return Number(Decimal(1))

    assert rolled.number(WEEK, lookup).value == length
    assert asked == list(rolled.needs(WEEK))
    assert len(set(asked)) == length


def test_sums_and_means_over_weeks():
    weeks = {("a", WEEK.shift(-n)): Number(Decimal(value)) for n, value in enumerate((12, 9, 0, 11))}
    assert ref("a").mean(weeks=4).number(WEEK, looking_up(weeks)).value == 8
    assert ref("a").sum(weeks=4).number(WEEK, looking_up(weeks)).value == 32


def test_a_number_that_was_a_float_stays_marked_through_a_formula():
    lookup = looking_up({("a", WEEK): Number(Decimal(2), approximate=True), ("b", WEEK): Number(Decimal(4))})
    assert (ref("a") / ref("b")).number(WEEK, lookup).approximate
    assert (ref("a") + ref("b")).number(WEEK, lookup).approximate
    assert not (ref("b") * 2).number(WEEK, lookup).approximate


def test_names_are_told_as_written_and_constants_have_none():
    assert list((ref("success.a") / (ref("b") + 1) - ref("b")).names()) == ["success.a", "b", "b"]


@pytest.mark.parametrize(
    ("wrong"),
    [
        {},
        {"weeks": 0},
        {"weeks": -1},
        {"weeks": 4, "days": 28},
        {"weeks": 2.5},
        {"weeks": "4"},
    ],
)
def test_a_ref_is_moved_and_rolled_up_by_one_whole_number_only(wrong: dict[str, Any]):
    for word in (ref("a").ago, ref("a").mean, ref("a").sum):
        with pytest.raises(DefinitionError, match="one whole number of weeks, days or months"):
            word(**wrong)


def test_weeks_and_days_do_not_mix_in_one_ref():
    with pytest.raises(DefinitionError, match="one whole number"):
        ref("a").mean(weeks=4).ago(days=7)


def test_a_ref_is_rolled_up_once():
    with pytest.raises(DefinitionError, match="rolled up twice"):
        ref("a").mean(weeks=4).sum(weeks=4)

    with pytest.raises(DefinitionError, match=r'ref\("a"\) is rolled up twice: once is enough'):
        ref("a").mean(weeks=4).mean(weeks=4)


@pytest.mark.parametrize("wrong", ["x", True, None, float("nan"), float("inf"), Decimal("sNaN")])
def test_a_formula_holds_refs_and_numbers_and_nothing_else(wrong: Any):
    for combine in (lambda: ref("a") * wrong, lambda: wrong - ref("a")):
        with pytest.raises(DefinitionError, match=r"made of ref\(...\) and numbers"):
            combine()


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        (Query("select 1", database="crm_2"), []),
        (Query(5), ["sql is of type int, not a text"]),
        (Query(" \n"), ["sql is missing"]),
        (Query("s", database="CRM"), ["database='CRM' is not a name in lower case, digits and underscores"]),
        (Query("s", database=None), ["database=None is not a name in lower case, digits and underscores"]),
        (File("a.csv", columns={"day": "date", "paid": "decimal(9, 2)"}), []),
        (File("", tab=3), ["path is missing", "tab is of type int, not a text"]),
        (
            Sheet("report", "", columns=("week",)),
            ["tab is missing", f"columns are written with their types: {COLUMNS}"],
        ),
        (Sheet("report", "Weekly", columns={"week": "txt"}), [f"columns: 'week' has no type 'txt': use {TYPES_TOLD}"]),
        (Blend({"r": Sheet("report", "Weekly"), "b": File("b.csv"), "q": Query("s")}, "select 1"), []),
        (Blend({}, ""), [f"tables names no input: write {TABLES}", "sql is missing"]),
        (Blend([File("b.csv")], "s"), [f"tables names no input: write {TABLES}"]),
        (Blend({"b": "b.csv"}, "s"), ["b: is none of Query(...), File(...) or Sheet(...)"]),
        (Blend({"q": Query(5), "b": File("")}, "s"), ["q: sql is of type int, not a text", "b: path is missing"]),
        (Blend({"B": File("a"), "b": File("b")}, "s"), ['tables names "b" twice: case makes no difference']),
        (ref("orders") / ref("sales.32"), []),
        (ref(5) + ref(""), [f"ref(5) is not {KPI_NAME}", f"ref('') is not {KPI_NAME}"]),
    ],
)
def test_every_fault_of_a_measure_is_told_at_once(measure: Any, told: list[str]):
    assert measure.problems() == told


@pytest.mark.parametrize("name", ["a b", 'a"b', "1a", "größe", "", 5])
def test_an_input_has_a_plain_name(name: Any):
    (told,) = Blend({name: File("b.csv")}, "s").problems()
    assert told.endswith("is not a plain name of letters, digits and underscores")


def test_a_formula_has_a_readable_text():
    assert str(ref("a").mean(weeks=4)) == "mean(a, 4 weeks)"
    assert str(ref("a").sum(months=12).ago(months=12)) == "sum(a, 12 months) 12 months ago"
    assert str(ref("a").ago(days=364)) == "a 364 days ago"


def test_the_binds_of_a_week_are_its_bounds_and_its_names():
    assert binds(Week.of(2026, 53)) == {
        "start": date(2026, 12, 28),
        "end": date(2027, 1, 4),
        "week": "2026-W53",
        "year": 2026,
        "last_sunday": date(2027, 1, 3),
    }
