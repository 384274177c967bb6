"""The contract at work: every rule of a dataset asked of its table, in DuckDB or in PostgreSQL.

Both engines get the same questions. A verdict counts the rows at fault and shows a few of them, always the same
ones, with sensitive columns masked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import psycopg
from psycopg import errors
from psycopg.rows import tuple_row

from core.checks import Check, Engine, Groups, NoDrift, Verdict, quoted
from core.dataset import Dataset
from core.errors import BusyError, DefinitionError, SourceError
from core.sources.raw import shown

SAMPLES = 3
_ALL_ROWS = "select count(*) from {table}"
_NOT_UNDERSTOOD = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, psycopg.ProgrammingError)
Answer = tuple[Sequence[str], Sequence[tuple[Any, ...]]]
Ask = Callable[[str], Answer]
"""A SELECT -> the names of its columns and its rows."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another dataset's table, as SQL's FROM has it, and its columns that may be shown."""

    table: str
    plain: frozenset[str]


def verdicts(ask: Ask, table: str, dataset: Dataset, engine: Engine, today: date) -> list[Verdict]:
    """The verdict of every rule over its rows alone, in its order. `table` is a name as SQL writes it.

    Raises DefinitionError for a rule that cannot be asked.
    """
    checks = [c for c in dataset.contract() if not c.in_warehouse and not isinstance(c, NoDrift)]
    covered: dict[str, int] = {}
    return [_verdict(ask, check, table, dataset, engine, today, covered) for check in checks]


def warehouse_verdicts(
    ask: Ask, table: str, dataset: Dataset, today: date, others: Mapping[str, Other]
) -> list[Verdict]:
    """Of the rules that are asked in PostgreSQL alone; `others` are the tables that they ask beside this one.

    A rule whose other table is not there is not checked, and says so.
    """
    covered: dict[str, int] = {}
    found = []
    for check in dataset.contract():
        name, _ = check.other
        if check.in_warehouse and name and name not in others:
            why = f"there is no table staging.{name} yet. Load {name}, then this again"
            found.append(Verdict(check.name, check.severity, check.weight, check.allowed, 0, 0, unchecked=why))
        elif check.in_warehouse:
            found.append(_verdict(ask, check, table, dataset, "postgres", today, covered, others.get(name)))
    return found


def _verdict(
    ask: Ask,
    check: Check,
    table: str,
    dataset: Dataset,
    engine: Engine,
    today: date,
    covered: dict[str, int],
    other: Other | None = None,
) -> Verdict:
    beside = other.table if other else ""
    faults = check.rows_at_fault(table, engine, today).replace("{other}", beside)
    of = (check.of if isinstance(check, Groups) else _ALL_ROWS).replace("{table}", table).replace("{other}", beside)
    try:
        names = _understood(ask, check, faults)
        if of not in covered:
            covered[of] = int(ask(of)[1][0][0])
        hidden = _hidden(check, names, faults, dataset)
        if other and check.other[1] not in ("*", *other.plain):
            hidden |= {"there"}
        rows, samples = _at_fault(ask, faults, names, hidden)
    except (duckdb.Error, psycopg.Error) as error:  # it may quote a value, and is not repeated
        if other and isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected):
            raise BusyError(f"staging.{check.other[0]} is in use, by another load.", next_step="Try again.") from error
        raise SourceError(f'The rule "{check.name}" could not be checked: {type(error).__name__}.') from error
    return Verdict(check.name, check.severity, check.weight, check.allowed, rows, covered[of], samples)


def _understood(ask: Ask, check: Check, faults: str) -> Sequence[str]:
    """The columns that a rule answers with, asked for of no rows: what the database says here is of the rule itself."""
    try:
        return ask(f"select * from ({faults}) as faults limit 0")[0]  # noqa: S608 - rules come from definition files
    except psycopg.errors.InsufficientPrivilege:
        raise
    except _NOT_UNDERSTOOD as error:
        said = str(error).splitlines()[0].rstrip(".")
        raise DefinitionError([f'the rule "{check.name}" cannot be asked: {said}']) from error


def _at_fault(ask: Ask, faults: str, names: Sequence[str], hidden: set[str]) -> tuple[int, list[dict[str, str]]]:
    """How many rows are at fault, and the first few in the order of their texts, in one question.

    A row that has a column `faults` stands for several.
    """
    count = 'sum("faults")' if "faults" in names else "count(*)"
    texts = ", ".join(f"cast({quoted(name)} as text)" for name in names)
    order = ", ".join(str(n) for n in range(2, len(names) + 2))
    _, rows = ask(
        f"with at_fault as materialized ({faults}) "  # noqa: S608
        f"select (select {count} from at_fault), {texts} from at_fault order by {order} limit {SAMPLES}"
    )
    samples = [
        {name: shown(value, sensitive=name in hidden) for name, value in zip(names, row[1:], strict=True)}
        for row in rows
    ]
    return int(rows[0][0]) if rows else 0, samples


def _hidden(check: Check, names: Sequence[str], faults: str, dataset: Dataset) -> set[str]:
    """The columns to mask: what is not declared plain, and in a question that mentions a sensitive column all that
    the question computes, whatever name it gives to it."""
    plain = {column.name for column in dataset.columns} - dataset.sensitive
    if not isinstance(check, Groups):
        return set(names) - plain
    mentions = any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", faults, re.IGNORECASE) for n in dataset.sensitive)
    computed = {name for name in names if name not in check.columns}
    return {name for name in names if name in dataset.sensitive} | (computed - {"faults"} if mentions else set())


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
