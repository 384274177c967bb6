"""A dataset by day: how many rows, and a digest of them that does not depend on their order.

Two profiles tell what a source has changed since: rows added to a day that was told already, or rows that say
something else now. DuckDB and PostgreSQL make digests of their own, so only profiles of one engine compare. DuckDB
does not promise the same hashes in every version: six times as fast as MD5, measured, and all that a digest decides is
whether rows that nobody added say something else.
"""

from core.catalog import BoundDataset
from core.checks import Engine, quoted
from core.sources.contract import Ask

MOMENTS = ("date", "timestamp", "timestamptz")
_MODULUS = 2**64
_DIGEST = {
    "duckdb": "sum(hash({columns}))",
    "postgres": "sum(cast(hashtextextended(cast(row({columns}) as text), 0) as numeric))",
}


def profile(ask: Ask, table: str, bound: BoundDataset, engine: Engine) -> dict[str, tuple[int, int]]:
    """By day of the watermark column, in the scorecard's zone: rows and digest. "" holds rows without a day."""
    moment = bound.dataset.column(bound.dataset.watermark)
    day = "''" if moment is None or moment.type not in MOMENTS else f"coalesce({_day(moment.name, engine)}, '')"
    digest = _DIGEST[engine].format(columns=", ".join(quoted(column.name) for column in bound.dataset.columns))
    _, rows = ask(f"select {day} as day, count(*), {digest} from {table} group by 1 order by 1")  # noqa: S608
    return {str(name): (int(count), int(total) % _MODULUS) for name, count, total in rows}


def digest_of(days: dict[str, tuple[int, int]]) -> str:
    """One digest of the whole table."""
    return f"{sum(digest for _, digest in days.values()) % _MODULUS:016x}"


def _day(column: str, engine: Engine) -> str:
    date = f"cast({quoted(column)} as date)"
    return f"strftime({date}, '%Y-%m-%d')" if engine == "duckdb" else f"to_char({date}, 'YYYY-MM-DD')"
