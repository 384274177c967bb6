"""How numbers settle: how far those of the first period after their own usually move until the fourth. Pure.

Counted are periods that were recorded in time and whose data alone moved them since: where the query changed or a
person corrected, nothing is to be learned. "Usually" is the middle half of them: from the first to the third
quartile, by the inclusive method of Hyndman and Fan (1996), definition 7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import quantiles
from zoneinfo import ZoneInfo

from core.ledger.evidence import CORRECTION, QUERY_CHANGE
from core.ledger.rules import WITHDRAWN, Recorded
from core.periods import Period, instants

EARLY, LATE = 1, 4  # periods after a period's end
ENOUGH, MOVED = 8, 4  # periods that were followed that far, and those of them that moved
_PEOPLE = frozenset({QUERY_CHANGE, CORRECTION, WITHDRAWN})
_THING = {"daily": "day", "weekly": "week", "monthly": "month"}


@dataclass(frozen=True, slots=True)
class Settling:
    """The usual relative change from `low` to `high` (0.01 is 1 %), seen in so many `periods`."""

    low: float
    high: float
    periods: int
    thing: str

    def sentence(self) -> str:
        usual = f"{self.low:+.1%} to {self.high:+.1%}".replace("%", " %")
        return (
            f"{self.thing}-{EARLY} numbers of this KPI usually move {usual} by {self.thing} {LATE} "
            f"(the middle half of {self.periods} {self.thing}s)"
        )


def settling(lines: Mapping[Period, Sequence[Recorded]], zone: ZoneInfo, now: datetime) -> Settling | None:
    """None until enough periods were followed, and enough of them moved."""
    moves = [move for period, mine in lines.items() if (move := _move(period, mine, zone, now)) is not None]
    if len(moves) < ENOUGH or sum(1 for move in moves if move) < MOVED:
        return None
    low, _, high = quantiles(moves, n=4, method="inclusive")
    return Settling(low, high, len(moves), _THING[next(iter(lines)).cadence])


def _move(period: Period, lines: Sequence[Recorded], zone: ZoneInfo, now: datetime) -> float | None:
    """The relative change between the two ages; None where it cannot be told."""
    early, late = (instants(period.shift(age), zone)[1] for age in (EARLY, LATE))
    if late > now or any(line.reason in _PEOPLE and line.recorded_at < late for line in lines):
        return None
    first, then = _value_at(lines, early), _value_at(lines, late)
    if first is None or then is None or first == 0:
        return None
    return float((then - first) / abs(first))


def _value_at(lines: Sequence[Recorded], moment: datetime) -> Decimal | None:
    before = [line for line in lines if line.recorded_at < moment]
    return before[-1].reading.value if before else None
