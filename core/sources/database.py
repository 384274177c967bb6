"""Query answers: one query, asked for one period after the other on one connection that only reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from core.databases import first_line
from core.errors import SourceError
from core.measures import Query, binds
from core.periods import Period


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query said for a period: its columns and its first rows (two are one too many)."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


def ask(engine: sa.Engine, query: Query, periods: Sequence[Period]) -> Iterator[Answer | SourceError]:
    """Exactly one answer a period, in order. A period whose query fails yields the error; the others go on.

    Where the connection itself fails, the periods that have their answer keep it.
    """
    statement, answered = sa.text(query.sql), 0
    try:
        with engine.connect() as connection:
            for period in periods:
                answer = _answer(connection, statement, period)
                answered += 1
                yield answer
                if isinstance(answer, SourceError) and answer.next_step == _TOO_SLOW:
                    yield from (answer for _ in periods[answered:])  # the others would take as long, one by one
                    return
    except SQLAlchemyError as error:
        failure = SourceError(f"The database could not be asked: {first_line(error)}.")
        yield from (failure for _ in periods[answered:])


_TOO_SLOW = "Raise KPI_STATEMENT_TIMEOUT or give the table an index."


def _answer(connection: sa.Connection, statement: sa.TextClause, period: Period) -> Answer | SourceError:
    try:
        result = connection.execute(statement, binds(period))
        return Answer(tuple(result.keys()), [tuple(row) for row in result.fetchmany(2)])
    except SQLAlchemyError as error:  # the database's, or SQLAlchemy's own: a bind without a value
        connection.rollback()
        return SourceError(f"The query failed: {first_line(error)}.", next_step=_next_step(error))


def _next_step(error: SQLAlchemyError) -> str:
    state = getattr(getattr(error, "orig", None), "sqlstate", "") or ""
    if state == "42P01":
        return "Load the dataset with `kpi load`, or mend the name."
    if state == "57014":
        return _TOO_SLOW
    return ""
