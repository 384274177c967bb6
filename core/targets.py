"""Targets: what a number is held against, and the verdict that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from math import inf
from typing import Literal, TypeGuard, get_args

from core.pages import noun
from core.periods import Cadence
from core.units import show

Better = Literal["higher", "lower", "neither"]
Severity = Literal["low", "medium", "high"]
Path = Literal["steps", "straight"]
Amount = int | float | Decimal


class Status(StrEnum):
    ON = "on"
    NEAR = "near"  # off target, still within the warn limit
    OFF = "off"
    UNKNOWN = "unknown"  # no number, no target or no direction


@dataclass(frozen=True, slots=True)
class Target:
    """One target, or steps by date: `Target({date(2026, 1, 1): 12, date(2026, 7, 1): 10}, warn=14)`.

    `warn` is the limit up to which a number off target is only `near`; `critical` the limit beyond which it
    is an alarm. All are in the KPI's own unit (a share is written 0.03). Without a value, `Target(warn=0.3)`, there
    is nothing to reach: a number is on target up to the limit, and `near` beyond it.

    A target is read on the last day of a period. With `path="straight"` it moves day by day in a straight line from
    each step to the next: targets of quarters stand under their last days, and each month between has its share.
    Before the first step there is none, after the last its value stays.
    """

    value: Amount | Mapping[date, Amount] | None = None
    warn: Amount | None = None
    critical: Amount | None = None
    path: Path = "steps"

    def at(self, day: date) -> Decimal | None:
        """The target in force on `day`; None before the first step, and where there is only a limit."""
        if self.value is None:
            return None
        if not isinstance(self.value, Mapping):
            return exact(self.value)
        begun = max((step for step in self.value if step <= day), default=None)
        if begun is None:
            return None
        ahead = min((step for step in self.value if step > day), default=None)
        here = exact(self.value[begun])
        if self.path == "steps" or ahead is None:
            return here
        return here + (exact(self.value[ahead]) - here) * (day - begun).days / (ahead - begun).days

    def status(self, value: Decimal | None, better: Better, day: date) -> Status:
        if value is None or better == "neither":
            return Status.UNKNOWN
        if self.value is None:
            return Status.ON if self.warn is None or _reaches(value, exact(self.warn), better) else Status.NEAR
        target = self.at(day)
        if target is None:
            return Status.UNKNOWN
        if _reaches(value, target, better):
            return Status.ON
        if self.warn is not None and _reaches(value, exact(self.warn), better):
            return Status.NEAR
        return Status.OFF

    def is_critical(self, value: Decimal | None, better: Better) -> bool:
        """Beyond the limit that is an alarm."""
        if value is None or self.critical is None or better == "neither":
            return False
        return not _reaches(value, exact(self.critical), better)

    def problems(self, better: Better) -> list[str]:
        """Every fault. Which side is the good one is judged only once `better` says so."""
        found = [f"step {day!r} is not a day: write date(2026, 1, 1)" for day in self._begins() if not _is_day(day)]
        if self.path not in get_args(Path):
            found.append(f'path="{self.path}" is neither steps nor straight')
        elif self.path == "straight" and len(self._begins()) < 2:
            found.append('path="straight" leads from one step to the next: write {date(2026, 3, 31): 10, ...}')
        steps = list(self.value.values()) if isinstance(self.value, Mapping) else [self.value]
        if not steps:
            found.append("target has no steps")
        if self.value is None:
            steps = []
            if self.warn is None:
                found.append("target has neither a value nor a warn limit")
        limits = [("target", step) for step in steps] + [("warn", self.warn), ("critical", self.critical)]
        unread = [
            f"{word}={limit} is not a number" for word, limit in limits if limit is not None and not is_amount(limit)
        ]
        if unread:
            return found + unread
        if better == "neither":
            found.append('target needs a direction: say better="higher" or better="lower"')
        elif (
            better in ("higher", "lower")
            and self.warn is not None
            and any(_reaches(exact(self.warn), exact(s), better) for s in steps if s is not None and s != self.warn)
        ):
            found.append(f"warn={self.warn} lies on the good side of the target: it would never apply")
        nearer = [s for s in (*steps, self.warn) if s is not None]
        if (
            better in ("higher", "lower")
            and self.critical is not None
            and any(_reaches(exact(self.critical), exact(s), better) for s in nearer if s != self.critical)
        ):
            found.append(f"critical={self.critical} lies on the good side of the target or of warn")
        return found

    def _begins(self) -> list[date]:
        return list(self.value) if isinstance(self.value, Mapping) else []


@dataclass(frozen=True, slots=True)
class Limit:
    """A change from one period to the next that is worth a word: `Limit(-0.05, severity="high")` is a fall by more
    than 5 %. The change is relative to the period before; a positive one is a rise."""

    change: Amount
    severity: Severity = "medium"

    def is_broken(self, before: Decimal | None, value: Decimal | None) -> bool:
        """Nothing is broken where a number is unknown, or where there was nothing to change from."""
        if before is None or value is None or before == 0:
            return False
        change, most = (value - before) / abs(before), exact(self.change)
        return change < most if most < 0 else change > most

    def problems(self) -> list[str]:
        found = []
        if not is_amount(self.change) or self.change == 0:
            found.append(f"a limit of {self.change!r} is no change: write -0.05 for a fall by 5 %")
        if self.severity not in get_args(Severity):
            found.append(f'severity="{self.severity}" is none of {", ".join(get_args(Severity))}')
        return found


_GRAVE: Sequence[Severity] = ("high", "medium", "low")


def broken(limits: Sequence[Limit], before: Decimal | None, value: Decimal | None) -> list[Limit]:
    """Those that the change from one period to the next breaks, the gravest first."""
    return sorted(
        (limit for limit in limits if limit.is_broken(before, value)), key=lambda limit: _GRAVE.index(limit.severity)
    )


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is worth a word: `fell by 7.2 % from the week before`, high."""

    severity: Severity
    why: str

    def __str__(self) -> str:
        return f"{self.why}: {self.severity} severity"


def alarm(limits: Sequence[Limit], before: Decimal | None, value: Decimal | None, cadence: Cadence) -> Alarm | None:
    """By the gravest limit that the change breaks; None where every limit holds."""
    worst = next(iter(broken(limits, before, value)), None)
    if worst is None or before is None or value is None:
        return None
    change = (value - before) / abs(before)
    moved = f"{'fell' if change < 0 else 'rose'} by {show(abs(change), '%')}"
    return Alarm(worst.severity, f"{moved} from the {noun(cadence)} before")


def is_amount(limit: object) -> TypeGuard[Amount]:
    if isinstance(limit, Decimal):
        return limit.is_finite()  # isfinite() raises for a signaling NaN
    return isinstance(limit, int | float) and not isinstance(limit, bool) and abs(limit) < inf


def amount_problems(thing: object, *words: str, at_most: Amount | None = None, optional: bool = False) -> list[str]:
    """The fields of these names that hold no number from 0 on, up to `at_most` where that is given."""
    reach = "of 0 or more" if at_most is None else f"from 0 to {at_most}"
    return [
        f"{word}={_shown(said)} is not a number {reach}"
        for word in words
        if not ((said := getattr(thing, word)) is None and optional)
        and not (is_amount(said) and said >= 0 and (at_most is None or said <= at_most))
    ]


def _shown(said: object) -> str:
    return f'"{said}"' if isinstance(said, str) else repr(said)


def _is_day(day: object) -> bool:
    return isinstance(day, date) and not isinstance(day, datetime)  # a moment cannot be compared with a day


def _reaches(value: Decimal, limit: Decimal, better: Better) -> bool:
    return value >= limit if better == "higher" else value <= limit


def exact(amount: Amount) -> Decimal:
    """As it is written: 0.1 is a tenth."""
    return Decimal(str(amount))
