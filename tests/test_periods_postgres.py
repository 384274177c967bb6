"""Periods against PostgreSQL: the ledger and every query must mean the same week."""

from datetime import date
from zoneinfo import ZoneInfo

import psycopg
import pytest

from core.periods import Day, Week, instants

ZONES = [
    "Europe/London",
    "Europe/Madrid",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "UTC",
]


@pytest.fixture
def postgres(warehouse_url: str):
    with psycopg.connect(warehouse_url) as connection:
        yield connection


def test_every_day_from_1900_to_2200_has_the_label_that_postgres_gives_it(postgres: psycopg.Connection):
    rows = postgres.execute("""
        select day::date, to_char(day, 'IYYY-"W"IW'), extract(isoyear from day)::int, extract(week from day)::int
        from   generate_series(timestamp '1900-01-01', timestamp '2200-12-31', interval '1 day') as day
    """).fetchall()
    assert len(rows) == 109_938
    for day, label, year, number in rows:
        week = Week.containing(day)
        assert (week.label, week.year, week.number) == (label, year, number)


def test_weeks_start_where_postgres_truncates_them(postgres: psycopg.Connection):
    rows = postgres.execute("""
        select day::date, date_trunc('week', day)::date
        from   generate_series(timestamp '1900-01-01', timestamp '2200-12-31', interval '1 day') as day
    """).fetchall()
    assert all(Week.containing(day).start == start for day, start in rows)


@pytest.mark.parametrize("zone", ZONES)
def test_every_week_from_2000_to_2040_starts_and_ends_at_the_moments_of_postgres(
    postgres: psycopg.Connection, zone: str
):
    rows = postgres.execute(
        """
        select monday::date,
               extract(epoch from monday at time zone %(zone)s)::bigint,
               extract(epoch from (monday + interval '7 days') at time zone %(zone)s)::bigint
        from   generate_series(timestamp '2000-01-03', timestamp '2040-12-31', interval '7 days') as monday
        """,
        {"zone": zone},
    ).fetchall()
    assert len(rows) == 2140
    for monday, start, end in rows:
        assert [moment.timestamp() for moment in instants(Week(monday), ZoneInfo(zone))] == [start, end]


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_from_2000_to_2040_starts_at_the_moment_of_postgres(postgres: psycopg.Connection, zone: str):
    rows = postgres.execute(
        """
        select day::date, extract(epoch from day at time zone %(zone)s)::bigint
        from   generate_series(timestamp '2000-01-01', timestamp '2040-12-31', interval '1 day') as day
        """,
        {"zone": zone},
    ).fetchall()
    assert all(instants(Day(day), ZoneInfo(zone))[0].timestamp() == start for day, start in rows)


def test_a_bound_date_means_midnight_in_the_zone_of_the_connection(postgres: psycopg.Connection):
    week = Week.containing(date(2026, 3, 29))
    postgres.execute("select set_config('timezone', 'Europe/London', true)")
    row = postgres.execute(
        "select extract(epoch from %s::date::timestamptz)::bigint, extract(epoch from %s::date::timestamptz)::bigint",
        (week.start, week.end),
    ).fetchone()
    assert row is not None
    assert list(row) == [moment.timestamp() for moment in instants(week, ZoneInfo("Europe/London"))]
    assert row[1] - row[0] == 167 * 3600
