"""Snowflake, by its real connector, against a double that speaks its protocol (fakesnow's server)."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

import duckdb
import pytest

from core.databases import Databases
from core.engines.engine import Engine, UnreachableError
from core.measures import Query
from core.settings import Settings
from core.sources.database import Answer, ask, ask_all

from .conftest import ROOT, Open, Shop
from .edges import QUERIES, Pair, beside_postgres
from .parity import WEEKS, asking_the_warehouse, numbers
from .snippets import COLUMNS, ROWS, WORDS

pytestmark = [pytest.mark.engines, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

FILLED = ("ecommerce", "success")
TYPES = {
    "text": "varchar",
    "integer": "bigint",
    "float": "double",
    "timestamp": "timestamp_ntz",
    "timestamptz": "timestamp_tz",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A double that runs in an environment of its own, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = os.environ.get("KPI_TEST_FAKESNOW") or ROOT / ".engines" / "bin" / "fakesnow"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([program, "--server", "--port", str(port)], **quiet) as server:  # type: ignore[call-overload]
        try:
            _wait(port)
            yield f"snowflake://fake:snow@fakesnow/KPI/STAGING?host=127.0.0.1&port={port}&protocol=http"
        finally:
            server.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise RuntimeError("the double did not start: run make test-long, which installs it")


@pytest.fixture(scope="module")
def on_snowflake(shop: Shop, url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    home = tmp_path_factory.mktemp("snowflake")
    settings = Settings(
        home=home,
        scorecards=ROOT / "scorecards",
        data=home,
        published=home,
        warehouse_url=shop.postgres,
        database_urls={"warehouse": url},
    )
    databases = Databases(settings)
    _fill(databases.reader("warehouse", "UTC"), shop)
    yield databases
    databases.close()


def _fill(engine: Engine, shop: Shop) -> None:
    with engine.connect() as connection, duckdb.connect(str(shop.duckdb), read_only=True) as duck:
        cursor = connection.connection.cursor()  # type: ignore[attr-defined]
        for statement in (
            "create database if not exists kpi",
            "create schema if not exists kpi.staging",
            "use schema kpi.staging",
        ):
            cursor.execute(statement)
        for name in ("agreements", "offboarding_forms", "order_lines"):
            columns = [(c.name, c.type) for c in shop.catalog.datasets[name].dataset.columns]
            cursor.execute(f"create table staging.{name} ({', '.join(f'{n} {TYPES.get(t, t)}' for n, t in columns)})")
            texts = ", ".join(f"cast({n} as varchar)" for n, _ in columns)
            rows = duck.execute(f"select {texts} from staging.{name} {_FEW.get(name, '')}").fetchall()
            for begin in range(0, len(rows), 2000):
                values = ", ".join(f"({', '.join(_written(v) for v in row)})" for row in rows[begin : begin + 2000])
                cursor.execute(f"insert into staging.{name} values {values}")


_FEW = {"order_lines": "where invoice_date >= '2026-10-19'"}
"""The double takes rows one by one."""


def _written(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def test_snowflake_gives_the_numbers_of_postgresql(shop: Shop, opened: Open, on_snowflake: Databases) -> None:
    one, other = (numbers(shop.catalog, where, WEEKS, FILLED) for where in (opened(), on_snowflake))
    success = [key for key in one if key[0].startswith("success")]
    assert len(success) >= 5 * len(WEEKS)
    assert {key: one[key] for key in success} == {key: other[key] for key in success}
    recent = [key for key in one if key[0].startswith("ecommerce") and key[1] in ("2026-W43", "2026-W45", "2026-W46")]
    recent = [key for key in recent if key[0] not in ("ecommerce.08", "ecommerce.09")]  # they look further back
    assert len(recent) == 14 * 3
    different = [key for key in recent if not _close(one[key].value, other[key].value)]
    assert different == []


def _close(one: object, other: object) -> bool:
    """The double adds decimals up as floats; Snowflake itself does not."""
    if one is None or other is None:
        return one is other
    return float(str(one)) == pytest.approx(float(str(other)), rel=1e-12)


def test_columns_come_in_small_letters_and_counts_as_integers(on_snowflake: Databases) -> None:
    found = ask_all(on_snowflake.reader("warehouse", "UTC"), "select count(*) as value from staging.agreements")
    assert found.columns == ("value",)
    assert isinstance(found.rows[0][0], int)
    assert found.kinds == ("integer",)


def test_every_kpi_file_is_asked(shop: Shop, on_snowflake: Databases) -> None:
    for definition in asking_the_warehouse(shop.catalog, FILLED):
        assert isinstance(definition.kpi.measure, Query)
        (answer,) = ask(on_snowflake.reader("warehouse", "UTC"), definition.kpi.measure, WEEKS[3:4])
        assert isinstance(answer, Answer), answer


def test_a_table_that_is_not_there_is_a_sentence(on_snowflake: Databases) -> None:
    query = Query("select count(*) as value from staging.nowhere where at >= :start")
    (answer,) = ask(on_snowflake.reader("warehouse", "UTC"), query, WEEKS[:1])
    assert str(answer) == (
        "The query failed: an object does not exist or may not be read. "
        "Load the dataset with `kpi load`, or mend the name."
    )


def test_a_snowflake_that_is_not_there_is_told_without_the_password(opened: Open) -> None:
    url = "snowflake://me:hunter2@nowhere/KPI?host=127.0.0.1&port=9&protocol=http&login_timeout=1"
    with pytest.raises(UnreachableError) as told, opened(warehouse=url).reader("warehouse", "UTC").connect():
        pytest.fail("it is there")
    assert "hunter2" not in str(told.value)
    assert "Snowflake cannot be reached" in str(told.value)


@pytest.fixture(scope="module")
def things(new_database: Callable[[str], str], url: str) -> Iterator[Pair]:
    """The double knows no other time zone than UTC."""
    with beside_postgres(new_database("template1"), url, ("UTC",)) as pair:
        with pair.other["UTC"].connect() as connection:
            cursor = connection.connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("create database if not exists kpi")
            cursor.execute("create schema if not exists kpi.staging")
            cursor.execute("use schema kpi.staging")
            listed = ", ".join(f'"{n.upper()}" {TYPES.get(w, w)}' for n, w in zip(COLUMNS, WORDS, strict=True))
            cursor.execute(f"create table staging.things ({listed})")
            rows = ROWS.replace("timestamptz '", "'").replace("timestamp '", "'")
            cursor.execute(f"insert into staging.things values {rows}")
        yield pair


_NOT_THE_DOUBLE = ("sum(distinct", "sum(id) as text", "trim(name)")
"""What Snowflake's double cannot, adds up as a float, and trims of other spaces although it is told of plain ones."""


@pytest.mark.parametrize("sql", [sql for sql in QUERIES if not any(piece in sql for piece in _NOT_THE_DOUBLE)])
def test_a_query_means_the_same_on_snowflake(things: Pair, sql: str) -> None:
    assert things.differences(sql, "UTC", exact=False) == []
