"""Outliers: values far from the others, by a formula that everybody can look up."""

# ruff: noqa: S608  names come from definition files of the repository

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from core.checks import Check, Engine, Severity, quoted
from core.targets import is_amount

Method = Literal["iqr", "z"]
_FACTORS: dict[Method, float] = {"iqr": 1.5, "z": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outliers(Check):
    """Every step is one of whole or decimal numbers, so that nothing is rounded where they are exact."""

    column: str
    method: Method
    factor: float
    by: str = ""

    @property
    def in_warehouse(self) -> bool:
        return self.method == "z"  # squares of sums pass the 38 digits that a decimal of DuckDB has

    def rows_at_fault(self, table: str, engine: Engine, today: date) -> str:
        asked = _beyond_fences if self.method == "iqr" else _beyond_deviations
        kept = dict.fromkeys([*self.columns, self.column, *([self.by] if self.by else [])])
        shown = ", ".join(quoted(name) for name in kept)
        split = f"partition by {quoted(self.by)}" if self.by else ""
        return asked(
            table, shown, f"({quoted(self.column)} * 1.0)", split, format(self.factor)
        )  # no whole number wraps

    def problems(self) -> Iterator[str]:
        if self.method not in get_args(Method):
            yield f'method="{self.method}" is neither iqr nor z'
        if not (is_amount(self.factor) and self.factor > 0):
            yield f"factor={self.factor!r} is not a number above 0"


def outliers(
    column: str,
    *,
    method: Method = "iqr",
    factor: float | None = None,
    by: str = "",
    columns: Sequence[str] = (),
    severity: Severity = "warn",
    weight: float = 1.0,
    allowed: float = 0.0,
) -> Check:
    """No value of the column lies far from the others, or from those with the same value of `by`. Nulls are left out.

    `iqr`: below Q1 - factor x (Q3 - Q1) or above Q3 + factor x (Q3 - Q1), factor 1.5. These are Tukey's fences (John W.
    Tukey, Exploratory Data Analysis, 1977), over quartiles interpolated as percentile_cont does: type 7 of Hyndman and
    Fan, Sample Quantiles in Statistical Packages, 1996. Where half of the values are equal, any other is at fault.
    `z`: further than factor x s from the mean, factor 3, where s is the standard deviation of a sample (n - 1): the
    three-sigma rule of Shewhart's control charts (1931). Of ten values or fewer none can be as far as 3 s.
    A value on the limit is none. `columns` are shown in samples beside it.
    """
    reach = _FACTORS.get(method, 3) if factor is None else factor
    return Outliers(
        name=f"{column} without outliers ({method} {reach}{f' by {by}' if by else ''})",
        fault="",
        column=column,
        method=method,
        factor=reach,
        by=by,
        columns=tuple(columns),
        severity=severity,
        weight=weight,
        allowed=allowed,
    )


def _beyond_fences(table: str, shown: str, value: str, split: str, factor: str) -> str:
    """Both sides four times, so that nothing is divided. Of n values in order, the first quartile lies (n - 1) / 4
    steps after the first value, and the third three times as far."""
    ordered = (
        f"select {shown}, {value} as amount__, row_number() over ({split} order by {value}) as place__, "
        f"count(*) over ({split}) as many__ from {table} where {value} is not null"
    )
    first, third = _quartile("(many__ - 1)", split), _quartile("(3 * (many__ - 1))", split)
    fenced = f"select {shown}, amount__, {first} as q1__, {third} as q3__ from ({ordered}) as ordered"
    return (
        f"select {shown} from ({fenced}) as fenced "
        f"where 4 * amount__ < q1__ - {factor} * (q3__ - q1__) or 4 * amount__ > q3__ + {factor} * (q3__ - q1__)"
    )


def _quartile(quarters: str, split: str) -> str:
    """Four times the value that lies so many quarters of a step after the first."""
    left, low = f"cast({quarters} % 4 as smallint)", f"(({quarters} - {quarters} % 4) / 4 + 1)"
    at, after = (f"max(case when place__ = {place} then amount__ end) over ({split})" for place in (low, f"{low} + 1"))
    return f"{at} * (4 - {left}) + coalesce({after}, 0) * {left}"  # there is none after the last, and no part of it


def _beyond_deviations(table: str, shown: str, value: str, split: str, factor: str) -> str:
    """Both sides of |x - mean| > factor x s squared and freed of their divisions, n times n times (n - 1)."""
    over = f"over ({split})"
    measured = (
        f"select {shown}, {value} as amount__, count({value}) {over} as many__, sum({value}) {over} as total__, "
        f"sum({value} * {value}) {over} as squares__ from {table} where {value} is not null"
    )
    away, spread = "(many__ * amount__ - total__)", "(many__ * squares__ - total__ * total__)"
    return (
        f"select {shown} from ({measured}) as measured "
        f"where {away} * {away} * (many__ - 1) > {factor} * {factor} * many__ * {spread}"
    )
