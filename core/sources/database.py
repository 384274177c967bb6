"""Query answers: one query, asked for one period after the other on one connection that only reads.

Queries are PostgreSQL's SQL. For an engine that speaks another dialect they are translated once, with the types that
its own tables have; what would mean something else there is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from core.dataset import Column
from core.engines.engine import LABELS, TOO_SLOW, Answer, Connection, Engine, UnreachableError
from core.engines.postgres import PostgresConnection
from core.errors import SourceError
from core.measures import Query, binds
from core.periods import Period

if TYPE_CHECKING:
    from core.rewrite.dialects import Spoken

__all__ = ["Answer", "ask", "ask_all", "ask_each", "ask_on", "rehearsed"]


def ask(engine: Engine, query: Query, periods: Sequence[Period]) -> Iterator[Answer | SourceError]:
    """Exactly one answer a period, in order. A period whose query fails yields the error; the others go on.

    Where the connection itself fails, the periods that have their answer keep it.
    """
    answered = 0
    try:
        with engine.connect() as connection:
            for period in periods:
                answer = _answer(engine, connection, query.sql, period)
                answered += 1
                yield answer
                if isinstance(answer, SourceError) and answer.next_step == TOO_SLOW:
                    yield from (answer for _ in periods[answered:])  # the others would take as long, one by one
                    return
    except UnreachableError as error:
        failure = SourceError(error.what, next_step=error.next_step)
        yield from (failure for _ in periods[answered:])


def ask_each(engine: Engine, asked: Sequence[tuple[Query, Sequence[Period]]]) -> list[list[Answer | SourceError]]:
    """As `ask` says it of each query; in one go where the engine can be asked several things at once."""
    every = [(query.sql, binds(period)) for query, periods in asked for period in periods]
    try:
        with engine.connect() as connection:
            if isinstance(connection, PostgresConnection):
                found = iter(connection.ask_each(every, 2))
                return [[next(found) for _ in periods] for _, periods in asked]
    except SourceError:
        pass  # one of them, and nobody knows which: each is asked for itself
    return [list(ask(engine, query, periods)) for query, periods in asked]


def ask_all(engine: Engine, sql: str, values: Mapping[str, object] | None = None) -> Answer:
    """Every row of one statement. Raises SourceError."""
    with engine.connect() as connection:
        return ask_on(engine, connection, sql, values or {})


def rehearsed(engine: Engine, query: Query, period: Period) -> None:
    """Lets the engine read a query without asking it. Raises SourceError where it would not take it."""
    with engine.connect() as connection:
        if engine.dialect == "postgres":
            connection.ask(f"explain {query.sql}", binds(period), 0)
        elif engine.dialect in LABELS:
            _spoken(engine, connection, query.sql, binds(period))


def ask_on(
    engine: Engine, connection: Connection, sql: str, values: Mapping[str, object], most: int | None = None
) -> Answer:
    """The first `most` rows of one statement on a connection that is open. Raises SourceError."""
    if engine.dialect not in LABELS:
        return connection.ask(sql, values, most)
    spoken = _spoken(engine, connection, sql, values)
    return connection.ask(spoken.text, spoken.handed(values), most)


def _answer(engine: Engine, connection: Connection, sql: str, period: Period) -> Answer | SourceError:
    try:
        return ask_on(engine, connection, sql, binds(period), 2)
    except UnreachableError:
        raise
    except SourceError as error:
        return error


def _spoken(engine: Engine, connection: Connection, sql: str, values: Mapping[str, object]) -> "Spoken":
    """The query in the engine's dialect, translated once. Raises SourceError where it would mean something else."""
    from core.rewrite.dialects import Refusal, Spoken, tables_of, translated

    kinds = {name: kind for name, value in values.items() if (kind := _BINDS.get(type(value)))}
    key = (sql, tuple(kinds.items()))
    if key not in engine.kept:
        tables = {table: _columns(engine, connection, table) for table in tables_of(sql)}
        engine.kept[key] = translated(sql, engine.dialect, tables, kinds, zone=engine.zone)
    found = engine.kept[key]
    if isinstance(found, Refusal):
        raise SourceError(str(found))
    assert isinstance(found, Spoken)
    return found


_BINDS = {date: "date", int: "integer", str: "text"}


def _columns(engine: Engine, connection: Connection, table: str) -> tuple[Column, ...]:
    """The columns that a table has there, with their types, asked once."""
    from core.rewrite.dialects import description

    key = ("columns of", table)
    if key not in engine.kept:
        told = connection.ask(description(table, engine.dialect), {})
        engine.kept[key] = tuple(Column(name, kind) for name, kind in zip(told.columns, told.kinds, strict=True))
    found = engine.kept[key]
    assert isinstance(found, tuple)
    return found
