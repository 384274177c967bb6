"""The sample rows of recruitment and applications: four tables that tell one story, made by four SELECTs apart."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from core.discovery import read_catalog
from core.pipeline.loading import load
from core.pipeline.past import history
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.readings import State
from core.settings import Settings

CATALOG = read_catalog(Path(__file__).parents[2] / "scorecards")
NAMES = ("requisitions", "candidates", "interviews", "offers", "applications")
LAST = date(2026, 11, 16)
END = date(2026, 3, 9)  # of a week long past
STOCKS = (
    "select count(*) from requisitions where opened_at < $e and (closed_at is null or closed_at >= $e)",
    """
    select count(*)
    from   candidates
           join requisitions using (requisition_id)
    where  sourced_at < $e and (candidates.closed_at is null or candidates.closed_at >= $e)
    and    (requisitions.closed_at is null or requisitions.closed_at >= $e)
    """,
    "select count(*) from applications where submitted_at < $e and (decided_at is null or decided_at >= $e)",
)


def made(duck: duckdb.DuckDBPyConnection, first: date, last: date) -> duckdb.DuckDBPyConnection:
    duck.execute("set TimeZone = 'UTC'")
    for name in NAMES:
        bound = CATALOG.datasets[name]
        columns = ", ".join(f"{c.name} {c.type}" for c in bound.dataset.columns)
        duck.execute(f"create or replace table {name} ({columns})")
        duck.execute(f"insert into {name} {bound.sample.read_text()}", {"first": first, "last": last})
    return duck


@pytest.fixture(scope="module")
def hiring() -> Iterator[duckdb.DuckDBPyConnection]:
    """160 weeks of everything."""
    with duckdb.connect() as duck:
        yield made(duck, LAST - timedelta(weeks=160), LAST)


def asked(duck: duckdb.DuckDBPyConnection, sql: str) -> Sequence[Sequence[object]]:
    return duck.execute(sql).fetchall()


def test_who_accepts_an_offer_is_hired_and_fills_the_requisition_in_that_moment(
    hiring: duckdb.DuckDBPyConnection,
) -> None:
    found = """
        select count(*) > 1000,
               bool_and(candidates.outcome = 'hired'),
               bool_and(requisitions.outcome = 'filled' and requisitions.closed_at = answered_at),
               count(*) filter (where started_on is null) between 20 and 200,
               bool_and(started_on is null or started_on > answered_at::date)
        from   offers
               join candidates using (candidate_id)
               join requisitions on requisitions.requisition_id = offers.requisition_id
        where  answer = 'accepted' and sourced_at >= date '2024-01-01'
    """
    assert asked(hiring, found) == [(True, True, True, True, True)]
    lost = """
        select count(*)
        from   offers
               left join candidates on candidates.candidate_id = offers.candidate_id
               and candidates.requisition_id = offers.requisition_id
        where  offered_at >= date '2024-03-01' and candidates.candidate_id is null
    """
    assert asked(hiring, lost) == [(0,)]


def test_candidates_and_interviews_belong_to_requisitions_that_are_open(hiring: duckdb.DuckDBPyConnection) -> None:
    found = """
        select bool_and(sourced_at >= opened_at::date),
               count(*) filter (where sourced_at::date > requisitions.closed_at::date)
        from   candidates
               left join requisitions using (requisition_id)
    """
    assert asked(hiring, found) == [(True, 0)]
    found = """
        select count(*) filter (where candidates.candidate_id is null),
               count(*) filter (where scheduled_at < sourced_at)
        from   interviews
               left join candidates using (candidate_id)
        where  scheduled_at >= date '2024-03-01'
    """
    assert asked(hiring, found) == [(0, 0)]


def test_what_was_open_at_the_end_of_a_week_does_not_depend_on_the_day_it_is_looked_at(
    hiring: duckdb.DuckDBPyConnection,
) -> None:
    with duckdb.connect() as then:
        made(then, END - timedelta(weeks=3), END)
        for stock in STOCKS:
            assert hiring.execute(stock, {"e": END}).fetchall() == then.execute(stock, {"e": END}).fetchall() != [(0,)]


def test_years_have_a_freeze_a_quiet_christmas_and_a_form_that_broke(hiring: duckdb.DuckDBPyConnection) -> None:
    per_week = """
        select count(*) as n
        from   requisitions
        where  opened_at < date '2026-10-01'
        group  by date_trunc('week', opened_at)
    """
    assert asked(hiring, f"select min(n) < 5, median(n) between 8 and 14, max(n) > 17 from ({per_week})") == [
        (True, True, True)
    ]
    held = "select week(scheduled_at) as w, count(*) filter (where status = 'held') as n from interviews group by all"
    assert asked(hiring, f"select w from ({held}) where w < 53 order by n limit 1") == [(52,)]
    broken = """
        select count(*)
        from   (
                   select count(submitted_at) / count(*) as rate
                   from   applications
                   group  by date_trunc('week', started_at)
               )
        where  rate < 0.57
    """
    assert asked(hiring, broken)[0][0] in (2, 3, 4, 5)


def test_when_the_connector_has_stopped_the_weeks_since_are_missing_and_not_0(settings: Settings) -> None:
    """It stopped on Monday, 16 November: the appointments of the weeks to come are there, and nobody marks them."""
    before, later = (Session(settings, day) for day in (LAST, LAST + timedelta(weeks=2)))
    assert load(before, ["recruitment"], files={}, sample=True).exit_code == 0
    with before.ledger() as connection:
        to_come = "select count(*) from staging.interviews where scheduled_at >= '2026-11-16' and status = 'scheduled'"
        assert connection.execute(sa.text(to_come)).scalar_one() > 50
    backfill(later, ["recruitment.interviews_held"], "2026-W45", "2026-W47")
    recorded = {told.line.reading.period.label: told.line.reading for told in history(later, ["recruitment.03"])}
    assert {label: reading.state for label, reading in recorded.items()} == {
        "2026-W45": State.FINAL,
        "2026-W46": State.PROVISIONAL,
    }
    for session in (before, later):
        session.close()
