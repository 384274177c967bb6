"""What a typed text becomes: a number, a day, a truth, a formula or a text, by the locale of the spreadsheet."""

import re
from datetime import date, timedelta

from tests.sheets_server.display import EPOCH
from tests.sheets_server.locales import Locale, locale
from tests.sheets_server.model import Book, Json

Entered = tuple[Json, Json | None]
"""The userEnteredValue, and the number format that comes with the way it was typed."""


def typed(said: object, book: Book) -> Entered:
    """USER_ENTERED: as if a person had typed it."""
    if isinstance(said, bool):
        return {"boolValue": said}, None
    if isinstance(said, int | float):
        return {"numberValue": said}, None
    text = str(said)
    if text.startswith("'"):
        return ({"stringValue": text[1:]} if text[1:] else {}), None
    if text.startswith("=") and len(text) > 1:
        return {"formulaValue": text}, None
    if text.upper() in ("TRUE", "FALSE"):
        return {"boolValue": text.upper() == "TRUE"}, None
    where = locale(book.properties["locale"])
    return _figure(text, where) or _moment(text, where) or (({"stringValue": text} if text else {}), None)


def raw(said: object) -> Json:
    """RAW: stored as it is; a text never becomes a formula or a number."""
    if isinstance(said, bool):
        return {"boolValue": said}
    if isinstance(said, int | float):
        return {"numberValue": said}
    return {"stringValue": str(said)} if said not in (None, "") else {}


def _figure(text: str, where: Locale) -> Entered | None:
    money = rf"[{re.escape(where.currency)}$€£]"
    match = re.fullmatch(
        rf"\s*(-)?\s*({money})?\s*(-)?([\d\s.,\u202f\u00a0]*\d[\d.,]*)([eE][+-]?\d+)?\s*(%|{money})?\s*", text
    )
    if not match:
        return None
    digits = _digits(match[4].strip(), where)
    if digits is None:
        return None
    value = float(digits + (match[5] or "").lower()) * (-1 if match[1] or match[3] else 1)
    if value in (float("inf"), float("-inf")):
        return None
    places = len(digits.partition(".")[2])
    form: Json | None = None
    if match[6] == "%":
        value = float(f"{value / 100:.15g}")
        form = {"type": "PERCENT", "pattern": "0.00%" if places else "0%"}
    elif match[2] or match[6]:
        form = {"type": "CURRENCY", "pattern": f'"{where.currency}"#,##0' + (".00" if places else "")}
    elif match[5]:
        form = {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    elif where.group in match[4] and where.group.strip():
        form = {"type": "NUMBER", "pattern": "#,##0.00" if places else "#,##0"}
    return {"numberValue": int(value) if value.is_integer() and abs(value) < 1e15 else value}, form


def _digits(text: str, where: Locale) -> str | None:
    """Plain digits with a point, or None where the groups are no groups."""
    group = "[\\s\u202f\u00a0]" if not where.group.strip() or where.group == "\u202f" else re.escape(where.group)
    whole = rf"(\d+|\d{{1,3}}({group}\d{{3}})+)"
    if not re.fullmatch(rf"({whole})?({re.escape(where.point)}\d*)?", text):
        return None
    return re.sub(group, "", text).replace(where.point, ".")


_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?"


def _moment(text: str, where: Locale) -> Entered | None:
    said = text.strip()
    match = re.fullmatch(rf"(\d{{1,4}})([-/.])(\d{{1,2}})\2(\d{{1,4}})(?:[ T]+{_TIME})?", said)
    if match:
        day = _day(int(match[1]), int(match[3]), int(match[4]), match, where)
        if day is None:
            return None
        clock = _clock(match[5], match[6], match[7], match[8])
        serial = (day - EPOCH.date()).days
        if match[5] is None:
            return {"numberValue": serial}, {"type": "DATE", "pattern": _pattern(match, where)}
        return {"numberValue": serial + clock}, {"type": "DATE_TIME", "pattern": _pattern(match, where) + " H:mm:ss"}
    match = re.fullmatch(_TIME, said)
    if match and int(match[1]) < 24:
        return {"numberValue": _clock(*match.groups())}, {
            "type": "TIME",
            "pattern": "h:mm:ss AM/PM" if match[4] else "h:mm",
        }
    return None


def _pattern(match: "re.Match[str]", where: Locale) -> str:
    return "yyyy-mm-dd" if len(match[1]) == 4 else where.date_pattern


def _day(first: int, second: int, third: int, match: "re.Match[str]", where: Locale) -> date | None:
    if len(match[1]) == 4:
        year, month, day = first, second, third
    else:
        if match[2] not in (where.slash, "-", "/"):
            return None
        month, day = (first, second) if where.order == "mdy" else (second, first)
        year = third + (2000 if third < 30 else 1900) if len(match[4]) <= 2 else third
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(hour: str | None, minute: str | None, second: str | None, half: str | None) -> float:
    h = int(hour or 0) % 12 + (12 if (half or "").lower() == "pm" else 0) if half else int(hour or 0)
    return timedelta(hours=h, minutes=int(minute or 0), seconds=int(second or 0)) / timedelta(days=1)
