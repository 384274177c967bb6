"""Measures: how a number is got.

`Query` asks a database, `Blend` asks DuckDB over sheets, files and query results, and `ref()` computes with
other KPIs. A `ref()` expression is one tree: it gives the number, the run order, the lineage and the formula.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from core.errors import DefinitionError
from core.periods import Cadence, Period
from core.readings import UNKNOWN, Number, mean, total

Lookup = Callable[[str, Period], Number]
"""Name of a KPI and a period -> its number."""


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
    `:year` its ISO year; `:last_sunday` the last day of the period.
    """

    sql: str
    database: str = "warehouse"


@dataclass(frozen=True, slots=True)
class File:
    """A CSV, Parquet or .xlsx file, by path. A bare name is looked up in KPI_DATA_DIR."""

    path: str
    tab: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A tab of a spreadsheet that people keep. `columns` names what is read and its type."""

    name: str
    tab: str
    columns: Mapping[str, str] = field(default_factory=dict)


Input = Query | File | Sheet


@dataclass(frozen=True, slots=True)
class Blend:
    """A DuckDB SELECT over named inputs; rows and binds as in `Query`."""

    tables: Mapping[str, Input]
    sql: str


class Expression(ABC):
    """A formula over other KPIs: `ref("a") / ref("b").ago(weeks=52) - 1`."""

    __slots__ = ()

    def __add__(self, other: "Operand") -> "Expression":
        return Arithmetic("+", self, _operand(other))

    def __radd__(self, other: "Operand") -> "Expression":
        return Arithmetic("+", _operand(other), self)

    def __sub__(self, other: "Operand") -> "Expression":
        return Arithmetic("-", self, _operand(other))

    def __rsub__(self, other: "Operand") -> "Expression":
        return Arithmetic("-", _operand(other), self)

    def __mul__(self, other: "Operand") -> "Expression":
        return Arithmetic("*", self, _operand(other))

    def __rmul__(self, other: "Operand") -> "Expression":
        return Arithmetic("*", _operand(other), self)

    def __truediv__(self, other: "Operand") -> "Expression":
        return Arithmetic("/", self, _operand(other))

    def __rtruediv__(self, other: "Operand") -> "Expression":
        return Arithmetic("/", _operand(other), self)

    @abstractmethod
    def number(self, period: Period, lookup: Lookup) -> Number:
        """The number for `period`; unknown as soon as a part of it is unknown."""

    @abstractmethod
    def refs(self) -> Iterator["Ref"]:
        """Every mention of another KPI, from left to right."""

    def names(self) -> Iterator[str]:
        """The KPIs it refers to, as written."""
        return (ref.name for ref in self.refs())

    def cadences(self) -> Iterator[Cadence]:
        """The kinds of period that its windows and steps count in."""
        return (ref.cadence for ref in self.refs() if ref.cadence)

    def needs(self, period: Period) -> Iterator[tuple[str, Period]]:
        """Every KPI name and period that the number for `period` rests on."""
        return ((ref.name, p) for ref in self.refs() for p in ref.periods(period))


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    value: Decimal

    def number(self, period: Period, lookup: Lookup) -> Number:
        return Number(self.value)

    def refs(self) -> Iterator["Ref"]:
        yield from ()

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Ref(Expression):
    """Another KPI, `back` periods ago, alone or rolled up over `length` periods that end there."""

    name: str
    back: int = 0
    roll: Literal["", "mean", "sum"] = ""
    length: int = 1
    cadence: Cadence | None = None

    def ago(self, *, weeks: int = 0, days: int = 0, months: int = 0) -> "Ref":
        """The same, earlier."""
        count, cadence = _count(self.cadence, weeks, days, months)
        return Ref(self.name, self.back + count, self.roll, self.length, cadence)

    def mean(self, *, weeks: int = 0, days: int = 0, months: int = 0) -> "Ref":
        """The mean over exactly so many periods, this one included; of ratios, the ratio of the sums."""
        count, cadence = _count(self.cadence, weeks, days, months)
        return self._rolled("mean", count, cadence)

    def sum(self, *, weeks: int = 0, days: int = 0, months: int = 0) -> "Ref":
        """The sum over exactly so many periods, this one included."""
        count, cadence = _count(self.cadence, weeks, days, months)
        return self._rolled("sum", count, cadence)

    def _rolled(self, roll: Literal["mean", "sum"], length: int, cadence: Cadence) -> "Ref":
        if self.roll:
            raise DefinitionError(
                [f'ref("{self.name}") is rolled up twice: write .{self.roll}() or .{roll}(), not both']
            )
        return Ref(self.name, self.back, roll, length, cadence)

    def periods(self, period: Period) -> list[Period]:
        """The periods read for `period`, oldest first."""
        last = period.shift(-self.back)
        return [last.shift(-n) for n in reversed(range(self.length))]

    def number(self, period: Period, lookup: Lookup) -> Number:
        numbers = [lookup(self.name, p) for p in self.periods(period)]
        if self.roll == "mean":
            return mean(numbers)
        if self.roll == "sum":
            return total(numbers)
        return numbers[0]

    def refs(self) -> Iterator["Ref"]:
        yield self

    def __str__(self) -> str:
        unit = {"daily": "days", "monthly": "months"}.get(self.cadence or "weekly", "weeks")
        rolled = f"{self.roll}({self.name}, {self.length} {unit})" if self.roll else self.name
        return f"{rolled} {self.back} {unit} ago" if self.back else rolled


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    operator: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression

    def number(self, period: Period, lookup: Lookup) -> Number:
        left, right = self.left.number(period, lookup), self.right.number(period, lookup)
        a, b, approximate = left.value, right.value, left.approximate or right.approximate
        if a is None or b is None:
            return UNKNOWN
        if self.operator == "/":
            return Number.ratio(a, b, approximate)
        return Number({"+": a + b, "-": a - b, "*": a * b}[self.operator], approximate=approximate)

    def refs(self) -> Iterator["Ref"]:
        yield from self.left.refs()
        yield from self.right.refs()

    def __str__(self) -> str:
        return f"({self.left} {self.operator} {self.right})"


Operand = Expression | int | float | Decimal
Measure = Query | Blend | Expression


def ref(name: str) -> Ref:
    """Another KPI by name: `ref("orders")` in the same scorecard, `ref("success.churn_52w")` in another."""
    return Ref(name)


def _operand(value: Operand) -> Expression:
    return value if isinstance(value, Expression) else Constant(Decimal(str(value)))


def _count(before: Cadence | None, weeks: int, days: int, months: int) -> tuple[int, Cadence]:
    given: list[tuple[int, Cadence]] = [(weeks, "weekly"), (days, "daily"), (months, "monthly")]
    said = [(count, cadence) for count, cadence in given if count]
    if len(said) != 1 or said[0][0] < 1 or (before and said[0][1] != before):
        raise DefinitionError(
            ["a ref is moved or rolled up by one whole number of weeks, days or months: .mean(weeks=4)"]
        )
    return said[0]
