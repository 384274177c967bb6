"""The same piece of SQL means the same on another engine, or is refused: never something else."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from core.dataset import Column
from core.engines.engine import LABELS
from core.errors import SourceError
from core.measures import binds
from core.periods import parse
from core.rewrite.dialects import Refusal, translated
from core.sources.database import ask_all

from .edges import QUERIES, WEEKS, ZONES, Pair, beside_postgres, fill_duckdb
from .snippets import COLUMNS, REFUSED, REFUSED_WHOLE, WORDS

REFUSALS = [*((f"select {piece} as value from staging.things", why) for piece, why in REFUSED), *REFUSED_WHOLE]
THINGS = {"staging.things": [Column(name, word) for name, word in zip(COLUMNS, WORDS, strict=True)]}


@pytest.fixture(scope="module")
def on_duckdb(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    path = tmp_path_factory.mktemp("meanings") / "things.duckdb"
    fill_duckdb(path)
    with beside_postgres(new_database("template1"), f"duckdb:///{path}") as pair:
        yield pair


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_means_the_same_on_duckdb(on_duckdb: Pair, sql: str) -> None:
    assert [difference for zone in ZONES for difference in on_duckdb.differences(sql, zone)] == []


@pytest.mark.parametrize(("sql", "why"), REFUSALS)
def test_what_may_mean_something_else_is_refused_with_a_reason(on_duckdb: Pair, sql: str, why: str) -> None:
    with pytest.raises(SourceError) as told:
        ask_all(on_duckdb.other["UTC"], sql, binds(parse(WEEKS[0])))
    assert str(told.value).startswith("The query cannot be asked of DuckDB: ")
    assert why in str(told.value)


@pytest.mark.parametrize("dialect", LABELS)
@pytest.mark.parametrize(("sql", "why"), REFUSALS)
def test_no_dialect_takes_what_is_refused(sql: str, why: str, dialect: str) -> None:
    assert isinstance(translated(sql, dialect, THINGS), Refusal)


def test_exact_numbers_stay_exact(on_duckdb: Pair) -> None:
    found = ask_all(on_duckdb.other["UTC"], "select sum(n * price) as value, sum(n) as n from staging.things").rows[0]
    assert found == (Decimal("300000086.0090"), 8)
    assert isinstance(found[0], Decimal)
    assert isinstance(found[1], int)


BY_DAYS = (
    "select count(*) as value from staging.things where moment + interval '1 day' >= timestamptz '2026-10-25 00:00:00'"
)


def test_a_moment_is_moved_by_days_only_where_the_clocks_are_never_moved(on_duckdb: Pair) -> None:
    assert on_duckdb.differences(BY_DAYS, "UTC") == []
    assert on_duckdb.differences("select max(date_trunc('hour', moment)) as value from staging.things", "UTC") == []
    with pytest.raises(SourceError, match="moves a timestamptz by days"):
        ask_all(on_duckdb.other["Europe/London"], BY_DAYS)


def test_several_columns_are_counted_at_once_where_a_row_can_be(on_duckdb: Pair) -> None:
    sql = "select count(distinct (n, flag)) as value from staging.things"
    assert on_duckdb.differences(sql, "UTC") == []
    told = {dialect: isinstance(translated(sql, dialect, THINGS), Refusal) for dialect in LABELS}
    assert told == {"duckdb": False, "spark": False, "snowflake": True, "trino": True, "bigquery": True}
