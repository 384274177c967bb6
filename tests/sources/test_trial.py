"""Trials: rows that are there for a query and for nobody else, and gone afterwards."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.databases import Databases
from core.errors import SourceError
from core.periods import parse
from core.sources.database import Answer
from core.sources.trial import UnaskableError, in_duckdb, on_postgres

Sql = Callable[..., list[tuple[Any, ...]]]
WEEK = parse("2026-W27")
ORDERS = {"orders": {"at": "timestamptz", "amount": "decimal(12,2)", "paid": "boolean"}}
ROWS = {"orders": [{"at": datetime(2026, 6, 28, 23, tzinfo=UTC), "amount": Decimal("1.50"), "paid": True}, {}]}
COUNT = "select count(*) as value from pg_temp.orders where at >= :start and at < :end"


def value(answer: Answer | SourceError) -> object:
    assert isinstance(answer, Answer), answer
    return answer.rows[0][0]


def test_queries_see_the_rows_they_are_given_and_nobody_does_afterwards(databases: Databases, sql: Sql) -> None:
    sql("create table staging.orders (at timestamptz)")
    with on_postgres(databases.writer(), ORDERS, zone="Europe/London", timeout=10) as trial:
        trial.fill(ROWS)
        assert value(trial.ask(COUNT, WEEK)) == 1
        trial.fill(dict.fromkeys(ROWS, ()))
        assert value(trial.ask(COUNT, WEEK)) == 0
    assert sql("select count(*) from staging.orders") == [(0,)]
    assert sql("select count(*) from pg_class where relpersistence = 't' and relname = 'orders'") == [(0,)]


def test_midnight_is_that_of_the_zone(databases: Databases) -> None:
    for zone, counted in (("Europe/London", 1), ("UTC", 0)):
        with on_postgres(databases.writer(), ORDERS, zone=zone, timeout=10) as trial:
            trial.fill(ROWS)
            assert value(trial.ask(COUNT, WEEK)) == counted


WRITES = [
    "with gone as (delete from staging.orders returning 1) select count(*) as value from gone",
    "select setval('kpi.run_id_seq', 1) as value",
]


@pytest.mark.parametrize("query", WRITES)
def test_a_query_writes_nothing(databases: Databases, sql: Sql, query: str) -> None:
    sql("create table staging.orders (at timestamptz)")
    sql("insert into staging.orders values (now())")
    with on_postgres(databases.writer(), ORDERS, zone="UTC", timeout=10) as trial:
        trial.fill(ROWS)
        assert isinstance(trial.ask(query, WEEK), SourceError)
        assert value(trial.ask("select count(*) as value from pg_temp.orders where :start < :end", WEEK)) == 2
    assert sql("select count(*) from staging.orders") == [(1,)]


def test_a_query_has_the_rights_of_every_query(databases: Databases, sql: Sql) -> None:
    assert sql("select count(*) from kpi.mask_key") == [(1,)]
    with on_postgres(databases.writer(), ORDERS, zone="UTC", timeout=10) as trial:
        assert value(trial.ask("select count(*) as value from kpi.mask_key", WEEK)) == 0
        answer = trial.ask("select cast(current_user as text) as value", WEEK)
        assert value(answer) == "kpi_reader"


def test_a_failed_query_leaves_the_rows_and_says_whether_its_text_is_to_blame(databases: Databases) -> None:
    with on_postgres(databases.writer(), ORDERS, zone="UTC", timeout=10) as trial:
        trial.fill(ROWS)
        of_the_rows = trial.ask("select 1 / (count(*) - 2) as value from pg_temp.orders", WEEK)
        of_the_text = trial.ask("select sum(paid) as value from pg_temp.orders", WEEK)
        assert type(of_the_rows) is SourceError
        assert "division by zero" in str(of_the_rows)
        assert isinstance(of_the_text, UnaskableError)
        assert value(trial.ask("select count(*) as value from pg_temp.orders", WEEK)) == 2


def test_a_query_that_takes_too_long_is_stopped(databases: Databases) -> None:
    with on_postgres(databases.writer(), ORDERS, zone="UTC", timeout=1) as trial:
        answer = trial.ask("select count(*) as value from generate_series(1, 1000000000)", WEEK)
        assert isinstance(answer, SourceError)
        assert "timeout" in str(answer)


def test_a_user_who_may_make_no_temporary_table_is_told(databases: Databases, sql: Sql) -> None:
    name = sql("select current_database()")[0][0]
    sql("create role no_temporary")
    try:
        sql(f'revoke temporary on database "{name}" from public')
        with databases.writer().connect() as connection:
            connection.exec_driver_sql("set role no_temporary")
            connection.commit()
        with (
            pytest.raises(SourceError, match="needs the right TEMPORARY"),
            on_postgres(databases.writer(), ORDERS, zone="UTC", timeout=10),
        ):
            pass
    finally:
        databases.close()
        sql("drop role no_temporary")


def test_a_blend_sees_its_inputs_in_a_duckdb_of_its_own() -> None:
    report = {"report": {"week": "text", "calls": "integer", "on_day": "date"}}
    with in_duckdb(report, zone="UTC") as trial:
        trial.fill({"report": [{"week": "2026-W27", "calls": 3, "on_day": date(2026, 7, 1)}, {"week": "x"}]})
        assert value(trial.ask("select sum(calls) as value from report where week = :week", WEEK)) == 3
        trial.fill({"report": ()})
        assert value(trial.ask("select sum(calls) as value from report where week = :week", WEEK)) is None
        assert isinstance(trial.ask("select sum(call) as value from report", WEEK), UnaskableError)
