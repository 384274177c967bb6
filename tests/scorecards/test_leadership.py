"""Leadership: roll-ups say of a number what its own scorecard says; counts over all scorecards, on a few of our own."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.catalog import Definition
from core.discovery import read_catalog
from core.expressions import Expression
from core.measures import Query
from core.periods import Week
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.sources.database import Answer, ask
from core.sources.shape import number_of

Write = Callable[..., None]
Sql = Callable[..., list[tuple[Any, ...]]]
SCORECARDS = Path(__file__).parents[2] / "scorecards"
CATALOG = read_catalog(SCORECARDS)
ROLL_UPS = [d for d in CATALOG.definitions if d.scorecard == "leadership" and isinstance(d.kpi.measure, Expression)]
WEEK = Week.of(2026, 49)  # 30 November to 6 December: a month ends in it
SPANS = {"daily": ("2026-11-29", "2026-12-06"), "weekly": ("2026-W48", "2026-W49"), "monthly": ("2026-10", "2026-11")}


@pytest.mark.parametrize("definition", ROLL_UPS, ids=lambda d: d.slug)
def test_a_roll_up_is_held_against_what_its_parent_is_held_against(definition: Definition) -> None:
    (parent,) = (CATALOG.by_name[name].kpi for name in definition.parents)
    kpi = definition.kpi
    assert (kpi.better, kpi.unit, kpi.goal) == (parent.better, parent.unit, parent.goal)
    if kpi.cadence == parent.cadence:  # a change from month to month is none from week to week
        assert list(kpi.alarms) == list(parent.alarms)
        assert kpi.kind == parent.kind


def test_every_scorecard_but_three_is_looked_at_by_number() -> None:
    told = {name.partition(".")[0] for definition in ROLL_UPS for name in definition.parents}
    assert told == {"ecommerce", "success", "recruitment", "support", "lending", "product_growth"}


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ('ref("success.active_agreements").sum(weeks=4)', "is a stock"),
        ('ref("success.churn_52w").sum(weeks=4)', "is a stock"),
        ('ref("success.early_offboarding_share").sum(weeks=4)', "is a ratio"),
        ('ref("ecommerce.active_customers").sum(weeks=4)', "is a stock"),
        ('ref("ecommerce.total_revenue").last(weeks=1)', "is a flow"),
        ('ref("ecommerce.return_rate").sum(weeks=4)', "is a ratio"),
        ('ref("support.backlog_growth").sum(days=7)', "is a stock"),
        ('ref("support.sla_adherence").sum(days=7)', "is a ratio"),
        ('ref("support.weekly_open_backlog").sum(weeks=4)', "is a stock"),
    ],
)
def test_a_wrong_roll_up_of_our_own_kpis_is_refused(formula: str, why: str, scorecards: Path, write: Write) -> None:
    for name in ("success", "ecommerce", "support"):
        shutil.copytree(SCORECARDS / name, scorecards / name)
    write("board", "scorecard.py", 'scorecard = Scorecard(title="Board", owner="O")')
    words = 'title="T", owner="O", unit="u", better="neither"'
    write("board", "kpi_01_wrong.py", f"kpi = KPI({words}, measure={formula})")
    (fault,) = read_catalog(scorecards).faults
    assert why in fault.what


@pytest.fixture
def board(scorecards: Path, write: Write, sql: Sql, open_shop: Callable[[str], Session]) -> Session:
    """A KPI by the day, by the week and by the month, all off target, and leadership's counts."""
    write("desk", "scorecard.py", 'scorecard = Scorecard(title="Desk", owner="O")')
    query = 'Query("select max(late) as value from staging.facts where at >= :start and at < :end")'
    for number, cadence in enumerate(SPANS, start=1):
        words = f'title="Late", owner="O", unit="hours", better="lower", target=1, cadence="{cadence}"'
        write("desk", f"kpi_0{number}_late_{cadence}.py", f"kpi = KPI({words}, measure={query})")
    (scorecards / "leadership").mkdir()
    for name in ("scorecard", "kpi_07_kpis_off_target", "kpi_08_data_quality"):
        shutil.copy(SCORECARDS / "leadership" / f"{name}.py", scorecards / "leadership")
    sql("create schema if not exists staging")
    sql("create table staging.facts (at date, late integer)")
    sql(
        "insert into staging.facts select day, 5 from generate_series('2026-08-01'::date, '2026-12-08', '1 day') as day"
    )
    return open_shop("2026-12-09")


def record(session: Session, *cadences: str, last: bool = True) -> None:
    for cadence in cadences:
        first, end = SPANS[cadence]
        number = 1 + list(SPANS).index(cadence)
        assert backfill(session, [f"desk.0{number}"], first, end if last else first).exit_code == 0


def asked(session: Session, slug: str, week: Week = WEEK) -> object:
    measure = session.catalog.by_name[f"leadership.{slug}"].kpi.measure
    assert isinstance(measure, Query)
    (answer,) = ask(session.databases.reader("warehouse", "UTC"), measure, [week])
    assert isinstance(answer, Answer), answer
    return number_of(answer).value


def test_kpis_of_every_cadence_count_by_their_last_period(board: Session) -> None:
    record(board, *SPANS)
    assert asked(board, "kpis_off_target") == 3


def test_one_that_is_on_target_again_on_the_last_day_does_not_count(board: Session, sql: Sql) -> None:
    sql("update staging.facts set late = 0 where at = '2026-12-06'")
    record(board, *SPANS)
    assert asked(board, "kpis_off_target") == 2


@pytest.mark.parametrize("lacking", SPANS)
def test_as_long_as_a_last_period_is_not_there_nobody_knows_the_count(lacking: str, board: Session) -> None:
    """The day before, the week before and the month before say nothing of now."""
    record(board, *(cadence for cadence in SPANS if cadence != lacking))
    record(board, lacking, last=False)
    assert asked(board, "kpis_off_target") is None


def test_a_month_that_goes_on_counts_as_it_ended_last(board: Session) -> None:
    record(board, "monthly")
    assert asked(board, "kpis_off_target", WEEK.shift(1)) == 1


def test_a_kpi_that_had_no_number_a_week_ago_keeps_nobody_waiting(board: Session) -> None:
    record(board, "weekly")
    assert asked(board, "kpis_off_target") == 1


def test_leadership_counts_none_of_its_own_and_waits_for_none(board: Session, sql: Sql) -> None:
    record(board, *SPANS)
    backfill(board, ["leadership.07"], "2026-W48", "2026-W48")
    sql("update vl_analytics.scorecard set state = 'final' where sc_name = 'leadership'")
    assert sql("select count(*) from vl_analytics.scorecard where sc_name = 'leadership'") == [(1,)]
    assert asked(board, "kpis_off_target") == 3


def test_a_dataset_that_cannot_tell_how_far_it_reaches_counts_by_when_it_was_loaded(board: Session, sql: Sql) -> None:
    """Of each dataset the first load that is told apart from those before the week's end, and none that was refused."""
    run = "insert into kpi.run (command, scorecards, actor, version, started_at) values ('load', '{}', 'a', 'v', now())"
    ((run_id,),) = sql(f"{run} returning run_id")
    ended = WEEK.end
    for dataset, watermark, loaded, score in (
        ("dated", ended - timedelta(days=1), ended + timedelta(days=1), 0.10),
        ("dated", ended, ended + timedelta(days=1), 0.90),
        ("dated", ended + timedelta(days=7), ended + timedelta(days=8), 0.20),
        ("undated", None, ended - timedelta(days=1), 0.30),
        ("undated", None, ended, 0.70),
        ("undated", None, ended + timedelta(days=7), 0.40),
        ("late", ended - timedelta(days=1), ended + timedelta(days=9), 0.50),
    ):
        sql(
            "insert into kpi.load (run_id, dataset, source, checksum, row_count, watermark, level, score, details, "
            "loaded_at) values (%s, %s, 's', '', 1, %s, 'pass', %s, '{}', %s)",
            *(run_id, dataset, _moment(watermark), score, _moment(loaded)),
        )
    assert asked(board, "data_quality") == 80


def _moment(day: date | None) -> str | None:
    return f"{day} 00:00+00" if day else None
