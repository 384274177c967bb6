"""The contract at work: every rule of a dataset asked of its table, in DuckDB or in PostgreSQL.

Both engines get the same questions. A verdict counts the rows at fault and shows a few of them, always the same
ones, with sensitive columns masked.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import duckdb
import psycopg
from psycopg.rows import tuple_row

from core.checks import Check, Engine, Groups, Verdict, quoted
from core.dataset import Dataset
from core.errors import DefinitionError, FactoryError, SourceError
from core.sources.raw import shown

SAMPLES = 3
_ALL_ROWS = "select count(*) from {table}"
_NOT_UNDERSTOOD = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, psycopg.ProgrammingError)
Answer = tuple[Sequence[str], Sequence[tuple[Any, ...]]]
Ask = Callable[[str], Answer]
"""A SELECT -> the names of its columns and its rows."""


def verdicts(ask: Ask, table: str, dataset: Dataset, engine: Engine, today: date) -> list[Verdict]:
    """The verdict of every rule of the contract, in its order. `table` is a name as SQL writes it.

    Raises DefinitionError for a rule that cannot be asked.
    """
    covered: dict[str, int] = {}
    found = []
    for check in dataset.contract():
        try:
            of = (check.of if isinstance(check, Groups) else _ALL_ROWS).replace("{table}", table)
            if of not in covered:
                covered[of] = int(ask(of)[1][0][0])
            rows, samples = _at_fault(ask, check.rows_at_fault(table, engine, today), dataset)
        except (duckdb.Error, psycopg.Error) as error:
            raise _unaskable(check, error) from error
        found.append(Verdict(check.name, check.severity, check.weight, check.allowed, rows, covered[of], samples))
    return found


def _at_fault(ask: Ask, faults: str, dataset: Dataset) -> tuple[int, list[dict[str, str]]]:
    """How many rows are at fault, and the first few in the order of their texts, in one question.

    The names of the columns are asked for first, of no rows: a row that has a column `faults` stands for several.
    """
    names, _ = ask(f"select * from ({faults}) as faults limit 0")  # noqa: S608 - rules come from definition files
    count = 'sum("faults")' if "faults" in names else "count(*)"
    texts = ", ".join(f"cast({quoted(name)} as text)" for name in names)
    order = ", ".join(str(n) for n in range(2, len(names) + 2))
    _, rows = ask(
        f"with at_fault as materialized ({faults}) "  # noqa: S608
        f"select (select {count} from at_fault), {texts} from at_fault order by {order} limit {SAMPLES}"
    )
    hidden = _hidden(names, faults, dataset)
    samples = [
        {name: shown(value, sensitive=name in hidden) for name, value in zip(names, row[1:], strict=True)}
        for row in rows
    ]
    return int(rows[0][0]) if rows else 0, samples


def _hidden(names: Sequence[str], faults: str, dataset: Dataset) -> set[str]:
    """Sensitive columns, and columns under new names where the question mentions a sensitive one."""
    known = {column.name for column in dataset.columns} | {"faults"}
    mentions = any(re.search(rf"\b{re.escape(name)}\b", faults, re.IGNORECASE) for name in dataset.sensitive)
    return {name for name in names if name in dataset.sensitive or (mentions and name not in known)}


def _unaskable(check: Check, error: Exception) -> FactoryError:
    """Says what the database did not understand; what else it says may quote values and is not repeated."""
    if isinstance(error, _NOT_UNDERSTOOD) and not isinstance(error, psycopg.errors.InsufficientPrivilege):
        said = str(error).splitlines()[0].rstrip(".")
        return DefinitionError([f'the rule "{check.name}" cannot be asked: {said}'])
    return SourceError(f'The rule "{check.name}" could not be checked: {type(error).__name__}.')


def in_duckdb(connection: duckdb.DuckDBPyConnection) -> Ask:
    def ask(sql: str) -> Answer:
        result = connection.execute(sql)
        return [column[0] for column in result.description or ()], result.fetchall()

    return ask


def in_postgres(connection: psycopg.Connection[Any]) -> Ask:
    def ask(sql: str) -> Answer:
        with connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(sql)
            return [column.name for column in cursor.description or ()], cursor.fetchall()

    return ask
