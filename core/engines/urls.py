"""Which engine a URL stands for."""

from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from core.engines.engine import Engine, Terms
from core.errors import MisuseError


def foreign(url: str, terms: Terms) -> Engine | None:
    """The engine of a URL, if it is one that PostgreSQL's SQL is translated for. Raises MisuseError without the URL."""
    dialect = dialect_of(url)
    return _ENGINES[dialect](url, terms) if dialect else None


def dialect_of(url: str) -> str:
    """What the engine of a URL speaks, where that has to be translated; else nothing."""
    scheme = url.partition(":")[0].lower()
    return {"md": "duckdb", "sc": "spark"}.get(scheme, scheme if scheme in _ENGINES else "")


def split(url: str, example: str) -> SplitResult:
    """The parts of a URL. Raises MisuseError that does not repeat it: it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise MisuseError("A database URL cannot be read.", next_step=f"Write {example}.") from None
    if "@" in (parts.hostname or "") or parts.netloc.count("@") > 1:
        raise MisuseError(
            "A database URL cannot be read: it holds two @.", next_step="Write an @ in a password as %40."
        )
    return parts


def plain(text: str | None) -> str:
    """A part of a URL as it was meant: %40 is @."""
    return unquote(text or "")


def options(parts: SplitResult) -> dict[str, str]:
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _duckdb(url: str, terms: Terms) -> Engine:
    from core.engines.duckdb import open_engine

    return open_engine(url, terms)


def _snowflake(url: str, terms: Terms) -> Engine:
    from core.engines.snowflake import open_engine

    return open_engine(url, terms)


def _spark(url: str, terms: Terms) -> Engine:
    from core.engines.spark import open_engine

    return open_engine(url, terms)


def _trino(url: str, terms: Terms) -> Engine:
    from core.engines.trino import open_engine

    return open_engine(url, terms)


def _bigquery(url: str, terms: Terms) -> Engine:
    from core.engines.bigquery import open_engine

    return open_engine(url, terms)


_ENGINES: Mapping[str, Callable[[str, Terms], Engine]] = {
    "duckdb": _duckdb,
    "snowflake": _snowflake,
    "spark": _spark,
    "trino": _trino,
    "bigquery": _bigquery,
}
