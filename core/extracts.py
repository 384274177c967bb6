"""Extracts: files that a scorecard hands to people and programs, with fixed columns and the numbers of its KPIs.

What stands in them is said here as data; nothing in them is computed by another query than that of a KPI.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from core.errors import did_you_mean
from core.expressions import Expression, Ref
from core.field_problems import are_texts
from core.periods import Cadence

Part = Literal["value", "numerator", "denominator", "is_off"]
_LONGEST = 1000  # periods


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of numbers: a formula over KPIs, its parts, or whether a KPI is off its target.

    `where` takes one slice of it, by values of dimensions: `{"fault": "null id"}`.
    """

    of: Expression
    part: Part = "value"
    where: Mapping[str, str] = field(default_factory=dict)

    def problems(self) -> Iterator[str]:
        if not isinstance(self.of, Expression):
            yield "is no formula: write ref(...), or Figure(ref(...), part=...)"
            return
        yield from self.of.problems()
        if not any(self.of.refs()):
            yield "names no KPI: write ref(...)"
        if self.part not in get_args(Part):
            hint = did_you_mean(str(self.part), get_args(Part))
            yield f'part="{self.part}" is none of {", ".join(get_args(Part))}. {hint}'.strip()
        elif self.part != "value" and not (isinstance(self.of, Ref) and self.of.length == 1):
            yield f'part="{self.part}" is that of one KPI: write Figure(ref("name"), part="{self.part}")'
        if not (isinstance(self.where, Mapping) and are_texts([*self.where, *self.where.values()])):
            yield 'where is not a slice: write where={"priority": "P1"}'


@dataclass(frozen=True, slots=True)
class Extract:
    """One file. `columns` are its numbers by name. `by` lists dimensions: one row for each slice, else one row in all.
    `last` lists so many periods, the last complete one at the end, and a column that names them.

    `rows` is the formula whose slices make the rows; unset, those of the columns. Without columns, `by` and `rows` it
    tells every KPI of the scorecard in a row, or, as `.txt`, in a line; of `cadence` alone, where that is said.
    """

    name: str
    columns: Mapping[str, Expression | Figure] = field(default_factory=dict)
    by: Sequence[str] = ()
    last: int = 0
    rows: Expression | None = None
    cadence: Cadence | Literal[""] = ""

    @property
    def is_summary(self) -> bool:
        return not (self.columns or self.by or self.rows)

    @property
    def figures(self) -> Mapping[str, Figure]:
        """By column."""
        return {name: one if isinstance(one, Figure) else Figure(one) for name, one in self.columns.items()}

    @property
    def formulas(self) -> list[Expression]:
        """Everything that it is computed from."""
        return [*(figure.of for figure in self.figures.values()), *([self.rows] if self.rows else [])]

    def problems(self) -> list[str]:
        """Every fault that the words alone give away; which KPIs and dimensions there are is not known here."""
        if not (isinstance(self.name, str) and re.fullmatch(r"[A-Za-z0-9_-]+\.(csv|txt)", self.name)):
            return [f'file {self.name!r} is not the name of a CSV file: write "backlog_summary.csv"']
        return [f'file "{self.name}": {what}' for what in self._problems()]

    def _problems(self) -> Iterator[str]:
        if not are_texts(self.by):
            yield 'by is not a list of dimensions: write by=("priority", "region")'
        if not isinstance(self.last, int) or isinstance(self.last, bool) or not 0 <= self.last <= _LONGEST:
            yield f"last={self.last!r} is not a number of periods from 0 to {_LONGEST}"
        if not (self.rows is None or isinstance(self.rows, Expression)):
            yield 'rows is no formula: write rows=ref("open_backlog")'
        if self.cadence not in ("", *get_args(Cadence)):
            hint = did_you_mean(str(self.cadence), get_args(Cadence))
            yield f'cadence="{self.cadence}" is none of {", ".join(get_args(Cadence))}. {hint}'.strip()
        elif self.cadence and not self.is_summary:
            yield "cadence is for a file that tells every KPI: the periods of this one are those of its KPIs"
        if not (isinstance(self.columns, Mapping) and (not self.columns or are_texts(list(self.columns)))):
            yield 'columns are written with their formulas: columns={"open_cases": ref("open_backlog")}'
            return
        for name, figure in self.figures.items():
            yield from (f'column "{name}": {what}' for what in figure.problems())
        if twice := set(self.columns) & set(self.by):
            yield f'column "{min(twice)}" has the name of a dimension'
        if self.name.endswith(".txt") and not self.is_summary:
            yield "a .txt tells every KPI in a line: write the columns into a .csv"
        if self.by and not (self.columns or self.rows):
            yield 'nothing is split by its dimensions: write rows=ref("open_backlog")'
