"""Boundary rows: one row of a dataset, moved to where weeks begin and end, and changed where numbers go wrong.

Rows go in and rows come out. What each of them does to a number is for others to find out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from core.dataset import Column
from core.periods import Day, Month, Period, Week, containing, instants

Row = Mapping[str, object]
Role = Literal["middle", "inside", "outside", "neighbour", "other"]
"""Where a row belongs under the half-open rule: `neighbour` is the middle of the period before or after."""

MOMENTS = ("date", "timestamp", "timestamptz")
_AMOUNTS = ("integer", "float", "decimal")
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Planted:
    """Rows put into an otherwise empty dataset, for one period; `column` is the one that was set to `moment`."""

    what: str
    period: Period
    role: Role
    rows: tuple[Row, ...]
    column: str = ""
    moment: object = None


def around(column: Column, row: Row, period: Period, zone: ZoneInfo) -> list[Planted]:
    """The row in the middle of a period, at its first and last moment, just outside, and a period before and after."""
    tick = "day" if column.type == "date" else "microsecond"
    places: list[tuple[str, Role, object]] = [
        ("in the middle", "middle", _middle(column, period, zone)),
        ("at its first moment", "inside", _first(column, period, zone)),
        (f"a {tick} before it starts", "outside", _earlier(column, _first(column, period, zone))),
        (f"a {tick} before it ends", "inside", _earlier(column, _first(column, period.shift(1), zone))),
        ("at its end", "outside", _first(column, period.shift(1), zone)),
        (f"in the {_word(period)} before", "neighbour", _middle(column, period.shift(-1), zone)),
        (f"in the {_word(period)} after", "neighbour", _middle(column, period.shift(1), zone)),
    ]
    return [
        Planted(what, period, role, ({**row, column.name: moment},), column.name, moment)
        for what, role, moment in places
    ]


def clock_changes(column: Column, row: Row, period: Period, zone: ZoneInfo, moves: Sequence[Column]) -> list[Planted]:
    """The same where the clock changes, and on both sides of the change; nothing where it never does."""
    found: list[Planted] = []
    for change in _changes(period.year, zone) if column.type != "date" else ():
        local = change.astimezone(zone)
        there = containing(period.cadence, local.date(), period.start.weekday() if isinstance(period, Week) else 0)
        sides = [("just before the clock changes", change - _TICK), ("when the clock has changed", change)]
        found += _elsewhere(
            column, row, period, there, zone, moves, [(what, _as(column, at, zone)) for what, at in sides]
        )
    return found


def over_new_year(column: Column, row: Row, period: Period, zone: ZoneInfo, moves: Sequence[Column]) -> list[Planted]:
    """The same in the week 53 that reaches from 2026 into 2027 (or the day, or the month), and around New Year."""
    there: Period = Day(date(2026, 12, 31)) if isinstance(period, Day) else Month(date(2026, 12, 1))
    if isinstance(period, Week):
        there = Week.of(2026, 53, period.start.weekday())
    new_year = _at_midnight(column, date(2027, 1, 1), zone)
    sides = [("in the last moment of 2026", _earlier(column, new_year)), ("in the first moment of 2027", new_year)]
    inside = sides if isinstance(period, Week) else sides[:1]
    return _elsewhere(column, row, period, there, zone, moves, inside)


def _elsewhere(
    column: Column,
    row: Row,
    period: Period,
    there: Period,
    zone: ZoneInfo,
    moves: Sequence[Column],
    inside: Sequence[tuple[str, object]],
) -> list[Planted]:
    """The row in another period: all its moments move along."""
    moved = _moved(row, moves, there.start - period.start)
    around_it = [p for p in around(column, moved, there, zone) if p.role != "neighbour"]
    sides = [Planted(what, there, "inside", ({**moved, column.name: at},), column.name, at) for what, at in inside]
    return around_it + sides


def changed(row: Row, period: Period, columns: Sequence[Column]) -> Iterator[Planted]:
    """The row twice, without each value that may be missing, and with each amount and each truth turned round."""
    yield Planted("the same row twice", period, "other", (row, row))
    for column in columns:
        value = row.get(column.name)
        if column.nulls and value is not None:
            yield Planted(f"{column.name} is null", period, "other", ({**row, column.name: None},))
        if column.type.startswith(_AMOUNTS) and isinstance(value, int | float | Decimal) and value:
            yield Planted(f"{column.name} is negated", period, "other", ({**row, column.name: -value},))
        if isinstance(value, bool):
            yield Planted(
                f"{column.name} is {str(not value).lower()}", period, "other", ({**row, column.name: not value},)
            )


def on_edge(column: Column, row: Row, period: Period, moment: object) -> list[Planted]:
    """The row at a moment that the query itself names, and just before."""
    sides = [("where the query cuts", moment), ("just before the query cuts", _earlier(column, moment))]
    return [Planted(f"{what}", period, "other", ({**row, column.name: at},), column.name, at) for what, at in sides]


def _first(column: Column, period: Period, zone: ZoneInfo) -> object:
    if column.type == "timestamptz":
        return instants(period, zone)[0]
    return _at_midnight(column, period.start, zone)


def _at_midnight(column: Column, day: date, zone: ZoneInfo) -> object:
    if column.type == "date":
        return day
    if column.type == "timestamptz":
        return instants(Day(day), zone)[0]
    return datetime.combine(day, time())


def _middle(column: Column, period: Period, zone: ZoneInfo) -> object:
    day = period.start + (period.end - period.start) // 2
    if column.type == "date":
        return day
    noon = datetime.combine(day, time(12))
    return noon.replace(tzinfo=zone) if column.type == "timestamptz" else noon


def _earlier(column: Column, moment: object) -> object:
    """The last moment before that the column can hold. Moments are counted in UTC: local time has holes."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            return moment - _TICK
        return (moment.astimezone(UTC) - _TICK).astimezone(moment.tzinfo)
    assert isinstance(moment, date)
    return moment - timedelta(days=1)


def _as(column: Column, moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    return local if column.type == "timestamptz" else local.replace(tzinfo=None)


def _moved(row: Row, moves: Sequence[Column], by: timedelta) -> Row:
    """All moments of a row so many days later, on the same local time."""
    names = {column.name for column in moves if column.type in MOMENTS}
    return {name: value + by if name in names and isinstance(value, date) else value for name, value in row.items()}


def _changes(year: int, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments of a year at which the zone's clock is put forward or back."""
    hour = datetime(year, 1, 1, tzinfo=UTC)
    while hour.year == year:
        after = hour + timedelta(days=1)
        if hour.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _change_between(hour, after, zone)
        hour = after


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    was = before.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        half = before + (after - before) // 2
        before, after = (half, after) if half.astimezone(zone).utcoffset() == was else (before, half)
    return after.replace(second=0, microsecond=0)


def _word(period: Period) -> str:
    return {"daily": "day", "monthly": "month"}.get(period.cadence, "week")
