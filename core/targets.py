"""Targets: what a number is held against, and the verdict that follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from math import inf
from typing import Literal, TypeGuard

Better = Literal["higher", "lower", "neither"]
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
    is an alarm. All are in the KPI's own unit (a share is written 0.03).
    """

    value: Amount | Mapping[date, Amount]
    warn: Amount | None = None
    critical: Amount | None = None

    def at(self, day: date) -> Decimal | None:
        """The target in force on `day`; None before the first step."""
        if not isinstance(self.value, Mapping):
            return _exact(self.value)
        begun = [step for step in self.value if step <= day]
        return _exact(self.value[max(begun)]) if begun else None

    def status(self, value: Decimal | None, better: Better, day: date) -> Status:
        target = self.at(day)
        if value is None or target is None or better == "neither":
            return Status.UNKNOWN
        if _reaches(value, target, better):
            return Status.ON
        if self.warn is not None and _reaches(value, _exact(self.warn), better):
            return Status.NEAR
        return Status.OFF

    def problems(self, better: Better) -> list[str]:
        """Every fault. Which side is the good one is judged only once `better` says so."""
        found = [f"step {day!r} is not a day: write date(2026, 1, 1)" for day in self._begins() if not _is_day(day)]
        steps = list(self.value.values()) if isinstance(self.value, Mapping) else [self.value]
        if not steps:
            found.append("target has no steps")
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
            and any(_reaches(_exact(self.warn), _exact(s), better) for s in steps if s != self.warn)
        ):
            found.append(f"warn={self.warn} lies on the good side of the target: it would never apply")
        return found

    def _begins(self) -> list[date]:
        return list(self.value) if isinstance(self.value, Mapping) else []


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


def _exact(amount: Amount) -> Decimal:
    return Decimal(str(amount))
