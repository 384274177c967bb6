"""Trials: what queries say of rows that somebody gives, on tables that are gone a moment later.

On PostgreSQL they are temporary tables in one transaction that is always rolled back and that may write nothing else;
on DuckDB they are those of a database of its own in memory.
"""

# ruff: noqa: S608  names come from definition files of the repository, and are quoted

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from core.checks import quoted
from core.databases import READER, first_line, has_reader, reaching
from core.errors import SourceError
from core.measures import binds
from core.periods import Period
from core.rewrite.texts import TEMPORARY
from core.sources.casts import duckdb_type
from core.sources.database import Answer
from core.sources.tables import postgres_type

if TYPE_CHECKING:
    import duckdb

Row = Mapping[str, object]
Rows = Mapping[str, Sequence[Row]]
Types = Mapping[str, Mapping[str, str]]
"""Tables by name: their columns with the types that contracts declare."""

_ROWS = "kpi_rows"


class UnaskableError(SourceError):
    """The database does not take the text of a query, whatever the rows."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`fill` replaces the rows of the tables that it is given; `ask` says what a query makes of them in a period."""

    fill: Callable[[Rows], None]
    ask: Callable[[str, Period], Answer | SourceError]


@contextmanager
def on_postgres(engine: sa.Engine, tables: Types, *, zone: str, timeout: int) -> Iterator[Trial]:
    """A trial on temporary tables; queries name them as `pg_temp.<name>`. `timeout` is in seconds."""
    with reaching(engine.url), engine.connect() as connection:
        transaction = connection.begin()
        try:
            _prepare(connection, tables, zone, timeout)
            yield Trial(
                lambda rows: _fill(connection, tables, rows), lambda sql, period: _answer(connection, sql, period)
            )
        finally:
            transaction.rollback()


def _prepare(connection: sa.Connection, tables: Types, zone: str, timeout: int) -> None:
    """Makes the tables; from then on nothing but them can be written, and queries have the rights they always have."""
    reader = has_reader(connection)
    _set(connection, "timezone", zone)
    _set(connection, "statement_timeout", f"{timeout}s")
    try:
        for name, columns in tables.items():
            listed = ", ".join(f"{quoted(column)} {postgres_type(kind)}" for column, kind in columns.items())
            connection.exec_driver_sql(f"create temporary table {quoted(name)} ({listed}) on commit drop")
            if reader:
                connection.exec_driver_sql(f"grant select, insert, delete on {_place(name)} to {READER}")
    except SQLAlchemyError as error:
        raise SourceError(
            f"The database makes no temporary table: {first_line(error)}.",
            next_step="Its user needs the right TEMPORARY.",
        ) from error
    _set(connection, "transaction_read_only", "on")
    if reader:
        _set(connection, "role", READER)
    connection.exec_driver_sql(f"savepoint {_ROWS}")


def _set(connection: sa.Connection, name: str, value: str) -> None:
    connection.execute(sa.text("select set_config(:name, :value, true)"), {"name": name, "value": value})


def _place(name: str) -> str:
    return f"{TEMPORARY}.{quoted(name)}"


def _fill(connection: sa.Connection, tables: Types, rows: Rows) -> None:
    try:
        for name, found in rows.items():
            connection.exec_driver_sql(f"delete from {_place(name)}")
            if found:
                columns = tables[name]
                names = ", ".join(quoted(column) for column in columns)
                marks = ", ".join(["%s"] * len(columns))
                values = [tuple(row.get(column) for column in columns) for row in found]
                connection.exec_driver_sql(f"insert into {_place(name)} ({names}) values ({marks})", values)
        connection.exec_driver_sql(f"savepoint {_ROWS}")
    except SQLAlchemyError as error:
        raise SourceError(f"The rows cannot be put into temporary tables: {first_line(error)}.") from error


def _answer(connection: sa.Connection, sql: str, period: Period) -> Answer | SourceError:
    """What a query says; one that fails is taken back, so that the next one finds the rows as they were."""
    try:
        result = connection.execute(sa.text(sql), binds(period))
        return Answer(tuple(result.keys()), [tuple(row) for row in result.fetchmany(2)])
    except SQLAlchemyError as error:
        connection.exec_driver_sql(f"rollback to savepoint {_ROWS}")
        state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
        kind = UnaskableError if state.startswith("42") or not state else SourceError
        return kind(f"The query failed: {first_line(error)}.")


@contextmanager
def in_duckdb(tables: Types, *, zone: str) -> Iterator[Trial]:
    """A trial on the inputs of a blend."""
    import duckdb

    with closing(duckdb.connect()) as duck:
        duck.execute("set autoinstall_known_extensions = false")
        duck.execute("set TimeZone = $1", [zone])
        for name, columns in tables.items():
            listed = ", ".join(f"{quoted(column)} {duckdb_type(kind)}" for column, kind in columns.items())
            duck.execute(f"create table {quoted(name)} ({listed or 'nothing integer'})")
        yield Trial(lambda rows: _fill_duck(duck, tables, rows), lambda sql, period: _answer_duck(duck, sql, period))


def _fill_duck(duck: "duckdb.DuckDBPyConnection", tables: Types, rows: Rows) -> None:
    for name, found in rows.items():
        duck.execute(f"delete from {quoted(name)}")
        if found:
            columns = tables[name]
            names = ", ".join(quoted(column) for column in columns)
            marks = ", ".join("?" * len(columns))
            values = [[row.get(column) for column in columns] for row in found]
            duck.executemany(f"insert into {quoted(name)} ({names}) values ({marks})", values)


def _answer_duck(duck: "duckdb.DuckDBPyConnection", sql: str, period: Period) -> Answer | SourceError:
    import duckdb

    from core.sources.blend import answer_of

    try:
        return answer_of(duck, sql, binds(period))
    except SourceError as error:
        text = isinstance(error.__cause__, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException)
        return UnaskableError(error.what) if text else error
