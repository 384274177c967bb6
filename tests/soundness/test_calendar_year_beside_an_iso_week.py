"""The wrong number: a calendar year beside an ISO week.

3 January 2027 belongs to 2026-W53. Filed under (2027, 53) it stands in a week that does not exist; and where the
first days of a year end an older week, two different weeks share one name: (2023, 52) is both.
"""

from collections import defaultdict
from datetime import date, timedelta

import psycopg
import pytest

from core.dataset import Column
from core.periods import Week, parse
from core.queries import Dialect, faults

DAYS = [date(2000, 1, 1) + timedelta(days=n) for n in range(366 * 41)]
TABLES = {"staging.forms": [Column("closed_at", "timestamp")]}

MIXES = {
    "extract": "extract(year from closed_at) * 100 + extract(week from closed_at) = 202653",
    "date_part": "date_part('year', closed_at) = 2026 and date_part('week', closed_at) = 53",
    "calendar year and ISO week": "to_char(closed_at, 'YYYY-IW') = '2026-53'",
    "calendar year and a week that is not ISO": "to_char(closed_at, 'YYYY-WW') = '2026-53'",
    "in two calls": "to_char(closed_at, 'YYYY') = '2026' and to_char(closed_at, 'IW') = '53'",
    "a truncated year": "date_trunc('year', closed_at) = '2026-01-01' and extract(week from closed_at) = 53",
    "the year of the week": "extract(year from closed_at) = :year",
}
DUCKDB_MIXES = {
    "strftime": "strftime(closed_at, '%Y-W%V') = '2026-W53'",
    "a week that is not ISO": "strftime(closed_at, '%Y-W%W') = '2026-W53'",
    "functions": "year(closed_at) = 2026 and weekofyear(closed_at) = 53",
    "extract": "extract(year from closed_at) = 2026 and extract(week from closed_at) = 53",
}
SOUND = [
    "extract(isoyear from closed_at) = 2026 and extract(week from closed_at) = 53",
    "to_char(closed_at, 'IYYY-\"W\"IW') = :week",
    "extract(year from closed_at) = 2026",
]


def query(condition: str) -> str:
    return f"select count(*) as value from staging.forms where {condition} and closed_at < :end"


def test_3_january_2027_stands_in_2026():
    week = Week.containing(date(2027, 1, 3))
    assert (week.label, week.year) == ("2026-W53", 2026)
    assert week == parse("2026-W53")


def test_calendar_years_would_give_two_weeks_one_name():
    named: dict[tuple[int, int], set[Week]] = defaultdict(set)
    for day in DAYS:
        week = Week.containing(day)
        named[day.year, week.number].add(week)
    assert named[2023, 52] == {parse("2022-W52"), parse("2023-W52")}


def test_the_year_of_a_week_never_does():
    named: dict[tuple[int, int], set[Week]] = defaultdict(set)
    for day in DAYS:
        week = Week.containing(day)
        named[week.year, week.number].add(week)
    assert all(len(weeks) == 1 for weeks in named.values())


def test_the_mix_loses_three_days_of_the_week_in_postgres(warehouse_url: str):
    with psycopg.connect(warehouse_url) as connection:
        row = connection.execute("""
            select count(*) filter (where extract(year from day) = 2026 and extract(week from day) = 53),
                   count(*) filter (where extract(isoyear from day) = 2026 and extract(week from day) = 53)
            from   generate_series(timestamp '2026-01-01', timestamp '2027-12-31', interval '1 day') as day
        """).fetchone()
    assert row == (4, 7)


@pytest.mark.parametrize(
    ("condition", "dialect"),
    [(condition, "postgres") for condition in MIXES.values()]
    + [(condition, "duckdb") for condition in DUCKDB_MIXES.values()],
    ids=[*MIXES, *(f"duckdb: {name}" for name in DUCKDB_MIXES)],
)
def test_a_query_that_mixes_them_is_refused(condition: str, dialect: Dialect):
    (told,) = faults(query(condition), dialect=dialect, tables=TABLES)
    assert told.startswith("a calendar year stands beside")


@pytest.mark.parametrize("condition", SOUND)
def test_a_query_that_does_not_is_welcome(condition: str):
    assert faults(query(condition), tables=TABLES) == []
