"""Blends: a DuckDB SELECT over sheets, files and query results, asked for one period after the other."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from core.databases import Databases
from core.errors import FactoryError, SourceError
from core.measures import Blend, File, Input, Query, Sheet, binds
from core.periods import Period
from core.sources.database import Answer, ask_all
from core.sources.google_tabs import NO_TABS, Tabs

if TYPE_CHECKING:
    import duckdb
    from duckdb import DuckDBPyConnection


def blend(
    measure: Blend,
    periods: Sequence[Period],
    *,
    databases: Databases,
    data: Path,
    zone: str,
    tabs: Tabs = NO_TABS,
    every_row: bool = False,
) -> Iterator[Answer | FactoryError]:
    """One answer a period, in order; its first two rows, or every row.

    Files and sheets are read once for all periods. A query is asked once, or once a period if it names one.
    """
    import duckdb

    with closing(duckdb.connect()) as duck:
        duck.execute("set TimeZone = $1", [zone])
        try:
            for name, source in measure.tables.items():
                if not _moves(source):
                    _bring(duck, name, source, {}, databases, data, zone, tabs)
        except FactoryError as error:
            yield from (error for _ in periods)
            return
        for period in periods:
            try:
                for name, source in measure.tables.items():
                    if _moves(source):
                        _bring(duck, name, source, binds(period), databases, data, zone, tabs)
                with _within(duck, databases.settings.statement_timeout):
                    answer = answer_of(duck, measure.sql, binds(period), every_row=every_row)
                yield answer
            except FactoryError as error:
                yield error


@contextmanager
def _within(duck: "DuckDBPyConnection", seconds: int) -> Iterator[None]:
    """DuckDB knows no statement timeout: somebody has to stop it from outside."""
    alarm = Timer(seconds, duck.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _moves(source: Input) -> bool:
    """Whether the input depends on the period."""
    return isinstance(source, Query) and bool(sa.text(source.sql)._bindparams)


def _bring(
    duck: "DuckDBPyConnection",
    name: str,
    source: Input,
    values: Mapping[str, object],
    databases: Databases,
    data: Path,
    zone: str,
    tabs: Tabs,
) -> None:
    from core.sources.files import find_file, read_file
    from core.sources.sheets import read_sheet

    if isinstance(source, Sheet):
        read_sheet(source, data, duck, name, tabs)
    elif isinstance(source, File):
        read_file(source, find_file(source, data), duck, name)
    else:
        _bring_rows(duck, name, source, values, databases, zone)


_KINDS: Mapping[str, str] = {
    **{"boolean": "boolean", "integer": "bigint", "float": "double", "decimal": "decimal(38, 10)"},
    **{"date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz"},
}
"""What DuckDB calls the types of a contract."""


def _bring_rows(
    duck: "DuckDBPyConnection",
    name: str,
    query: Query,
    values: Mapping[str, object],
    databases: Databases,
    zone: str,
) -> None:
    """All rows of a query as a table, column by column."""
    import duckdb

    engine = databases.reader(query.database, zone)
    try:
        told = ask_all(engine, query.sql, values)
    except SourceError as error:
        raise SourceError(f'The query for "{name}"{_rest(error.what)}') from error
    columns, rows = told.columns, told.rows
    if not rows:  # a quiet week: an empty table, of the kinds that the rows would have had
        kinds = (_KINDS.get(kind.partition("(")[0], "varchar") for kind in told.kinds)
        empty = ", ".join(f'"{column}" {kind}' for column, kind in zip(columns, kinds, strict=True))
        duck.execute(f'create or replace table "{name}" ({empty})')
        return
    listed = ", ".join(f'unnest(${n}) as "{column}"' for n, column in enumerate(columns, start=1))
    try:
        duck.execute(
            f'create or replace table "{name}" as select {listed}',
            [[row[n] for row in rows] for n in range(len(columns))],
        )
    except duckdb.Error as error:
        raise SourceError(
            f'The rows of the query for "{name}" cannot be blended: {_said(error)}.',
            next_step="Cast their columns in the query.",
        ) from error


def _rest(said: str) -> str:
    """What is said of a query, without its beginning."""
    unreached = said.removeprefix("The database could not be asked")
    return said.removeprefix("The query") if unreached == said else f" failed{unreached}"


def answer_of(duck: "DuckDBPyConnection", sql: str, values: Mapping[str, object], *, every_row: bool = False) -> Answer:
    """The first two rows, or every row, of a query over the tables that this DuckDB holds. Raises SourceError."""
    import duckdb

    compiled = sa.text(sql).compile(dialect=DefaultDialect(paramstyle="numeric_dollar"))
    names = compiled.positiontup or ()
    try:
        result = duck.execute(str(compiled), [values[name] for name in names])
        columns = tuple(column[0] for column in result.description or ())
        return Answer(columns, result.fetchall() if every_row else result.fetchmany(2))
    except duckdb.Error as error:
        raise SourceError(f"The blend failed: {_said(error)}.") from error


def _said(error: "duckdb.Error") -> str:
    """What DuckDB did not understand; what else it says quotes values, which may be sensitive."""
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return "it took longer than KPI_STATEMENT_TIMEOUT allows"
    if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException):
        return str(error).splitlines()[0].rstrip(".")
    return f"a value that DuckDB refuses ({type(error).__name__})"
