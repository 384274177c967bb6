"""Pages: which periods stand together in a tab, and what is written above them.

A year of weeks is a page, and so is a year of months. Of days a month is one: nobody reads 365 columns.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.periods import WEEKDAYS, Cadence, Day, Month, Period, Week, span, weeks_in_year

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ORDER: tuple[Cadence, ...] = ("weekly", "monthly", "daily")
_NOUNS: Mapping[Cadence, str] = {"weekly": "week", "monthly": "month", "daily": "day"}
_HEADINGS: Mapping[Cadence, re.Pattern[str]] = {
    "weekly": re.compile(r"W\d\d"),
    "monthly": re.compile("|".join(month[:3] for month in MONTHS)),
    "daily": re.compile(rf"({'|'.join(day[:3].title() for day in WEEKDAYS)}) \d{{1,2}}"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """The periods of one tab: a year of weeks or months, or a `month` of days."""

    cadence: Cadence
    year: int
    month: int = 0

    @classmethod
    def of(cls, period: Period) -> "Page":
        return cls(period.cadence, period.year, period.start.month if period.cadence == "daily" else 0)

    @property
    def order(self) -> tuple[int, int, int]:
        """Year by year; in each the weeks, the months, the days."""
        return self.year, _ORDER.index(self.cadence), self.month

    @property
    def prominence(self) -> tuple[int, int, int]:
        """Of the newest year the weeks, else the months, else the newest days: there people begin to read."""
        return self.year, -_ORDER.index(self.cadence), self.month

    @property
    def name(self) -> str:
        """Of the tab: `sc2026`, `sc2026 months`, `sc2026-11`."""
        return f"sc{self.year}" + {"weekly": "", "monthly": " months", "daily": f"-{self.month:02}"}[self.cadence]

    @property
    def span(self) -> str:
        """`2026`, or `November 2026`."""
        return f"{MONTHS[self.month - 1]} {self.year}" if self.month else str(self.year)

    @property
    def noun(self) -> str:
        return noun(self.cadence)

    def periods(self, first_weekday: int = 0) -> Sequence[Period]:
        match self.cadence:
            case "weekly":
                return [Week.of(self.year, n, first_weekday) for n in range(1, weeks_in_year(self.year) + 1)]
            case "monthly":
                return [Month(date(self.year, n, 1)) for n in range(1, 13)]
            case "daily":
                month = Month(date(self.year, self.month, 1))
                return list(span(Day(month.start), Day(month.end).shift(-1)))

    def told(self, first_weekday: int = 0) -> str:
        """What the columns are: `weeks from Monday`, `months`, `days`."""
        return f"{self.noun}s" + (f" from {WEEKDAYS[first_weekday].title()}" if self.cadence == "weekly" else "")

    @property
    def date_format(self) -> str:
        """Of the first day above a heading: what the heading itself leaves open."""
        return {"weekly": "d mmm", "monthly": "yyyy", "daily": "mmm"}[self.cadence]

    @property
    def date_heading(self) -> str:
        return {"weekly": "week from", "monthly": "year", "daily": "month"}[self.cadence]


def noun(cadence: Cadence) -> str:
    return _NOUNS[cadence]


def heading(period: Period) -> str:
    """`W47`, `Nov`, `Fri 20`."""
    match period:
        case Week():
            return f"W{period.number:02}"
        case Month():
            return MONTHS[period.number - 1][:3]
        case Day():
            return f"{WEEKDAYS[period.start.weekday()][:3].title()} {period.start.day}"


def headed(text: str) -> Cadence | None:
    """Of which kind of period a heading is; None for any other text."""
    return next((cadence for cadence, form in _HEADINGS.items() if form.fullmatch(text)), None)
