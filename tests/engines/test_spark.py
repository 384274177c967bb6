"""Spark, a real one in this process: the numbers of PostgreSQL, and its failures as sentences."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from core.databases import Databases
from core.engines.engine import Engine
from core.measures import Query, binds
from core.periods import parse
from core.settings import Settings
from core.sources.database import Answer, ask, ask_all

from .conftest import ROOT, Open, Shop
from .edges import QUERIES, Pair, beside_postgres, fill_duckdb
from .parity import WEEKS, differences, numbers

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def on_spark(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    home = tmp_path_factory.mktemp("spark")
    settings = Settings(
        home=home,
        scorecards=ROOT / "scorecards",
        data=home,
        published=home,
        warehouse_url=shop.postgres,
        database_urls={
            "warehouse": f"spark://local[2]?parquet={shop.parquet}&spark.sql.warehouse.dir={home}&spark.sql.shuffle.partitions=4"
        },
    )
    databases = Databases(settings)
    yield databases
    databases.close()


@pytest.fixture
def london(on_spark: Databases) -> Engine:
    return on_spark.reader("warehouse", "Europe/London")


def test_spark_gives_the_numbers_of_postgresql(shop: Shop, opened: Open, on_spark: Databases) -> None:
    weeks = WEEKS[1::2]  # three of them: Spark takes its time
    assert differences(numbers(shop.catalog, opened(), weeks), numbers(shop.catalog, on_spark, weeks)) == []


def test_a_day_begins_at_midnight_of_the_scorecards_zone(on_spark: Databases, opened: Open) -> None:
    moment = (
        "select count(*) as value from staging.offboarding_forms where closed_at < :start and closed_at >= :end - 14"
    )
    asked, places = binds(parse("2026-W40")), ("UTC", "Asia/Tokyo", "America/New_York")
    counts = [ask_all(on_spark.reader("warehouse", zone), moment, asked).rows for zone in places]
    assert counts == [ask_all(opened().reader("warehouse", zone), moment, asked).rows for zone in places]


def test_failures_are_sentences_without_values(london: Engine) -> None:
    told = [
        str(next(ask(london, Query(sql), WEEKS[:1])))
        for sql in (
            "select count(*) as value from staging.nowhere where at >= :start",
            "select sum(nothing) as value from staging.order_lines where invoice_date >= :start",
            "select sum(quantity / quantity) as value from staging.order_lines where invoice_date >= :start",
        )
    ]
    assert told[0] == ("The query failed: table or view not found. Load the dataset with `kpi load`, or mend the name.")
    assert told[1].startswith('The query cannot be asked of Spark: the type of "nothing" is not known.')
    assert "may divide by zero" in told[2]


def test_a_sum_too_long_is_an_error_and_no_null(london: Engine) -> None:
    long = f"cast({'9' * 37} as decimal(38, 0))"
    sql = f"select sum({long} * abs(quantity)) as value from staging.order_lines where invoice_date >= :start"
    (answer,) = ask(london, Query(sql), WEEKS[:1])
    assert not isinstance(answer, Answer)


def test_a_file_of_a_folder_is_a_table(london: Engine, shop: Shop) -> None:
    assert {path.stem for path in Path(shop.parquet, "staging").iterdir()} >= {"order_lines", "agreements"}
    (rows,) = ask_all(london, "select count(*) as value from staging.order_lines").rows
    assert isinstance(rows[0], int)


@pytest.fixture(scope="module")
def things(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("things")
    fill_duckdb(folder / "things.duckdb")
    (folder / "parquet" / "staging").mkdir(parents=True)
    with duckdb.connect(str(folder / "things.duckdb")) as duck:
        rows = folder / "parquet" / "staging" / "things.parquet"
        duck.execute(f"copy staging.things to '{rows}' (format parquet)")
    url = (
        f"spark://local[2]?parquet={folder / 'parquet'}&spark.sql.warehouse.dir={folder}&spark.sql.shuffle.partitions=4"
    )
    with beside_postgres(new_database("template1"), url, ("America/New_York",)) as pair:
        yield pair


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_means_the_same_on_spark(things: Pair, sql: str) -> None:
    assert things.differences(sql, "America/New_York") == []
