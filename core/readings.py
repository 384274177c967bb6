"""Readings: one number, for one KPI and one period, and the state it is in.

A number knows its parts: where a KPI is a ratio, the parts are kept, so that four weeks together are the
ratio of the sums and never the mean of four ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from core.errors import ShapeError
from core.periods import Period


class State(StrEnum):
    """Every KPI and due period is in exactly one."""

    FINAL = "final"  # every source has passed the period's end
    PROVISIONAL = "provisional"  # a source has not passed the period's end yet
    HELD = "held"  # a check failed: the last good number stays
    FAILED = "failed"  # the query, its source or its rows went wrong: the last good number stays
    MISSING = "missing"  # due, but never evaluated
    RETIRED = "retired"  # after the KPI's last period


@dataclass(frozen=True, slots=True)
class Number:
    """A value, with the parts it was made of where it is a ratio. `None` is unknown, never 0."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    approximate: bool = field(default=False, compare=False)  # it was a float: compare within a tolerance

    @classmethod
    def ratio(cls, numerator: Decimal | None, denominator: Decimal | None, approximate: bool = False) -> "Number":
        """A zero or unknown denominator makes the ratio unknown."""
        if numerator is None or not denominator:
            return cls(None, numerator, denominator, approximate)
        return cls(numerator / denominator, numerator, denominator, approximate)

    @property
    def is_ratio(self) -> bool:
        return self.denominator is not None

    def times(self, other: "Number") -> "Number":
        """The product; of two ratios divided once: orders / customers * items / orders is items / customers exactly."""
        approximate = self.approximate or other.approximate
        if self.value is None or other.value is None:
            return Number(approximate=approximate)
        if self.numerator is None or other.numerator is None or not (self.denominator and other.denominator):
            return Number(self.value * other.value, approximate=approximate)
        product = (self.numerator * other.numerator) / (self.denominator * other.denominator)
        return Number(product, approximate=approximate)

    @property
    def is_nothing(self) -> bool:
        """0 of 0: no ratio, but its parts are known."""
        return self.numerator == 0 and self.denominator == 0

    def same_as(self, other: "Number", tolerance: Decimal) -> bool:
        """Equal exactly, or, where this number was a float, within a relative tolerance."""
        if self == other:
            return True
        if not self.approximate or self.value is None or other.value is None:
            return False
        return abs(self.value - other.value) <= tolerance * max(abs(self.value), abs(other.value))


UNKNOWN = Number()


def total(numbers: Sequence[Number]) -> Number:
    """The sum; unknown when one is unknown. Raises ShapeError for ratios: two shares have no sum."""
    if any(n.is_ratio for n in numbers):
        raise ShapeError("Ratios have no sum.", next_step="Use .mean(), which is the ratio of the sums.")
    known = [n.value for n in numbers if n.value is not None]
    if len(known) < len(numbers):
        return UNKNOWN
    return Number(sum(known, Decimal(0)), approximate=any(n.approximate for n in numbers))


def mean(numbers: Sequence[Number]) -> Number:
    """The mean; unknown when one is unknown. Of ratios: the ratio of the sums, in which 0 of 0 adds nothing.

    Raises ShapeError for ratios beside plain numbers: a KPI that changed its kind has no mean across the change.
    """
    if not numbers or any(n.value is None and not n.is_nothing for n in numbers):
        return UNKNOWN
    if not any(n.is_ratio for n in numbers):
        summed = total(numbers)
        assert summed.value is not None
        return replace(summed, value=summed.value / len(numbers))
    if not all(n.is_ratio for n in numbers):
        raise ShapeError("Ratios and plain numbers have no common mean.", next_step="Backfill the KPI as it is now.")
    return Number.ratio(
        sum((n.numerator or Decimal(0) for n in numbers), Decimal(0)),
        sum((n.denominator or Decimal(0) for n in numbers), Decimal(0)),
        any(n.approximate for n in numbers),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """One number, for one KPI and one period.

    `kpi` is the key that never changes, scorecard and number: `success.06`. `note` says why the state is
    what it is, where it is not final.
    """

    kpi: str
    period: Period
    number: Number = UNKNOWN
    state: State = State.FINAL
    note: str = ""

    @property
    def value(self) -> Decimal | None:
        return self.number.value

    @property
    def has_number(self) -> bool:
        """Final and provisional readings stand for a number, even where that number is unknown."""
        return self.state in (State.FINAL, State.PROVISIONAL)
