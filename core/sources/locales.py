"""How a spreadsheet's locale writes numbers and days as text: people type, and a sheet keeps some of it as text."""

import re
from datetime import date, datetime, timedelta

_COMMA = re.compile("bg|ca|cs|da|de|el|es|et|fi|fr|hr|hu|id|it|lt|lv|nb|nl|no|pl|pt|ro|ru|sk|sl|sr|sv|tr|uk|vi")
"""Languages that write 1,5 for one and a half."""
_SPACES = " \u00a0\u202f'’"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - sheets know no zones
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_DAY = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
_NUMBERS = ("integer", "float", "decimal")


def plain(text: str, kind: str, locale: str) -> str:
    """The text as the declared type is spelled everywhere: `1.234,56` in German is `1234.56`, `3.2.2026` a day in
    February. What is not written as the locale writes it stays as it is, and then fits or is an error.
    """
    said = text.strip(" \u00a0\t\r\n")
    if kind.startswith(_NUMBERS):
        return _number(said, locale)
    if kind == "date":
        return _date(said, locale)
    return text


def moment(serial: float, kind: str) -> str:
    """A serial number of days since 1899-12-30 as a day, or as a day and time to the second."""
    at = _EPOCH + timedelta(seconds=round(serial * 86_400))
    return at.date().isoformat() if kind == "date" and not serial % 1 else at.isoformat(" ")


def _number(said: str, locale: str) -> str:
    if _PLAIN.fullmatch(said) and not (_decimal_comma(locale) and _grouped(said, ".", ",")):
        return said
    point, group = (",", ".") if _decimal_comma(locale) else (".", ",")
    if not _grouped(said, group, point):
        return said
    digits = re.sub(f"[{re.escape(group + _SPACES)}]", "", said)
    return digits.replace(point, ".")


def _grouped(said: str, group: str, point: str) -> bool:
    """Whether it is a number with or without groups of three: one digit group too short is no number."""
    groups = f"[{re.escape(group + _SPACES)}]"
    whole = rf"(\d{{1,3}}({groups}\d{{3}})+|\d+)"
    return re.fullmatch(rf"[+-]?{whole}({re.escape(point)}\d+)?", said) is not None


def _date(said: str, locale: str) -> str:
    found = _DAY.fullmatch(said)
    if found is None or len(found[1]) == 4:
        return said
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    month, day = (first, second) if locale in ("en_US", "en-US", "en") else (second, first)
    try:
        return date(year, month, day).isoformat() if len(found[4]) == 4 else said
    except ValueError:
        return said


def _decimal_comma(locale: str) -> bool:
    language, _, country = locale.replace("-", "_").partition("_")
    return _COMMA.fullmatch(language) is not None and country not in ("CH", "LI", "MX")
