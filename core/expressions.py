"""Expressions: a number made of the numbers of other KPIs."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.errors import DefinitionError
from core.field_problems import are_texts
from core.periods import Cadence, Period, last_complete
from core.readings import UNKNOWN, Number, mean, total

Lookup = Callable[[str, Period], Number]
"""Name of a KPI and a period -> its number."""


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

    def problems(self) -> list[str]:
        wrong = [ref.name for ref in self.refs() if not are_texts([ref.name])]
        return [f'ref({name!r}) is not the name of a KPI: write ref("orders") or ref("sales.orders")' for name in wrong]

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


Roll = Literal["", "mean", "sum", "last"]
"""A flow is summed, a stock is taken at the end, a ratio is made of its parts (the mean of ratios does that)."""


@dataclass(frozen=True, slots=True)
class Ref(Expression):
    """Another KPI, `back` periods ago, alone or rolled up over `length` periods that end there.

    A KPI of another kind of period is rolled up over its own periods: `ref("support.case_volume").sum(days=7)` in a
    weekly KPI are the seven days that end with the week, `.last(months=1)` the last month that has ended with it.
    """

    name: str
    back: int = 0
    roll: Roll = ""
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

    def last(self, *, weeks: int = 0, days: int = 0, months: int = 0) -> "Ref":
        """What is there at the end: of a stock, the number of the last day, `.last(days=1)`, or of the last month."""
        count, cadence = _count(self.cadence, weeks, days, months)
        if count != 1:
            raise DefinitionError([f'ref("{self.name}").last(...) takes the last one: write .last(months=1)'])
        return self._rolled("last", count, cadence)

    def _rolled(self, roll: Roll, length: int, cadence: Cadence) -> "Ref":
        if self.roll:
            remedy = "once is enough" if roll == self.roll else f"write .{self.roll}() or .{roll}(), not both"
            raise DefinitionError([f'ref("{self.name}") is rolled up twice: {remedy}'])
        return Ref(self.name, self.back, roll, length, cadence)

    def periods(self, period: Period) -> list[Period]:
        """The periods read for `period`, oldest first."""
        there = period
        if self.cadence and self.cadence != period.cadence:
            there = last_complete(self.cadence, period.end)
        last = there.shift(-self.back)
        return [last.shift(-n) for n in reversed(range(self.length))]

    def number(self, period: Period, lookup: Lookup) -> Number:
        numbers = [lookup(self.name, p) for p in self.periods(period)]
        if self.roll == "mean":
            return mean(numbers)
        if self.roll == "sum":
            return total(numbers)
        return numbers[-1]

    def refs(self) -> Iterator["Ref"]:
        yield self

    def __str__(self) -> str:
        unit = {"daily": "days", "monthly": "months"}.get(self.cadence or "weekly", "weeks")
        count = f"{self.length} {unit}" if self.length > 1 else unit.removesuffix("s")
        rolled = f"{self.roll}({self.name}, {count})" if self.roll else self.name
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
        if self.operator == "*":
            return left.times(right)
        return Number(a + b if self.operator == "+" else a - b, approximate=approximate)

    def refs(self) -> Iterator["Ref"]:
        yield from self.left.refs()
        yield from self.right.refs()

    def __str__(self) -> str:
        return f"({self.left} {self.operator} {self.right})"


Operand = Expression | int | float | Decimal


def ref(name: str) -> Ref:
    """Another KPI by name: `ref("orders")` in the same scorecard, `ref("success.churn_52w")` in another."""
    return Ref(name)


def _operand(value: Operand) -> Expression:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool) or not Decimal(str(value)).is_finite():
        raise DefinitionError([f"a formula is made of ref(...) and numbers; {value!r} is neither"])
    return Constant(Decimal(str(value)))


def _count(before: Cadence | None, weeks: int, days: int, months: int) -> tuple[int, Cadence]:
    given: list[tuple[int, Cadence]] = [(weeks, "weekly"), (days, "daily"), (months, "monthly")]
    said = [(count, cadence) for count, cadence in given if count]
    if len(said) != 1 or not isinstance(said[0][0], int) or said[0][0] < 1 or (before and said[0][1] != before):
        raise DefinitionError(
            ["a ref is moved or rolled up by one whole number of weeks, days or months: .mean(weeks=4)"]
        )
    return said[0]
