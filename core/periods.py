"""Days, weeks and months: half-open ranges of days with a name.

A week is named by the ISO week that holds most of its days (its fourth day decides), so a week that
starts on a Sunday or a Saturday has a label and a year of its own too: 2026 has 53 weeks, and 3 January
2027 stands in 2026-W53. Nothing here reads the clock: today is an argument.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Literal, Self
from zoneinfo import ZoneInfo

from core.errors import PeriodError

Cadence = Literal["daily", "weekly", "monthly"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEARS = range(1900, 2201)  # what can be asked for: a year mistyped is told at once, not after 7,000 empty weeks


class Basis(StrEnum):
    """What "a year ago" means. The three differ, so a comparison names one."""

    SAME_LABEL = "same label"  # 2026-W47 against 2025-W47; a week 53 may have none
    WEEKS_52 = "52 weeks earlier"  # 364 days: the same weekdays
    CALENDAR = "calendar-aligned"  # the period that holds the same calendar date


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """One calendar day, named 2026-11-20."""

    start: date

    @classmethod
    def containing(cls, day: date, first_weekday: int = 0) -> Self:
        return cls(day)

    @property
    def cadence(self) -> Cadence:
        return "daily"

    @property
    def end(self) -> date:
        return self.start + timedelta(days=1)

    @property
    def year(self) -> int:
        return self.start.year

    @property
    def number(self) -> int:
        """The day of the year, 1 to 366."""
        return self.start.timetuple().tm_yday

    @property
    def label(self) -> str:
        return self.start.isoformat()

    def shift(self, count: int) -> "Day":
        return Day(self.start + timedelta(days=count))

    def year_ago(self, basis: Basis) -> "Day | None":
        if basis is Basis.WEEKS_52:
            return self.shift(-364)
        if basis is Basis.SAME_LABEL and (self.start.month, self.start.day) == (2, 29):
            return None
        return Day(_a_year_before(self.start))


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """Seven days from any weekday, named 2026-W47 after the ISO week that holds most of them."""

    start: date

    @classmethod
    def containing(cls, day: date, first_weekday: int = 0) -> Self:
        return cls(day - timedelta(days=(day.weekday() - first_weekday) % 7))

    @classmethod
    def of(cls, year: int, number: int, first_weekday: int = 0) -> Self:
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            raise PeriodError(
                f"There is no week {year}-W{number:02}: {year} has {weeks_in_year(year)} weeks."
                if 0 < year < 10000
                else f"There is no year {year}."
            ) from None
        return cls(monday + timedelta(days=(first_weekday + 3) % 7 - 3))

    @property
    def cadence(self) -> Cadence:
        return "weekly"

    @property
    def end(self) -> date:
        return self.start + timedelta(days=7)

    @property
    def _middle(self) -> date:
        return self.start + timedelta(days=3)

    @property
    def year(self) -> int:
        """The ISO year: the year of the tab this week stands in."""
        return self._middle.isocalendar().year

    @property
    def number(self) -> int:
        return self._middle.isocalendar().week

    @property
    def label(self) -> str:
        year, week, _ = self._middle.isocalendar()
        return f"{year}-W{week:02}"

    def shift(self, count: int) -> "Week":
        return Week(self.start + timedelta(weeks=count))

    def year_ago(self, basis: Basis) -> "Week | None":
        first_weekday = self.start.weekday()
        if basis is Basis.WEEKS_52:
            return self.shift(-52)
        if basis is Basis.CALENDAR:
            return Week.containing(_a_year_before(self._middle), first_weekday)
        if self.number > weeks_in_year(self.year - 1):
            return None
        return Week.of(self.year - 1, self.number, first_weekday)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One calendar month, named 2026-11."""

    start: date

    @classmethod
    def containing(cls, day: date, first_weekday: int = 0) -> Self:
        return cls(day.replace(day=1))

    @property
    def cadence(self) -> Cadence:
        return "monthly"

    @property
    def end(self) -> date:
        return self.start + timedelta(days=monthrange(self.start.year, self.start.month)[1])

    @property
    def year(self) -> int:
        return self.start.year

    @property
    def number(self) -> int:
        return self.start.month

    @property
    def label(self) -> str:
        return f"{self.start.year:04}-{self.start.month:02}"

    def shift(self, count: int) -> "Month":
        months = self.start.year * 12 + self.start.month - 1 + count
        return Month(date(months // 12, months % 12 + 1, 1))

    def year_ago(self, basis: Basis) -> "Month | None":
        if basis is Basis.WEEKS_52:
            raise PeriodError(f"A month is not made of weeks: {self.label} has no month 52 weeks earlier.")
        return self.shift(-12)


Period = Day | Week | Month

_KINDS: dict[Cadence, type[Day] | type[Week] | type[Month]] = {
    "daily": Day,
    "weekly": Week,
    "monthly": Month,
}


def containing(cadence: Cadence, day: date, first_weekday: int = 0) -> Period:
    return _KINDS[cadence].containing(day, first_weekday)


def starting(cadence: Cadence, start: date) -> Period:
    """The period of that kind whose first day is `start`."""
    return _KINDS[cadence](start)


def last_complete(cadence: Cadence, today: date, first_weekday: int = 0) -> Period:
    """The last period whose final day lies strictly before `today`."""
    return containing(cadence, today, first_weekday).shift(-1)


def span(first: Period, last: Period) -> Iterator[Period]:
    """Every period from `first` to `last`, both included; nothing when `last` is earlier."""
    period = first
    while period.start <= last.start:
        yield period
        period = period.shift(1)


def weeks_in_year(year: int) -> int:
    """52 or 53: the ISO year's last week is the one that holds 28 December."""
    return date(year, 12, 28).isocalendar().week


def parse(text: str, first_weekday: int = 0) -> Period:
    """`2026-W47`, `2026-11-20` or `2026-11`.

    Raises PeriodError for anything else, with the form that was probably meant.
    """
    if re.match(r"[0-9]{4}-?\w", text) and int(text[:4]) not in YEARS:
        raise PeriodError(f"The year {text[:4]} is out of reach: periods lie between {YEARS[0]} and {YEARS[-1]}.")
    if week := re.fullmatch(r"([0-9]{4})-?[Ww]([0-9]{1,2})", text):
        return Week.of(int(week[1]), int(week[2]), first_weekday)
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return Day(date.fromisoformat(text))
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
            return Month(date.fromisoformat(f"{text}-01"))
    except ValueError:
        raise PeriodError(f'There is no "{text}" in the calendar.') from None
    raise PeriodError(f'"{text}" is not a period. Write a week as 2026-W47, a day as 2026-11-20, a month as 2026-11.')


def instant(text: str) -> datetime:
    """`2026-03-02T09:00Z`; without an offset it is UTC, and a day alone is that day's end. Raises PeriodError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PeriodError(f'"{text}" is not an instant: write it as 2026-03-02T09:00Z.') from None
    if len(text) <= 10:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def instants(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments the period starts (in) and ends (out): midnights in `zone`.

    A week with a clock change lasts 167 or 169 hours. A midnight that the clock skips is the moment of the
    change; of a midnight that comes twice, the second: both as PostgreSQL reads a date.
    """
    return _midnight(period.start, zone), _midnight(period.end, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    second = first.replace(fold=1)
    comes_twice = (first.utcoffset() or timedelta()) > (second.utcoffset() or timedelta())
    return second if comes_twice else first


def _a_year_before(day: date) -> date:
    last = monthrange(day.year - 1, day.month)[1]
    return date(day.year - 1, day.month, min(day.day, last))
