"""Roll-ups: a formula over KPIs of another kind of period, by the rule for what is counted."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.discovery import read_catalog
from core.errors import DefinitionError
from core.expressions import Ref, ref
from core.periods import Day, Month, Period, Week
from core.readings import Number

Write = Callable[..., None]
WEEK = Week.of(2026, 48)  # 23 to 29 November
NUMBERS = {day: Number(Decimal(day)) for day in range(1, 32)}


def by_day(_: str, period: Period) -> Number:
    """Of a day, its number in the month; of a month, its number in the year."""
    return Number(Decimal(period.start.day if isinstance(period, Day) else period.number))


def test_days_of_a_week_are_those_that_end_with_it() -> None:
    days = ref("cases").sum(days=7).periods(WEEK)
    assert [d.start for d in days] == [date(2026, 11, day) for day in range(23, 30)]
    assert ref("cases").sum(days=7).number(WEEK, by_day).value == sum(range(23, 30))
    assert ref("cases").mean(days=7).number(WEEK, by_day).value == 26
    assert ref("open").last(days=1).number(WEEK, by_day).value == 29


@pytest.mark.parametrize(
    ("week", "month"),
    [(48, 10), (49, 11), (53, 12)],  # to 29 November; to 6 December; to 3 January 2027
)
def test_the_last_month_is_the_last_that_has_ended_with_the_week(week: int, month: int) -> None:
    (found,) = ref("par30").last(months=1).periods(Week.of(2026, week))
    assert found == Month(date(2026, month, 1))


def test_a_month_that_ends_on_the_weeks_last_day_counts() -> None:
    (found,) = ref("par30").last(months=1).periods(Week.of(2026, 22))  # 25 to 31 May
    assert found == Month(date(2026, 5, 1))


def test_a_ratio_is_made_of_the_parts_of_its_days() -> None:
    def cases(_: str, period: Period) -> Number:
        closed = Decimal(10) if period.start.day == 23 else Decimal(1)
        return Number.ratio(Decimal(0) if closed == 10 else closed, closed)

    assert ref("sla").mean(days=7).number(WEEK, cases).value == Decimal(6) / Decimal(16)


def test_one_unknown_day_makes_the_week_unknown() -> None:
    def cases(_: str, period: Period) -> Number:
        return Number() if period.start.day == 25 else Number(Decimal(1))

    assert ref("cases").sum(days=7).number(WEEK, cases).value is None


def test_the_end_is_one_period() -> None:
    with pytest.raises(DefinitionError, match=r"takes the last one: write \.last\(months=1\)"):
        ref("par30").last(months=2)


def faults(scorecards: Path, write: Write, kind: str, formula: str, cadence: str = "daily") -> list[str]:
    body = 'kpi = KPI(title="{0}", owner="O", unit="x", better="higher", cadence="{1}", kind="{2}", measure={3})'
    query = 'Query("select count(*) as value from staging.cases where at >= :start and at < :end")'
    write("support", "scorecard.py", 'scorecard = Scorecard(title="Support", owner="O")')
    write("support", "kpi_01_cases.py", body.format("Cases", cadence, kind, query))
    write("board", "scorecard.py", 'scorecard = Scorecard(title="Board", owner="O")')
    write("board", "kpi_01_cases.py", body.format("Cases", "weekly", "", formula))
    return [fault.what for fault in read_catalog(scorecards).faults]


@pytest.mark.parametrize(
    ("kind", "formula", "told"),
    [
        ("flow", 'ref("support.cases").sum(days=7)', ""),
        ("stock", 'ref("support.cases").last(days=1)', ""),
        ("ratio", 'ref("support.cases").mean(days=7)', ""),
        ("ratio", 'ref("support.cases").last(days=1)', ""),
        ("stock", 'ref("support.cases").sum(days=7)', "support.cases is a stock: its sum counts the same things again"),
        ("ratio", 'ref("support.cases").sum(days=7)', "support.cases is a ratio, and ratios have no sum"),
        ("flow", 'ref("support.cases").last(days=1)', "support.cases is a flow: the last period is a part of it"),
        *(
            ("", f'ref("support.cases").{roll}', "support.cases says no kind")
            for roll in ("sum(days=7)", "mean(days=7)", "last(days=1)")
        ),
        ("flow", 'ref("support.cases")', 'roll it up, as ref("support.cases").sum(days=7)'),
        ("stock", 'ref("support.cases")', 'roll it up, as ref("support.cases").last(days=1)'),
        ("ratio", 'ref("support.cases")', 'roll it up, as ref("support.cases").mean(days=7)'),
        ("flow", 'ref("support.cases").sum(months=1)', "counts in monthly periods, but this KPI is weekly"),
        ("flow", 'ref("support.cases").sum(weeks=4)', "counts in weekly periods, but that KPI is daily"),
    ],
)
def test_a_wrong_roll_up_is_refused_by_name(scorecards: Path, write: Write, kind: str, formula: str, told: str) -> None:
    found = faults(scorecards, write, kind, formula)
    assert len(found) == bool(told)
    assert all(told in what for what in found)


def test_a_formula_says_what_it_rolls_up() -> None:
    assert str(ref("support.cases").sum(days=7)) == "sum(support.cases, 7 days)"
    assert str(ref("lending.par30").last(months=1)) == "last(lending.par30, month)"
    assert isinstance(ref("a").last(days=1).ago(days=7), Ref)
