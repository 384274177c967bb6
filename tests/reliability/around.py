"""The systems around the ledger, in plain Python: what they hold, what happened to it, and London's weeks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
WEEK = timedelta(weeks=1)
LATE, FIX = "late data", "source fix"


class Row(NamedTuple):
    at: datetime
    amount: int


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def label(week: date) -> str:
    return "{}-W{:02}".format(*week.isocalendar())


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON)


def weeks(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += WEEK


@dataclass
class Seen:
    """A dataset as its KPIs see it: rows by week, what was judged when it was loaded or checked, and up to which
    event of its source it is."""

    weeks: Mapping[date, Mapping[int, Row]]
    begins: datetime | None
    reaches: datetime | None
    broken: int
    rows: int
    until: int

    def of(self, week: date) -> list[Row]:
        return list(self.weeks.get(week, {}).values())

    def has_before(self, week: date) -> bool:
        return any(rows and earlier < week for earlier, rows in self.weeks.items())


@dataclass
class Source:
    """What the other system holds, and everything that happened to it: rows that came, rows that were changed."""

    weeks: dict[date, dict[int, Row]] = field(default_factory=dict)
    events: list[tuple[str, date]] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=count)

    def add(self, at: datetime, amount: int) -> int:
        day, new = at.astimezone(LONDON).date(), next(self._ids)
        self.weeks.setdefault(monday(day), {})[new] = Row(at, amount)
        self.events.append((LATE, day))
        return new

    def change(self, row: int, amount: int) -> None:
        week = self._week_of(row)
        self.weeks[week][row] = self.weeks[week][row]._replace(amount=amount)
        self._fixed(self.weeks[week][row])

    def remove(self, row: int) -> None:
        self._fixed(self.weeks[self._week_of(row)].pop(row))

    def ids(self, week: date | None = None) -> list[int]:
        return [row for monday_, rows in self.weeks.items() if week in (None, monday_) for row in rows]

    def broken(self) -> list[int]:
        return [row for rows in self.weeks.values() for row, (_, amount) in rows.items() if amount < 0]

    def seen(self, today: date) -> Seen:
        """As a check of that day sees it: rows dated later tell nothing of how far it reaches."""
        rows = [row for rows in self.weeks.values() for row in rows.values()]
        known = [row.at for row in rows if row.at.astimezone(LONDON).date() <= today]
        copied = {week: dict(rows) for week, rows in self.weeks.items()}
        begins, reaches = min(known, default=None), max(known, default=None)
        return Seen(copied, begins, reaches, sum(r.amount < 0 for r in rows), len(rows), len(self.events))

    def _week_of(self, row: int) -> date:
        return next(week for week, rows in self.weeks.items() if row in rows)

    def _fixed(self, row: Row) -> None:
        self.events.append((FIX, row.at.astimezone(LONDON).date()))
