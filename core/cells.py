"""Cells: one value that a person wrote, as its column declares it, or not at all."""

import re
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from zoneinfo import ZoneInfo

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))?( ?(?:Z|[+-]\d{2}(?::?\d{2})?))?"
)
_TRUTH = {"true": True, "t": True, "yes": True, "false": False, "f": False, "no": False}
_NARROWEST = ("integer", "decimal(38,10)", "date", "timestamp", "timestamptz", "boolean")


def cell(said: object, kind: str, zone: ZoneInfo) -> object:
    """The value for a column of that type; None and the empty text are null.

    A moment without an offset is local time in `zone`. Raises ValueError with the words for what it should be.
    """
    if said is None or (isinstance(said, str) and not said.strip()):
        return None
    if kind == "text":
        return str(said)
    if kind == "boolean":
        return _truth(said)
    if kind in ("date", "timestamp", "timestamptz"):
        return _moment(said, kind, zone)
    return _amount(said, kind)


def narrowest(said: list[object], zone: ZoneInfo) -> str:
    """The type of a column that nobody declared: the narrowest that all its values have."""
    return next((kind for kind in _NARROWEST if all(_fits(one, kind, zone) for one in said)), "text")


def _fits(said: object, kind: str, zone: ZoneInfo) -> bool:
    try:
        cell(said, kind, zone)
    except ValueError:
        return False
    return kind != "timestamp" or not (isinstance(said, str) and _offset(said))


def _truth(said: object) -> bool:
    if isinstance(said, bool):
        return said
    if isinstance(said, str) and said.strip().lower() in _TRUTH:
        return _TRUTH[said.strip().lower()]
    raise ValueError("true or false")


def _amount(said: object, kind: str) -> int | float | Decimal:
    text = "" if isinstance(said, bool) else str(said).strip()
    if kind == "integer":
        if not _INTEGER.fullmatch(text):
            raise ValueError("a whole number")
        return int(text)
    if not _NUMBER.fullmatch(text):
        raise ValueError("a number")
    if kind == "float" and isfinite(float(text)):
        return float(text)
    if kind == "float":
        raise ValueError("a number that fits float")
    return _decimal(Decimal(text), kind)


def _decimal(amount: Decimal, kind: str) -> Decimal:
    digits, places = map(int, re.findall(r"\d+", kind))
    if amount != round(amount, places) or abs(amount) >= Decimal(10) ** (digits - places):
        raise ValueError(f"a number that fits {kind}")
    return amount


def _moment(said: object, kind: str, zone: ZoneInfo) -> date | datetime:
    if kind == "date":
        return _date(said)
    given = said
    if isinstance(said, str) and (found := _MOMENT.fullmatch(said.strip())):
        day, time, offset = found[1], found[2] or "00:00", (found[3] or "").strip()
        try:
            given = datetime.fromisoformat(f"{day} {time}{offset}")
        except ValueError:
            given = None
    elif isinstance(said, date) and not isinstance(said, datetime):
        given = datetime(said.year, said.month, said.day)  # noqa: DTZ001 - local time, made a moment below
    if not isinstance(given, datetime):
        raise ValueError(f"a moment like 2026-11-20 08:30{'+00' if kind == 'timestamptz' else ''}")
    if kind == "timestamptz":
        return given if given.tzinfo else given.replace(tzinfo=zone)
    if given.tzinfo:
        raise ValueError("a local moment without an offset, like 2026-11-20 08:30")
    return given


def _date(said: object) -> date:
    if isinstance(said, date) and not isinstance(said, datetime):
        return said
    try:
        if isinstance(said, str) and _DATE.fullmatch(said.strip()):
            return date.fromisoformat(said.strip())
    except ValueError:
        pass
    raise ValueError("a date like 2026-11-20")


def _offset(text: str) -> bool:
    found = _MOMENT.fullmatch(text.strip())
    return bool(found and found[3])
