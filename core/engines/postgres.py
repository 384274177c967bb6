"""PostgreSQL, by SQLAlchemy and psycopg: asked as it is written.

Another database that SQLAlchemy has a driver for is asked the same way, in its own dialect: nothing is translated,
nothing explained, and no query is made of another.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from core.engines.engine import NOT_LOADED, TOO_SLOW, Answer, Connection, UnreachableError, Values
from core.engines.said import first_line, said_by
from core.errors import MisuseError, SourceError

OTHER = "other"
"""The dialect of a database whose SQL is not known here: its queries are asked as they are written, one by one."""


@dataclass
class PostgresEngine:
    """`pool` is the SQLAlchemy engine, for what only PostgreSQL can say: EXPLAIN, settings, roles."""

    pool: sa.Engine
    dialect: str = "postgres"
    kept: dict[object, object] = field(default_factory=dict)
    zone: str = ""  # nobody asks: nothing is translated

    def __post_init__(self) -> None:
        if self.pool.dialect.name != "postgresql":
            self.dialect = OTHER

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        try:
            with self.pool.connect() as connection:
                yield PostgresConnection(connection, _KINDS if self.dialect == "postgres" else {})
        except SQLAlchemyError as error:
            raise UnreachableError(f"The database could not be asked: {first_line(error)}.") from error

    def close(self) -> None:
        self.pool.dispose()


@dataclass(frozen=True)
class PostgresConnection:
    connection: sa.Connection
    kinds: Mapping[object, str]

    def ask(self, sql: str, values: Values, most: int | None = None) -> Answer:
        try:
            result = self.connection.execute(_statement(sql), dict(values))
            kinds = tuple(self.kinds.get(column[1], "") for column in _described(result))  # gone with the last row
            rows = result.fetchall() if most is None else result.fetchmany(most)
            return Answer(tuple(result.keys()), [tuple(row) for row in rows], kinds)
        except SQLAlchemyError as error:  # the database's, or SQLAlchemy's own: a bind without a value
            self._recover()
            raise SourceError(f"The query failed: {first_line(error)}.", next_step=_next_step(error)) from error

    def ask_each(self, asked: Sequence[tuple[str, Values]], most: int) -> list[Answer]:
        """Several statements, each as `ask` asks it, without waiting for one answer before the next is asked: what is
        far away costs one round trip. Raises SourceError where one of them fails, of whichever it is."""
        dialect, raw = self.connection.dialect, self.connection.connection.driver_connection
        if dialect.driver != "psycopg" or raw is None:
            return [self.ask(sql, values, most) for sql, values in asked]
        try:
            with raw.pipeline():
                cursors = [raw.execute(str(_statement(sql).compile(dialect=dialect)), values) for sql, values in asked]
                answers = [(cursor, cursor.fetchmany(most)) for cursor in cursors]
        except raw.Error as error:
            self.connection.invalidate()
            raise SourceError(f"The query failed: {said_by(error)}.") from error
        return [Answer(tuple(c.name for c in cursor.description or ()), rows) for cursor, rows in answers]

    def _recover(self) -> None:
        try:
            self.connection.rollback()
        except SQLAlchemyError as error:
            raise UnreachableError(f"The database could not be asked: {first_line(error)}.") from error


@lru_cache(maxsize=256)
def _statement(sql: str) -> sa.TextClause:
    """One query is asked for many periods: its binds are looked for once."""
    return sa.text(sql)


_KINDS: Mapping[object, str] = {
    **{16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "float", 701: "float", 1700: "decimal"},
    **{25: "text", 1043: "text", 1082: "date", 1114: "timestamp", 1184: "timestamptz"},
}
"""PostgreSQL's numbers of its types, in the words of a contract."""


def _described(result: sa.CursorResult[Any]) -> list[Any]:
    return list(result.cursor.description or ()) if result.cursor is not None else []


def _next_step(error: SQLAlchemyError) -> str:
    state = getattr(getattr(error, "orig", None), "sqlstate", "") or ""
    return {"42P01": NOT_LOADED, "3F000": NOT_LOADED, "57014": TOO_SLOW}.get(state, "")


def parse_url(text: str) -> sa.URL:
    """A SQLAlchemy URL; plain postgresql:// means psycopg. Raises MisuseError that does not repeat the text."""
    try:
        url = sa.make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text))
    except (sa.exc.ArgumentError, ValueError):
        raise MisuseError(
            "A database URL cannot be read.", next_step="Write postgresql://user@host:5432/name."
        ) from None
    if "@" in (url.host or ""):  # the end of a password, which messages would tell as the host
        raise MisuseError(
            "A database URL cannot be read: it holds two @.", next_step="Write an @ in a password as %40."
        )
    return url


def place(url: sa.URL) -> str:
    """Where a URL points, without user and password."""
    host = url.host or url.query.get("host") or "local socket"
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def alchemy(url: sa.URL, options: str, pool: int) -> sa.Engine:
    """A pool of connections; `options` are PostgreSQL's, as on its command line."""
    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        own = url.query.get("options", "")
        arguments = {"options": f"{own} {options}".strip(), "application_name": "kpi", "connect_timeout": 10}
    try:
        # A long query on one connection is time enough for a firewall to cut the others: ping before use.
        return sa.create_engine(url, connect_args=arguments, pool_size=pool, max_overflow=2, pool_pre_ping=True)
    except (NoSuchModuleError, ImportError):
        raise MisuseError(
            f"No driver for {url.get_backend_name()} is installed.", next_step="Install the driver of that database."
        ) from None
