"""The wrong number: "four weeks" by a closed range of dates, which holds five Sundays.

From Sunday to Sunday, both included, 28 days apart: five weekly numbers, a mean over five weeks, a sum 25 % too high.
"""

from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from core.dataset import Column
from core.expressions import ref
from core.periods import Period, Week
from core.queries import faults
from core.readings import Number

WEEK = Week.of(2026, 47)
FORMS = {WEEK.shift(-n): Number(Decimal(value)) for n, value in enumerate((12, 9, 8, 11, 100))}
TABLES = {"staging.weekly": [Column("last_sunday", "date"), Column("forms", "integer")]}


def recorded(name: str, period: Period) -> Number:
    assert isinstance(period, Week)
    return FORMS[period]


def test_a_closed_range_of_28_days_holds_five_sundays():
    last_sunday = WEEK.end - timedelta(days=1)
    with duckdb.connect() as connection:
        connection.execute("create table weekly (last_sunday date, forms integer)")
        rows = [(week.end - timedelta(days=1), int(number.value or 0)) for week, number in FORMS.items()]
        connection.executemany("insert into weekly values (?, ?)", rows)
        closed, half_open = (
            connection.execute(
                f"select count(*), sum(forms) from weekly where {condition}", [last_sunday] * 2
            ).fetchone()
            for condition in ("last_sunday between $1 - 28 and $2", "last_sunday > $1 - 28 and last_sunday <= $2")
        )
    assert closed == (5, 140)
    assert half_open == (4, 40)


def test_a_mean_over_four_weeks_reads_exactly_four():
    rolled = ref("forms").mean(weeks=4)
    assert rolled.periods(WEEK) == [Week.of(2026, number) for number in (44, 45, 46, 47)]
    assert rolled.number(WEEK, recorded).value == 10


def test_a_sum_over_four_weeks_reads_exactly_four():
    assert ref("forms").sum(weeks=4).number(WEEK, recorded).value == 40


def test_four_weeks_hold_four_sundays_whatever_week_it_is():
    for n in range(600):
        periods = ref("forms").mean(weeks=4).periods(Week.containing(date(2020, 1, 1)).shift(n))
        days = [period.start + timedelta(days=d) for period in periods for d in range(7)]
        assert len(set(days)) == 28
        assert sum(day.weekday() == 6 for day in days) == 4


def test_four_weeks_across_a_clock_change_and_a_53rd_week_are_four():
    assert [period.label for period in ref("forms").mean(weeks=4).periods(Week.of(2027, 2))] == [
        *("2026-W52", "2026-W53", "2027-W01", "2027-W02")
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "last_sunday between :end - 28 and :end",
        "last_sunday between :start - 28 and :start",
        "last_sunday between :end - interval '4 weeks' and :end",
        "last_sunday >= :end - 28 and last_sunday <= :end",
    ],
)
def test_a_query_with_the_closed_range_is_refused(condition: str):
    (told,) = faults(f"select sum(forms) as value from staging.weekly where {condition}", tables=TABLES)
    assert "last_sunday < :" in told


def test_a_query_with_the_half_open_range_is_welcome():
    sql = "select sum(forms) as value from staging.weekly where last_sunday >= :end - 28 and last_sunday < :end"
    assert faults(sql, tables=TABLES) == []
