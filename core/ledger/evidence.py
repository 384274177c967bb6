"""Evidence: what a reading was made from, so that a change can be told apart by its cause. Pure.

Of each dataset: its load, and how many of its rows were dated before the period's end, with a digest of them. A
later reading that finds more such rows, or more of them within the period, was changed by late data; one that finds as
many, or fewer, but others, was changed by the source itself. Of a formula: the readings of its parts.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Any

from core.periods import Period

LATE_DATA, SOURCE_FIX = "late data", "source fix"
QUERY_CHANGE, CORRECTION = "query change", "manual correction"
REASONS = (LATE_DATA, QUERY_CHANGE, SOURCE_FIX, CORRECTION)
"""Why a number was restated."""

_SIXTY_FOUR_BITS = 2**64


@dataclass(frozen=True, slots=True)
class Rows:
    """What a dataset held for a period: rows `within` it, rows up to its end, and a digest of the latter."""

    load: int
    within: int
    until: int
    digest: str


@dataclass(frozen=True, slots=True)
class Evidence:
    datasets: Mapping[str, Rows] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    """By KPI key and period, as `sales.01 2026-W05`: the reading that went in."""

    def to_json(self) -> dict[str, Any]:
        held = {
            name: {"load": r.load, "within": r.within, "until": r.until, "digest": r.digest}
            for name, r in self.datasets.items()
        }
        return {k: v for k, v in (("datasets", held), ("parts", dict(self.parts))) if v}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Evidence":
        datasets = {name: Rows(**held) for name, held in stored.get("datasets", {}).items()}
        return cls(datasets, dict(stored.get("parts", {})))


@dataclass(frozen=True)
class Profile:
    """A dataset by day, in days of its scorecard: rows and the sum of their digests. "" holds rows without a day."""

    load: int
    days: Mapping[str, tuple[int, int]]

    def rows(self, period: Period) -> Rows:
        start, end = (bisect_left(self._days, day.isoformat()) for day in (period.start, period.end))
        rows, digests = self._sums
        digest = digests[end] % _SIXTY_FOUR_BITS
        return Rows(self.load, rows[end] - rows[start], rows[end], f"{digest:016x}")

    @cached_property
    def _days(self) -> Sequence[str]:
        """ISO days sort as text; "" is first."""
        return sorted(self.days)

    @cached_property
    def _sums(self) -> tuple[Sequence[int], Sequence[int]]:
        """Rows and digests before each day, and at last of all: long histories ask for many periods."""
        counted = [self.days[day] for day in self._days]
        rows, digests = (list(accumulate((one[part] for one in counted), initial=0)) for part in (0, 1))
        return rows, digests


def cause(before: Evidence, now: Evidence, reason_of_part: Mapping[int, str]) -> str:
    """Why the same query found another number. `reason_of_part` holds the reasons of readings by their ids."""
    for name, rows in now.datasets.items():
        # Within the period also counts: a source that keeps two years loses old rows while late ones come.
        if (was := before.datasets.get(name)) and (rows.until > was.until or rows.within > was.within):
            return LATE_DATA
    changed = sorted(new for part, new in now.parts.items() if before.parts.get(part) != new)
    for reading in reversed(changed):
        if (reason := reason_of_part.get(reading, "")) in REASONS:
            return reason
    known = [name for name in now.datasets if name in before.datasets]
    if any(now.datasets[n].digest != before.datasets[n].digest for n in known):
        return SOURCE_FIX
    # Nothing dated before the period's end has changed: what came since did it.
    if any(now.datasets[n].load != before.datasets[n].load for n in known) or not known:
        return LATE_DATA
    return SOURCE_FIX


def is_cut(before: Evidence, now: Evidence) -> bool:
    """Whether a source has dropped its past up to within the period: what it still holds of it is not the whole."""
    return any(
        was.until > was.within and rows.until == rows.within
        for name, rows in now.datasets.items()
        if (was := before.datasets.get(name))
    )


def part(key: str, period: Period) -> str:
    return f"{key} {period.label}"


def day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def days_of(rows: Sequence[tuple[str | None, int, int]]) -> dict[str, tuple[int, int]]:
    """Rows of (day, rows, digest) as a profile holds them."""
    return {day or "": (int(count), int(digest) % _SIXTY_FOUR_BITS) for day, count, digest in rows}
