"""A database that SQLAlchemy knows and the factory does not: its queries are asked as they stand, week by week."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.engines.postgres import PostgresEngine
from core.measures import Query
from core.periods import parse
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.rewrite.shape import Form
from core.settings import Settings
from core.sources.database import Answer, ask

Sql = Callable[..., list[tuple[Any, ...]]]
COUNT = "select count(*) as value from orders where at >= :start and at < :end"
SUM = "select sum(amount) as value from orders where at >= :start and at < :end"


@pytest.fixture
def crm(tmp_path: Path) -> str:
    place = tmp_path / "crm.sqlite"
    with sqlite3.connect(place) as connection:
        connection.execute("create table orders (at text, amount integer)")
        rows = [("2026-10-05", 2), ("2026-11-03", 3), ("2026-11-04", 4), ("2026-11-10", 5)]
        connection.executemany("insert into orders values (?, ?)", rows)
    connection.close()
    return f"sqlite:///{place}"


@pytest.fixture
def session(crm: str, settings: Settings, scorecards: Path, write: Callable[..., None]) -> Iterator[Session]:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    for name, sql in (("kpi_01_orders.py", COUNT), ("kpi_02_amount.py", SUM)):
        measure = f'Query("{sql}", database="crm")'
        write("sales", name, f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={measure})')
    made = Session(replace(settings, scorecards=scorecards, database_urls={"crm": crm}), date(2026, 11, 20))
    yield made
    made.close()


@pytest.mark.parametrize("form", [None, "shared", "lateral", "scan"])
def test_it_is_asked_nothing_but_its_queries(session: Session, sql: Sql, form: Form | None) -> None:
    engine = session.databases.reader("crm", session.catalog.scorecards["sales"].timezone)
    assert isinstance(engine, PostgresEngine)
    assert engine.dialect == "other"
    asked: list[str] = []
    sa.event.listen(engine.pool, "before_cursor_execute", lambda c, cursor, statement, *more: asked.append(statement))
    report = backfill(session, [], "2026-W25", "2026-W46", form=form)
    assert (report.exit_code, report.evaluated) == (0, 44)
    assert sorted(set(asked)) == [text.replace(":start", "?").replace(":end", "?") for text in (COUNT, SUM)]
    found = sql("select kpi_number, value from kpi.reading where period = '2026-W45' order by kpi_number")
    assert found == [("01", 2), ("02", 7)]


def test_its_types_are_not_taken_for_those_of_postgresql(crm: str) -> None:
    engine = PostgresEngine(sa.create_engine(crm))
    (answer,) = ask(engine, Query(COUNT), [parse("2026-W45")])
    assert isinstance(answer, Answer)
    assert (answer.rows, answer.kinds) == ([(2,)], ("",))
    engine.close()
