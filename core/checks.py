"""Checks: what must hold in a dataset, as values with a pure verdict.

A check is a query that returns the rows at fault; none is good. `severity` decides what a broken check does:
`warn` publishes with a badge, `fail` holds every KPI that rests on the dataset. `weight` is its share of the
dataset's score. The same text runs on DuckDB (while loading) and on PostgreSQL (where a table stands).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Literal

Severity = Literal["warn", "fail"]
Engine = Literal["duckdb", "postgres"]


class Level(StrEnum):
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Rows for which `fault` is true are at fault; up to `allowed` (a share of all rows) is tolerated."""

    name: str
    fault: str
    columns: Sequence[str] = ()  # shown in samples
    severity: Severity = "fail"
    weight: float = 1.0
    allowed: float = 0.0

    def rows_at_fault(self, table: str, engine: Engine, today: date) -> str:
        """A SELECT of the rows at fault; `today` stands for the day of the check."""
        shown = ", ".join(quoted(c) for c in self.columns) or "*"
        return f"select {shown} from {table} where {_dated(self.fault, today)}"

    @property
    def in_warehouse(self) -> bool:
        """Asked in PostgreSQL also while loading, once the new rows are there."""
        return False

    @property
    def other(self) -> tuple[str, str]:
        """The dataset that it also asks, as `{other}`, and the column there."""
        return "", ""

    def problems(self) -> Iterator[str]:
        """What is wrong with its own words; severity, weight and `allowed` are judged with all rules."""
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern(Check):
    """A text column must match a regular expression that is anchored at both ends."""

    pattern: str

    def rows_at_fault(self, table: str, engine: Engine, today: date) -> str:
        column, literal = quoted(self.columns[0]), _literal(self.pattern)
        fault = f"not regexp_matches({column}, {literal})" if engine == "duckdb" else f"{column} !~ {literal}"
        return f"select {column} from {table} where {fault}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups(Check):
    """A check over groups or neighbours: `query` selects the faults from `{table}`, `of` counts what it covers.

    One row may stand for several faults: a column `faults` then counts them.
    """

    query: str
    of: str = "select count(*) from {table}"
    fault: str = ""

    def rows_at_fault(self, table: str, engine: Engine, today: date) -> str:
        return _dated(self.query.replace("{table}", table), today)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDrift(Check):
    """Not asked of the rows: the columns of the source are held against those of the load before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: `rows` at fault among `of`, and a few of them as samples; or why it could not be made.

    What was not checked is no pass, and no part of the score.
    """

    check: str
    severity: Severity
    weight: float
    allowed: float
    rows: int
    of: int
    samples: Sequence[Mapping[str, str]] = field(default=())
    unchecked: str = ""

    @property
    def share(self) -> float:
        return min(1.0, self.rows / self.of) if self.of else 0.0

    @property
    def level(self) -> Level:
        if not self.unchecked and (self.rows == 0 or (self.allowed and self.share <= self.allowed)):
            return Level.PASS
        return Level.FAIL if self.severity == "fail" else Level.WARN


def score(verdicts: Sequence[Verdict]) -> float:
    """0 to 1: the weighted mean of the shares of rows in order; a passed check counts whole."""
    made = [v for v in verdicts if not v.unchecked]
    weights = sum(v.weight for v in made)
    kept = sum(v.weight * (1.0 if v.level is Level.PASS else 1.0 - v.share) for v in made)
    return kept / weights if weights else 1.0


def points(score: float) -> str:
    """As people read it, from 0 to 100: `98.7`. Rounded down: a score is never told better than it is."""
    hundred = Decimal(str(round(score * 100, 9)))
    return f"{hundred.quantize(Decimal('0.1'), ROUND_FLOOR)}"


def overall(verdicts: Sequence[Verdict], *, warn_below: float, fail_below: float) -> Level:
    """The worst of the verdicts and of the score."""
    levels, points = {v.level for v in verdicts}, score(verdicts)
    if Level.FAIL in levels or points < fail_below:
        return Level.FAIL
    return Level.WARN if Level.WARN in levels or points < warn_below else Level.PASS


# The words a dataset file uses.


def unique(*columns: str, severity: Severity = "fail", weight: float = 1.0, allowed: float = 0.0) -> Check:
    """No two rows share these columns; of a repeated row, the repeats are at fault."""
    names = ", ".join(quoted(c) for c in columns)
    return Groups(
        name=f"unique {', '.join(columns)}",
        query=f"select {names}, count(*) - 1 as faults from {{table}} group by {names} having count(*) > 1",
        columns=columns,
        severity=severity,
        weight=weight,
        allowed=allowed,
    )


def rows_per_day(column: str, *, at_least: int, severity: Severity = "fail", weight: float = 1.0) -> Check:
    """Every day that has rows has at least so many."""
    day = f"cast({quoted(column)} as date)"
    return Groups(
        name=f"at least {at_least} rows a day",
        query=f"select {day} as day, count(*) as rows_found from {{table}} group by 1 having count(*) < {at_least}",
        of=f"select count(distinct {day}) from {{table}}",
        columns=(column,),
        severity=severity,
        weight=weight,
    )


def max_gap(column: str, *, days: int, severity: Severity = "warn", weight: float = 1.0) -> Check:
    """Days with rows follow each other within so many days."""
    day = f"cast({quoted(column)} as date)"
    return Groups(
        name=f"no gap above {days} days in {column}",
        query=(
            "select day, next_day, next_day - day as days from (select day, lead(day) over (order by day) as next_day "
            f"from (select distinct {day} as day from {{table}}) as days) as pairs where next_day - day > {days}"
        ),
        of=f"select count(distinct {day}) from {{table}}",
        columns=(column,),
        severity=severity,
        weight=weight,
    )


def ordered(column: str, *, by: str, key: str = "", severity: Severity = "warn", weight: float = 1.0) -> Check:
    """`column` never decreases when the rows are put in the order of `by`, or of `key`, an SQL expression over it.

    Rows with the same `by` are one group, with a first and a last moment: a group may overlap none before it.
    """
    c, b, k = quoted(column), quoted(by), key or quoted(by)
    return Groups(
        name=f"{column} never decreases by {by}",
        query=(
            f"select {b}, first_at, before from (select {b}, first_at, max(last_at) over (order by place, {b} "
            f"rows between unbounded preceding and 1 preceding) as before from (select {b}, {k} as place, "
            f"min({c}) as first_at, max({c}) as last_at from {{table}} group by {b}) as groups) as pairs "
            f"where first_at < before"
        ),
        of=f"select count(distinct {b}) from {{table}}",
        columns=(by, column),
        severity=severity,
        weight=weight,
    )


def fresh(column: str, *, hours: int, severity: Severity = "warn", weight: float = 1.0) -> Check:
    """The newest row is at most so many hours older than the midnight that begins today."""
    return Groups(
        name=f"newest {column} within {hours} hours",
        query=(
            f"select max({quoted(column)}) as newest from {{table}} "
            f"having max({quoted(column)}) < cast(:today as timestamp) - interval '{hours} hours'"
        ),
        of="select 1",
        columns=(column,),
        severity=severity,
        weight=weight,
    )


def rule(
    name: str,
    *,
    holds: str,
    columns: Sequence[str] = (),
    severity: Severity = "fail",
    weight: float = 1.0,
    allowed: float = 0.0,
) -> Check:
    """A condition over one row, in SQL; it is broken where it is false (unknown is not broken)."""
    return Check(name=name, fault=f"not ({holds})", columns=columns, severity=severity, weight=weight, allowed=allowed)


def no_drift(*, severity: Severity = "warn", weight: float = 0.0) -> Check:
    """The source has the columns that it had at the load before: none added, none lost, none of another type.

    A declared column that is lost is always an error. A new one is accepted by declaring it. Columns are no rows: the
    rule has no share of the score unless `weight` gives it one.
    """
    return NoDrift(name="no column added, lost or of another type", fault="", severity=severity, weight=weight)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _dated(sql: str, today: date) -> str:
    return sql.replace(":today", f"date '{today.isoformat()}'")
