"""Sample rows of support and team statistics: past days stay as they are, contracts hold, something happens."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from core.checks import Level, quoted, score
from core.discovery import read_catalog
from core.sources.contract import in_duckdb, verdicts

CATALOG = read_catalog(Path(__file__).parents[2] / "scorecards")
LAST = date(2026, 11, 16)
DAYS = [(date(2026, 3, 23), date(2026, 4, 6)), (date(2025, 12, 29), date(2026, 6, 1)), (date(2026, 1, 5), LAST)]

# What belongs to some days of a dataset, once they are over; what may still happen to a row is left out.
OF_THE_DAYS = {
    "support_cases": "select case_id, priority, region, created_at from {0} where created_at >= $start",
    "api_requests": 'select * from {0} where "at" >= $start',
    "staff_events": 'select * from {0} where "at" >= $start',
    "subscriptions": "select subscription_id, subscriber_id, channel, opted_in_at from {0} where opted_in_at >= $start",
    "games": "select * from {0} where played_on >= $start",
    "availability": "select * from {0} where day >= $start",
}


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def sample(duck: duckdb.DuckDBPyConnection, name: str, first: date, last: date) -> str:
    bound = CATALOG.datasets[name]
    columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in bound.dataset.columns)
    duck.execute(f"create or replace table {name} ({columns})")
    duck.execute(f"insert into {name} {bound.sample.read_text()}", {"first": first, "last": last})
    return name


def rows(duck: duckdb.DuckDBPyConnection, sql: str, **values: object) -> Sequence[Sequence[object]]:
    return duck.execute(f"select columns(*)::text from ({sql}) order by all", values).fetchall()


@pytest.mark.parametrize("name", OF_THE_DAYS)
def test_past_days_are_the_same_whatever_else_is_made(name: str, duck: duckdb.DuckDBPyConnection) -> None:
    """Two weeks in March, made alone, among others, and looked at long afterwards."""
    found = []
    for first, last in DAYS:
        table = sample(duck, name, first, last)
        wanted = OF_THE_DAYS[name].format(table)
        column = wanted.rpartition("where ")[2].partition(" >=")[0]
        found.append(rows(duck, f"{wanted} and {column} < $end", start=DAYS[0][0], end=DAYS[0][1]))
    assert found[0] == found[1] == found[2] != []


@pytest.mark.parametrize("name", OF_THE_DAYS)
@pytest.mark.parametrize("today", [LAST, date(2014, 6, 2), date(2031, 6, 2)])
def test_sample_rows_keep_their_contract_and_are_few(name: str, today: date, duck: duckdb.DuckDBPyConnection) -> None:
    table = sample(duck, name, today - timedelta(weeks=160), today)
    found = verdicts(in_duckdb(duck), table, CATALOG.datasets[name].dataset, "duckdb", today)
    assert [(v.check, v.rows) for v in found if v.level is not Level.PASS] == []
    assert score(found) == 1
    assert len(rows(duck, f"select 1 from {table}")) < 40_000


def test_an_incident_fills_the_backlog_and_a_bad_evening_takes_the_api_down(duck: duckdb.DuckDBPyConnection) -> None:
    first = LAST - timedelta(weeks=52)
    cases, requests = sample(duck, "support_cases", first, LAST), sample(duck, "api_requests", first, LAST)
    created = (
        f"select created_at::date as day, count(*) as cases from {cases} where created_at is not null group by day"
    )
    assert len(
        rows(duck, f"select day from ({created}) where cases > 2.2 * (select avg(cases) from ({created}))")
    ) in range(3, 9)
    failed = f"""select "at"::date as day, avg((status >= 500)::integer) as share from {requests} group by day"""
    assert len(rows(duck, f"select day from ({failed}) where share > 0.4")) in (2, 3)


def test_between_two_seasons_there_are_no_games(duck: duckdb.DuckDBPyConnection) -> None:
    games = sample(duck, "games", date(2026, 1, 1), LAST)
    months = rows(duck, f"select distinct month(played_on) as month from {games}")
    assert [row[0] for row in months] == ["1", "10", "11", "2", "3", "4", "5", "8", "9"]
