"""Checks across tables: what must hold between a dataset and another one, which `{other}` stands for.

They are asked in PostgreSQL, where both tables stand; while loading, once the new rows are there.
"""

# ruff: noqa: S608  names come from definition files of the repository

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.checks import Check, Engine, Groups, Severity, quoted
from core.targets import is_amount

_PLACE = re.compile(r"[a-z][a-z0-9_]*\.[^.]+")
ROWS = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class References(Check):
    """Every value of the column stands in a column of another dataset."""

    to: str

    @property
    def in_warehouse(self) -> bool:
        return True

    @property
    def other(self) -> tuple[str, str]:
        return _parted(self.to)

    def rows_at_fault(self, table: str, engine: Engine, today: date) -> str:
        column, key = quoted(self.columns[0]), quoted(self.other[1])
        return (
            f"select {column} from (select {column} from {table}) as referring where {column} is not null and "
            f"not exists (select 1 from (select {key} as known from {{other}}) as referred "
            f"where referred.known = referring.{column})"
        )

    def problems(self) -> Iterator[str]:
        yield from _place_problems(self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conserved(Groups):
    """A sum here equals a sum there."""

    to: str
    tolerance: float

    @property
    def in_warehouse(self) -> bool:
        return True

    @property
    def other(self) -> tuple[str, str]:
        return _parted(self.to)

    def problems(self) -> Iterator[str]:
        yield from _place_problems(self.to)
        if not (is_amount(self.tolerance) and 0 <= self.tolerance <= 1):
            yield f"tolerance={self.tolerance!r} is not a number from 0 to 1"
        if (self.other[1] == ROWS) != (self.columns[0] == ROWS):
            yield 'rows are held against rows: "*" stands on both sides, or on none'


def references(
    column: str, *, to: str, severity: Severity = "fail", weight: float = 1.0, allowed: float = 0.0
) -> Check:
    """Every value of the column stands in that column of another dataset: `to="agreements.agreement_id"`.

    Nulls refer to nothing. As long as the other table is not there, the rule is not checked, which is no pass.
    """
    return References(
        name=f"{column} stands in {to}",
        fault="",
        to=to,
        columns=(column,),
        severity=severity,
        weight=weight,
        allowed=allowed,
    )


def conserved(
    column: str,
    *,
    to: str,
    day: str = "",
    to_day: str = "",
    tolerance: float = 0.0,
    severity: Severity = "fail",
    weight: float = 1.0,
    allowed: float = 0.0,
) -> Check:
    """The sum of the column equals that of another dataset's: `conserved("amount", to="payments.amount")`; with "*" on
    both sides (`to="payments.*"`), the count of rows.

    With `day`, on every day of that column, held against the same one there, or `to_day`: a day that only one table
    has is at fault. `tolerance` is the difference that is let pass, as a share of the other sum; sums of `float`
    columns need one. `allowed` is the share of days that may differ.
    """
    both = _both(column, _parted(to)[1], day, to_day or day)
    days = f"select day from ({both}) as both_tables group by day"
    return Conserved(
        name=f"{'rows' if column == ROWS else column} as in {to}{f' by {day}' if day else ''}",
        query=_unequal(both, day, tolerance),
        of=f"select count(*) from ({days}) as days" if day else "select 1",
        to=to,
        tolerance=tolerance,
        columns=(column, *([day] if day else [])),
        severity=severity,
        weight=weight,
        allowed=allowed,
    )


def _unequal(both: str, day: str, tolerance: float) -> str:
    by, group = ("day, ", " group by day") if day else ("", "")
    sums = f"select {by}sum(ours) as here, sum(theirs) as there from ({both}) as both_tables"
    return (
        f"select {by}here, there from ({sums}{group}) as sums "
        f"where (here is null) <> (there is null) or abs(here - there) > {tolerance} * abs(there)"
    )


def _both(column: str, key: str, day: str, to_day: str) -> str:
    """The rows of both tables below each other; a join would lose the rows without a day."""
    ours, theirs = ("1", "1") if column == ROWS else (quoted(column), quoted(key))
    days = [f"cast({quoted(name)} as date) as day, " if day else "" for name in (day, to_day)]
    return (
        f"select {days[0]}{ours} as ours, null as theirs from {{table}} "
        f"union all select {days[1]}null, {theirs} from {{other}}"
    )


def _parted(to: str) -> tuple[str, str]:
    table, _, column = to.partition(".") if isinstance(to, str) else ("", "", "")
    return table, column


def _place_problems(to: str) -> Iterator[str]:
    if not (isinstance(to, str) and _PLACE.fullmatch(to)):
        yield f'to={to!r} names no column of a dataset: write to="agreements.agreement_id"'
