"""DuckDB as an engine: it only reads, keeps the scorecard's midnight and the time limit, and fails in sentences."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Thread

import duckdb
import pytest

from core.engines.engine import NOT_LOADED, TOO_SLOW, Engine, Terms, UnreachableError
from core.engines.urls import foreign
from core.errors import SourceError
from core.measures import Query, binds
from core.periods import parse
from core.sources.database import Answer, ask, ask_all

WEEK = parse("2026-W47")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as duck:
        duck.execute("create schema staging")
        duck.execute('create table staging.orders ("at" timestamptz, amount decimal(12, 2), client text)')
        for moment in ("2026-11-15 23:30:00+00", "2026-11-16 12:00:00+00", "2026-11-22 23:30:00+00"):
            duck.execute("insert into staging.orders values ($1, 10.10, 'secret')", [moment])
        duck.execute(f"copy staging.orders to '{tmp_path}/orders.parquet' (format parquet)")
        duck.execute(f"create view staging.parts as from read_parquet('{tmp_path}/orders.parquet')")
    return tmp_path / "shop.duckdb"


@pytest.fixture
def engine(path: Path) -> Callable[..., Engine]:
    def _open(zone: str = "UTC", timeout: int = 60, place: str = "") -> Engine:
        opened = foreign(place or f"duckdb:///{path}", Terms(zone, timeout, 4))
        assert opened is not None
        return opened

    return _open


COUNT = Query("select count(*) as value from staging.orders where at >= :start and at < :end")


def one(engine: Engine, query: Query) -> object:
    (answer,) = ask(engine, query, [WEEK])
    return answer.rows[0][0] if isinstance(answer, Answer) else answer


def test_midnight_is_that_of_the_scorecard_for_each_of_two_on_one_file(engine: Callable[..., Engine]) -> None:
    earlier = Query("select count(*) as value from staging.orders where at < :start")
    utc, berlin = engine("UTC"), engine("Europe/Berlin")
    with utc.connect(), berlin.connect():
        assert (one(utc, earlier), one(berlin, earlier), one(utc, earlier)) == (1, 0, 1)
    later = Query("select count(*) as value from staging.orders where at >= :end")
    assert (one(utc, later), one(engine("Pacific/Auckland"), later)) == (0, 1)


def test_nothing_can_be_written(engine: Callable[..., Engine]) -> None:
    with engine().connect() as connection:
        for statement in ("delete from staging.orders", "create table staging.mine (n integer)"):
            with pytest.raises(SourceError, match="The query failed"):
                connection.ask(statement, {})
        assert connection.ask("select count(*) from staging.orders", {}).rows == [(3,)]


def test_parquet_is_read_through_a_view(engine: Callable[..., Engine]) -> None:
    assert one(engine(), Query(COUNT.sql.replace("orders", "parts"))) == 2


def test_a_folder_of_parquet_files_is_a_database(engine: Callable[..., Engine], tmp_path: Path) -> None:
    parts = tmp_path / "lake" / "staging" / "orders"
    parts.mkdir(parents=True)
    for number in (1, 2):
        (parts / f"part{number}.parquet").write_bytes((tmp_path / "orders.parquet").read_bytes())
    assert one(engine(place=f"duckdb:///{tmp_path / 'lake'}"), COUNT) == 4
    empty = engine(place="duckdb://")
    assert ask_all(empty, "select 1 as value").rows == [(1,)]


def test_a_query_that_takes_too_long_is_stopped_and_the_others_are_not_asked(engine: Callable[..., Engine]) -> None:
    slow = Query(
        "select count(*) as value from staging.orders as a cross join (select b.at, sum(c.amount * d.amount) as s "
        "from staging.orders as b cross join staging.orders as c cross join staging.orders as d group by b.at) as e "
        "where a.at >= :start"
    )
    ladder = " cross join ".join(f"staging.orders as o{n}" for n in range(22))
    endless = Query(f"select count(distinct o1.client || o2.client) as value from {ladder} where o0.at >= :start")
    quick, hasty = engine(), engine(timeout=1)
    assert isinstance(one(quick, slow), int)
    answers = list(ask(hasty, endless, [WEEK, WEEK.shift(-1), WEEK.shift(-2)]))
    assert [str(answer) for answer in answers] == [
        f"The query failed: it took longer than KPI_STATEMENT_TIMEOUT allows. {TOO_SLOW}"
    ] * 3


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select count(*) as value from staging.nowhere where at >= :start", NOT_LOADED),
        ("select sum(amount) as value from staging.orders where gone >= :start", 'the type of "gone" is not known'),
        ("select count(nothing) as value from staging.orders where at >= :start", '"nothing" not found'),
    ],
)
def test_what_is_not_there_is_told(engine: Callable[..., Engine], sql: str, said: str) -> None:
    assert said in str(one(engine(), Query(sql)))


def test_no_value_of_a_row_is_repeated(engine: Callable[..., Engine]) -> None:
    with engine().connect() as connection, pytest.raises(SourceError) as told:
        connection.ask("select cast(client as integer) from staging.orders", {})
    assert str(told.value) == "The query failed: a value that DuckDB refuses (ConversionException)."


def test_a_database_that_is_not_there_is_a_failure_for_every_period(engine: Callable[..., Engine]) -> None:
    answers = list(ask(engine(place="duckdb:///nowhere/shop.duckdb"), COUNT, [WEEK, WEEK.shift(-1)]))
    assert len(answers) == 2
    assert all("There is no DuckDB database" in str(answer) and "four slashes" in str(answer) for answer in answers)
    with pytest.raises(UnreachableError), engine(place="duckdb:///nowhere/shop.duckdb").connect():
        pytest.fail("it is there")


def test_several_threads_ask_one_database(engine: Callable[..., Engine]) -> None:
    shared, found = engine(), list[object]()
    threads = [Thread(target=lambda: found.append(one(shared, COUNT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 8


def test_a_query_is_translated_once(engine: Callable[..., Engine]) -> None:
    opened = engine()
    list(ask(opened, COUNT, [WEEK.shift(-n) for n in range(5)]))
    assert len([key for key in opened.kept if isinstance(key, tuple) and key[0] == COUNT.sql]) == 1


def test_types_are_told_in_the_words_of_a_contract(engine: Callable[..., Engine]) -> None:
    found = ask_all(
        engine(), "select sum(amount) as a, count(*) as b, max(:start) as c from staging.orders", binds(WEEK)
    )
    assert found.kinds == ("decimal(38,2)", "integer", "date")
    assert found.rows[0][2] == date(2026, 11, 16)
