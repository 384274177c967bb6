"""Measures: how a number is got.

`Query` asks a database, `Blend` asks DuckDB over sheets, files and query results, and `ref()` computes with
other KPIs. A `ref()` expression is one tree: it gives the number, the run order, the lineage and the formula.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from core.expressions import Expression
from core.field_problems import are_texts, text_problems
from core.periods import Period

TYPES = re.compile(r"text|integer|float|date|timestamp|timestamptz|boolean|decimal\((\d+), ?(\d+)\)")
TYPES_TOLD = "text, integer, decimal(p,s), float, date, timestamp, timestamptz or boolean"


def binds(period: Period) -> dict[str, object]:
    """What the names in a query stand for. Dates mean midnight in the scorecard's zone."""
    return {
        "start": period.start,
        "end": period.end,
        "week": period.label,
        "year": period.year,
        "last_sunday": period.end - timedelta(days=1),
    }


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT on a named database: `value`, or `numerator` and `denominator`, in one row.

    Binds: `:start` (in) and `:end` (out) are dates, midnight in the scorecard's zone; `:week` is `2026-W47`;
    `:year` its ISO year; `:last_sunday` the last day of the period. Parameters of the scorecard are named like binds.
    """

    sql: str
    database: str = "warehouse"

    def problems(self) -> list[str]:
        named = isinstance(self.database, str) and re.fullmatch(r"[a-z0-9_]+", self.database)
        wrong = f"database={self.database!r} is not a name in lower case, digits and underscores"
        return [*text_problems(self, "sql"), *([] if named else [wrong])]


@dataclass(frozen=True, slots=True)
class File:
    """A CSV, Parquet or .xlsx file, by path. A bare name is looked up in KPI_DATA_DIR."""

    path: str
    tab: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def problems(self) -> list[str]:
        found = text_problems(self, "path") + text_problems(self, "tab", needed=False)
        return found + _column_problems(self.columns)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A tab of a spreadsheet that people keep. `columns` names what is read and its type."""

    name: str
    tab: str
    columns: Mapping[str, str] = field(default_factory=dict)

    def problems(self) -> list[str]:
        return [*text_problems(self, "name", "tab"), *_column_problems(self.columns)]


Input = Query | File | Sheet


@dataclass(frozen=True, slots=True)
class Blend:
    """A DuckDB SELECT over named inputs; rows and binds as in `Query`."""

    tables: Mapping[str, Input]
    sql: str

    def problems(self) -> list[str]:
        return [*_input_problems(self.tables), *text_problems(self, "sql")]


Measure = Query | Blend | Expression


def _input_problems(tables: Mapping[str, Input]) -> list[str]:
    if not (isinstance(tables, Mapping) and tables):
        return ['tables names no input: write tables={"report": Sheet(...), "budget": File(...)}']
    names = [str(name).lower() for name in tables]
    found = [f'tables names "{n}" twice: case makes no difference' for n in dict.fromkeys(names) if names.count(n) > 1]
    for name, source in tables.items():
        if not (isinstance(name, str) and name.isidentifier() and name.isascii()):
            found.append(f"tables: {name!r} is not a plain name of letters, digits and underscores")
        known = isinstance(source, Query | File | Sheet)
        wrong = source.problems() if known else ["is none of Query(...), File(...) or Sheet(...)"]
        found += [f"{name}: {what}" for what in wrong]
    return found


def _column_problems(columns: Mapping[str, str]) -> list[str]:
    if not isinstance(columns, Mapping):
        return ['columns are written with their types: columns={"week": "text", "calls": "integer"}']
    return [
        f"columns: {name!r} has no type {kind!r}: use {TYPES_TOLD}"
        for name, kind in columns.items()
        if not (are_texts([name, kind]) and TYPES.fullmatch(kind))
    ]
