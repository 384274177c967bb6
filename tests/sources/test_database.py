"""Queries of a database: exactly one answer a period, whatever becomes of the connection meanwhile."""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from core.databases import parse_url
from core.engines.postgres import PostgresEngine
from core.errors import SourceError
from core.measures import Query
from core.periods import Week
from core.sources.database import Answer, ask

WEEKS = [Week.of(2026, number) for number in range(44, 48)]
BACKEND = Query("select pg_backend_pid() as value where :start < :end")


@pytest.fixture
def engine(warehouse_url: str) -> Iterator[PostgresEngine]:
    opened = PostgresEngine(sa.create_engine(parse_url(warehouse_url)))
    yield opened
    opened.close()


def cut(warehouse_url: str, first: Answer | SourceError) -> None:
    """Ends the connection that gave this answer, as an administrator or a failover would."""
    assert isinstance(first, Answer)
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(%s, 5000)", [first.rows[0][0]])


def test_every_period_has_its_own_answer_in_order(engine: PostgresEngine) -> None:
    answers = list(ask(engine, Query("select :week as value"), WEEKS))
    assert answers == [Answer(("value",), [(week.label,)]) for week in WEEKS]


def test_a_period_whose_query_fails_does_not_stop_the_others(engine: PostgresEngine) -> None:
    query = Query("select 1 / (case when :week = '2026-W45' then 0 else 1 end) as value")
    answers = list(ask(engine, query, WEEKS))
    assert [type(answer) for answer in answers] == [Answer, SourceError, Answer, Answer]
    assert str(answers[1]) == "The query failed: division by zero."


def test_a_connection_that_is_cut_costs_one_period_its_answer(engine: PostgresEngine, warehouse_url: str) -> None:
    answers = ask(engine, BACKEND, WEEKS)
    first = next(answers)
    cut(warehouse_url, first)
    assert [type(answer) for answer in answers] == [SourceError, Answer, Answer]


def test_when_the_connection_fails_for_good_only_the_unanswered_periods_get_the_failure(
    engine: PostgresEngine, warehouse_url: str
) -> None:
    @sa.event.listens_for(engine.pool, "handle_error")
    def _unnoticed(context: sa.engine.ExceptionContext) -> None:
        context.is_disconnect = False  # as with a driver that does not know the server's words: no second connection

    answers = ask(engine, BACKEND, WEEKS)
    first = next(answers)
    cut(warehouse_url, first)
    rest = list(answers)
    assert [type(answer) for answer in rest] == [SourceError] * 3
    assert str(rest[0]).startswith("The database could not be asked: ")


def test_a_database_that_is_not_there_is_a_failure_for_every_period(warehouse_url: str) -> None:
    engine = PostgresEngine(sa.create_engine(parse_url(warehouse_url).set(database="nowhere")))
    answers = list(ask(engine, BACKEND, WEEKS))
    assert [type(answer) for answer in answers] == [SourceError] * 4
    engine.close()
