"""Support at its edges, on a few rows each: how old a case is, and what each fault of the data costs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.measures import Query, binds
from core.periods import parse
from core.pipeline.checking import known_tables
from core.pipeline.session import Session
from core.pipeline.sliceable import statement
from core.rewrite.slices import Sliced
from core.settings import Settings
from core.sources.database import Answer, ask_all
from core.sources.shape import number_of

Sql = Callable[..., list[tuple[Any, ...]]]
ROOT = Path(__file__).parents[2]
COLUMNS = ("case_id", "priority", "region", "created_at", "first_response_at", "resolved_at", "updated_at")


@pytest.fixture
def desk(settings: Settings, sql: Sql) -> Iterator[Session]:
    """No case yet; what is asked is 18 November 2026."""
    session = Session(replace(settings, scorecards=ROOT / "scorecards"), date(2026, 11, 19))
    bound = session.catalog.datasets["support_cases"]
    sql(f"create table {bound.table} ({', '.join(f'{c.name} {c.type}' for c in bound.dataset.columns)})")
    yield session
    session.close()


@pytest.fixture
def add(sql: Sql) -> Callable[..., None]:
    """A case; what is not said is that of a P1 from EMEA which came a minute before the day ended."""

    def _add(**facts: str | None) -> None:
        case = (
            dict.fromkeys(COLUMNS) | {"priority": "P1", "region": "EMEA", "created_at": "2026-11-18 23:59+00"} | facts
        )
        sql(f"insert into staging.support_cases values ({', '.join(['%s'] * len(COLUMNS))})", *case.values())

    return _add


def cut(session: Session, name: str, by: str) -> tuple[Decimal | None, dict[object, Decimal | None]]:
    """The number of the day and those of its slices, also of rows that break the contract."""
    definition = session.catalog.by_name[f"support.{name}"]
    said = statement(session.catalog, definition, [by], known_tables(session.catalog))
    assert isinstance(said, Sliced)
    assert isinstance(definition.kpi.measure, Query)
    told = ask_all(session.databases.reader("warehouse", "UTC"), said.sql, binds(parse("2026-11-18")))
    values = {(row[1], row[0]): number_of(Answer(told.columns[2:], [row[2:]])).value for row in told.rows}
    return values.pop((1, None)), {of: value for (_, of), value in values.items()}


@pytest.mark.parametrize(
    ("created", "age"),
    [
        ("2026-11-18 23:59:59.999999+00", "0-24 h"),
        ("2026-11-18 00:00:00.000001+00", "0-24 h"),
        ("2026-11-18 00:00:00+00", "24-72 h"),
        ("2026-11-16 00:00:00+00", "24-72 h"),
        ("2026-11-15 23:59:59.999999+00", "> 72 h"),
        ("2011-01-01 00:00:00+00", "> 72 h"),
    ],
)
def test_every_open_case_has_one_age_and_the_oldest_have_no_upper_end(
    created: str, age: str, desk: Session, add: Callable[..., None]
) -> None:
    add(created_at=created)
    assert cut(desk, "open_backlog", "age") == (1, {age: 1})


def test_a_day_is_seen_as_it_was_whatever_became_of_its_cases(desk: Session, add: Callable[..., None]) -> None:
    """Asked today or in a year: rows that came and were resolved since then change nothing."""
    add(case_id="C-1", resolved_at="2026-11-19 00:00+00")
    add(case_id="C-2", created_at="2026-11-19 00:00+00")
    assert cut(desk, "open_backlog", "region") == (1, {"EMEA": 1})


def test_at_risk_and_breached_hold_no_case_in_common(desk: Session, add: Callable[..., None]) -> None:
    for hour in range(24):
        add(case_id=f"C-{hour}", created_at=f"2026-11-18 {hour:02}:00+00")
    for minute in range(4):
        add(case_id=f"B-{minute}", created_at=f"2026-11-17 23:5{minute}+00")
    at_risk, breached = (cut(desk, name, "case_id")[1] for name in ("at_risk", "breached_open"))
    assert set(at_risk) == {"C-1", "C-2", "C-3", "C-4"}
    assert set(breached) == {"C-0", "B-0", "B-1", "B-2", "B-3"}


def test_each_fault_costs_its_share_of_a_hundred(desk: Session, add: Callable[..., None]) -> None:
    for case in ("C-1", "C-2", "C-3", "C-4", "C-4", "C-4", None, "C-5"):
        add(case_id=case)
    add(case_id="C-6", created_at=None)
    add(case_id="C-7", priority=None)
    score, left = cut(desk, "data_quality", "fault")
    assert left == {"null id": 90, "null created": 90, "duplicate id": 80, "non-positive SLA": 100}
    assert score == 60


def test_a_score_never_falls_below_0_and_is_unknown_without_a_case(desk: Session, add: Callable[..., None]) -> None:
    assert cut(desk, "data_quality", "fault")[0] is None
    add(case_id=None, created_at=None)
    assert cut(desk, "data_quality", "fault")[0] == 0


def test_a_target_of_no_hours_is_a_fault_of_the_data(
    settings: Settings, sql: Sql, tmp_path: Path, desk: Session, add: Callable[..., None]
) -> None:
    """The hours are configuration: another number there is another number here."""
    folder = tmp_path / "support"
    folder.mkdir()
    for file in (ROOT / "scorecards" / "support").glob("*.py"):
        folder.joinpath(file.name).write_text(file.read_text().replace('"sla_hours_p1": 24', '"sla_hours_p1": 0'))
    add(case_id="C-1")
    add(case_id="C-2", priority="P2")
    changed = Session(replace(settings, scorecards=tmp_path), date(2026, 11, 19))
    assert cut(desk, "data_quality", "fault")[0] == 100
    assert cut(changed, "data_quality", "fault")[0] == Decimal(50)
    changed.close()
