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
