"""The same piece of SQL means the same on another engine, or is refused: never something else."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from core.dataset import Column
from core.engines.engine import LABELS
from core.engines.kinds import kind
from core.errors import SourceError
from core.measures import binds
from core.periods import parse
from core.rewrite.dialects import Refusal, Spoken, translated
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
    assert found == (Decimal("300000086.0090"), 10)
    assert isinstance(found[0], Decimal)
    assert isinstance(found[1], int)


@pytest.mark.parametrize("piece", ["sum(n) / 7", "sum(id) + sum(n) / 7", "coalesce(sum(n), 0) / nullif(count(*), 0)"])
def test_a_sum_of_four_bytes_may_be_divided_with_a_rest_or_without(on_duckdb: Pair, piece: str) -> None:
    """The same whole numbers are integers in one PostgreSQL, and bigints where `kpi load` loaded them."""
    sql = f"select {piece} as value from staging.things"
    with pytest.raises(SourceError, match="is without a rest where PostgreSQL adds up integers"):
        ask_all(on_duckdb.other["UTC"], sql)
    for cast in ("bigint", "integer"):
        assert on_duckdb.differences(sql.replace("sum(n)", f"sum(cast(n as {cast}))"), "UTC") == []


@pytest.mark.parametrize("dialect", LABELS)
def test_what_a_contract_calls_an_integer_is_a_bigint_whose_sum_has_a_rest(dialect: str) -> None:
    told = {piece: translated(f"select {piece} as value from staging.things", dialect, THINGS) for piece in _DIVIDED}
    texts = {piece: one.text for piece, one in told.items() if isinstance(one, Spoken)}
    dropping = ("//", " DIV ", "div(", "mod(", "/ 7") if dialect != "bigquery" else ("//", "div(")
    assert {piece: any(word in text for word in dropping) for piece, text in texts.items()} == _DIVIDED


_DIVIDED = {"sum(n) / 7": False, "sum(cast(n as integer)) / 7": True, "count(*) / 7": True, "n / 7": True}
"""And whether the rest is dropped."""


@pytest.mark.parametrize(
    ("native", "word"),
    [
        *(("INTEGER", "integer(4)"), ("int", "integer(4)"), ("smallint", "integer(4)"), ("UTINYINT", "integer(4)")),
        *(("BIGINT", "integer"), ("bigint", "integer"), ("INT64", "integer"), ("UINTEGER", "integer")),
        *(("HUGEINT", "integer(16)"), ("DECIMAL(12,4)", "decimal(12,4)"), ("decimal(38)", "decimal(38,0)")),
    ],
)
def test_whole_numbers_are_told_with_their_width(native: str, word: str) -> None:
    assert kind(native) == word


def test_a_column_of_sums_is_not_divided() -> None:
    """DuckDB calls a stored sum a hugeint, whether PostgreSQL would call it a bigint or numeric."""
    kept = {"staging.sums": [Column("total", kind("HUGEINT"))]}
    assert isinstance(translated("select max(total) / 7 as value from staging.sums", "duckdb", kept), Refusal)
    assert isinstance(translated("select sum(total) / 7 as value from staging.sums", "duckdb", kept), Spoken)


def test_letters_are_trimmed_of_plain_spaces_alone(on_duckdb: Pair) -> None:
    counted = "select count(*) filter (where lower(trim(name)) = 'anna') as value from staging.things"
    assert [ask_all(engine["UTC"], counted).rows for engine in (on_duckdb.postgres, on_duckdb.other)] == [[(2,)]] * 2
    assert {d: "' '" in translated(counted, d, THINGS).text for d in LABELS} == {d: d != "spark" for d in LABELS}  # type: ignore[union-attr]


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
