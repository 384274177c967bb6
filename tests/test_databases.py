"""Databases: readers that only read, locks that end with their process, errors without secrets."""

from collections.abc import Callable
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from core.databases import Databases, first_line, lock, parse_url, place, reaching
from core.engines.engine import Engine
from core.engines.postgres import PostgresEngine
from core.errors import BusyError, MisuseError, SourceError
from core.settings import Settings

Sql = Callable[..., list[tuple[Any, ...]]]
HELD = (
    "from pg_locks where locktype = 'advisory' "
    "and database = (select oid from pg_database where datname = current_database())"
)


def one(engine: Engine, text: str) -> Any:
    with engine.connect() as connection:
        return connection.ask(text, {}).rows[0][0]


def pool(engine: Engine) -> sa.Engine:
    assert isinstance(engine, PostgresEngine)
    return engine.pool


def test_a_reader_reads_in_the_scorecards_zone_under_a_role_that_cannot_write(databases: Databases) -> None:
    tokyo = databases.reader("warehouse", "Asia/Tokyo")
    assert one(tokyo, "show timezone") == "Asia/Tokyo"
    assert one(tokyo, "select current_user") == "kpi_reader"
    assert one(tokyo, "show default_transaction_read_only") == "on"
    assert one(tokyo, "show statement_timeout") == "5min"
    assert databases.reader("warehouse", "Asia/Tokyo") is tokyo
    assert databases.reader("warehouse", "UTC") is not tokyo


@pytest.mark.parametrize(
    "statement",
    [
        "create table staging.mine (n int)",
        "delete from kpi.reading",
        "set transaction_read_only = off; create table staging.mine (n int)",
        "begin read write; insert into kpi.definition values ('a','1','s','t','o','u','b','h')",
    ],
)
def test_whatever_a_query_tries_it_cannot_write(databases: Databases, statement: str) -> None:
    *before, last = statement.split("; ")
    with pool(databases.reader("warehouse", "UTC")).connect() as connection:
        for part in before:
            connection.execute(sa.text(part))
        with pytest.raises(DBAPIError) as told:
            connection.execute(sa.text(last))
    assert told.value.orig.sqlstate in ("25006", "42501")  # type: ignore[union-attr]


def test_a_reader_reads_tables_that_others_made_after_the_migration(databases: Databases, sql: Sql) -> None:
    sql("create schema crm")
    sql("create table crm.clients as select 7 as n")
    assert one(databases.reader("warehouse", "UTC"), "select n from crm.clients") == 7


def test_several_locks_stand_on_one_connection_and_are_all_given_back(databases: Databases, sql: Sql) -> None:
    held = f"select count(*), count(distinct pid) {HELD}"
    engine = databases.writer()
    with lock(engine, "b", "a", "c"):
        assert sql(held) == [(3, 1)]
        with pytest.raises(BusyError), lock(engine, "d", "c"):
            pytest.fail("c was taken")
        assert sql(held) == [(3, 1)]
    assert sql(held) == [(0, 0)]
    with pytest.raises(ValueError, match="mine"), lock(engine, "a"):
        raise ValueError("mine")
    with lock(engine, "a"):
        assert sql(held) == [(1, 1)]


def test_a_lock_whose_connection_was_cut_hides_nothing(databases: Databases, sql: Sql) -> None:
    def work() -> None:
        with lock(databases.writer(), "a"):
            sql(f"select pg_terminate_backend(pid) {HELD}")
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        work()
    with lock(databases.writer(), "a"):
        pass


def test_other_databases_are_known_by_name(settings: Settings, ledger_url: str) -> None:
    opened = Databases(replace(settings, database_urls={"crm": ledger_url}))
    assert one(opened.reader("crm", "UTC"), "select 1") == 1
    with pytest.raises(MisuseError) as told:
        opened.reader("crn", "UTC")
    opened.close()
    assert str(told.value) == 'There is no database "crn". Did you mean "crm"? Set KPI_DATABASE_CRN_URL.'


@pytest.mark.parametrize(
    "text", ["postgresql://me:hunter2@host:port/db", "not a url with hunter2", "nosuch+driver://hunter2@host/db"]
)
def test_a_url_that_cannot_be_used_is_told_without_its_secret(settings: Settings, text: str) -> None:
    opened = Databases(replace(settings, database_urls={"crm": text}))
    with pytest.raises(MisuseError) as told:
        opened.reader("crm", "UTC")
    assert "hunter2" not in str(told.value)


def test_a_place_names_neither_user_nor_password() -> None:
    assert place(parse_url("postgres://me:hunter2@db.example:5433/scores")) == "db.example:5433/scores"
    assert place(parse_url("postgresql:///scores")) == "local socket/scores"


def test_a_database_that_is_not_there_is_told_with_its_place(server: str) -> None:
    url = parse_url(server).set(drivername="postgresql+psycopg", database="kpi_nowhere")
    engine = sa.create_engine(url)
    with pytest.raises(SourceError) as told, reaching(url), engine.connect():
        pytest.fail("it is there")
    engine.dispose()
    assert "kpi_nowhere cannot be reached: " in str(told.value)
    assert "kpi doctor" in str(told.value)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("cast(mail as integer)", "invalid input syntax for type integer"),
        ("cast(digits as smallint)", "value is out of range for type smallint"),
        ("to_date(mail, 'YYYY')", "invalid value"),
        ("now() at time zone mail", "time zone not recognized"),
        ("cast(mail as regrole)", "role does not exist"),
        ("cast(mail || ' ' || mail as regtype)", "syntax error at or near"),
        ("public.shout(mail)", "a function of the database refused a value"),
        ("day", "data error"),
        ("1 / (length(mail) - length(mail))", "division by zero"),
        ("nope", 'column "nope" does not exist'),
        ("nofunction(mail)", "function nofunction(text) does not exist"),
        ("mail from", 'syntax error at or near "from"'),
    ],
)
def test_a_value_that_a_database_quotes_is_not_repeated(databases: Databases, sql: Sql, chosen: str, said: str) -> None:
    sql("create table staging.mails as select 'secret' as mail, '987654321' as digits, date '12345-06-07' as day")
    sql(
        "create function public.shout(said text) returns text language plpgsql as "
        "$$ begin raise exception 'bad %', said; end $$"
    )
    engine = pool(databases.reader("warehouse", "UTC"))
    with engine.connect() as connection, pytest.raises(DBAPIError) as told:
        connection.execute(sa.text(f"select {chosen} from staging.mails")).fetchall()
    assert first_line(told.value) == said


def test_what_a_constraint_or_the_ledger_itself_refuses_is_told_without_the_row(databases: Databases, sql: Sql) -> None:
    sql("create table staging.mails (mail text constraint short check (length(mail) < 3))")
    for statement, said in (
        (
            "insert into staging.mails values ('secret')",
            'new row for relation "mails" violates check constraint "short"',
        ),
        ("delete from kpi.reading", "kpi.reading is append-only: delete is refused"),
    ):
        with databases.writer().connect() as connection, pytest.raises(DBAPIError) as told:
            connection.execute(sa.text(statement))
        assert first_line(told.value) == said


def test_another_driver_that_says_no_condition_is_not_quoted() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(DBAPIError) as told:
        connection.execute(sa.text("select json_extract('{}', 'secret')"))
    engine.dispose()
    assert "secret" in str(told.value.orig)
    assert "secret" not in first_line(told.value)


def test_the_end_of_a_password_is_not_taken_for_a_host() -> None:
    with pytest.raises(MisuseError, match="holds two @. Write an @ in a password as %40") as told:
        parse_url("postgresql://me:hunter@2hunter@db.example/scores")
    assert "hunter" not in str(told.value)


def test_who_waits_gets_the_lock_when_it_is_free_and_who_waits_in_vain_is_told(databases: Databases) -> None:
    engine = databases.writer()
    order: list[str] = []

    def second() -> None:
        with lock(engine, "sales", wait=30):
            order.append("second")

    with lock(engine, "sales"):
        waiting = Thread(target=second)
        waiting.start()
        told = r"working on sales\. Try again when it is done, or add --wait 600\."
        with pytest.raises(BusyError, match=told), lock(engine, "sales", wait=0.3):
            order.append("never")
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_two_that_wait_for_each_others_locks_hold_none_meanwhile(databases: Databases) -> None:
    engine = databases.writer()
    with lock(engine, "b"):
        with pytest.raises(BusyError), lock(engine, "a", "b", wait=0.2):
            pass
        with lock(engine, "a"):  # the one that waited has let go of it
            pass
