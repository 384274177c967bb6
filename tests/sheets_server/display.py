"""What a cell shows: numbers through their patterns, by the locale of the spreadsheet."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from tests.sheets_server.locales import Locale, locale
from tests.sheets_server.model import Book, Json

_DIGITS = Context(prec=400, rounding=ROUND_HALF_UP)
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - sheets know no zones
ERRORS = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "LOADING": "Loading...",
}
_DEFAULTS = {
    "NUMBER": "#,##0.00",
    "PERCENT": "0.00%",
    "CURRENCY": "$#,##0.00",
    "TIME": "h:mm:ss AM/PM",
    "SCIENTIFIC": "0.00E+00",
    "TEXT": "@",
}
_TOKEN = re.compile(
    r'"[^"]*"|\\.|\*.|_.|\[[^\]]*\]|AM/PM|am/pm|a/p|General|E[+-]0+|[yY]+|[mM]+|[dD]+|[hH]+|[sS]+|\.0+|.', re.DOTALL
)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def formatted(value: Json, number_format: Json | None, book: Book) -> str:
    """The text of an ExtendedValue; empty for no value."""
    if "stringValue" in value:
        return str(value["stringValue"])
    if "boolValue" in value:
        return str(bool(value["boolValue"])).upper()
    if "errorValue" in value:
        return ERRORS.get(value["errorValue"].get("type", "ERROR"), "#ERROR!")
    if "numberValue" not in value:
        return ""
    return number(float(value["numberValue"]), number_format, locale(book.properties["locale"]))


def number(value: float, number_format: Json | None, where: Locale) -> str:
    kind = (number_format or {}).get("type", "")
    pattern = (number_format or {}).get("pattern") or _default(kind, where)
    if not pattern or pattern in ("General", "@"):
        return general(value, where)
    return _section(value, pattern, kind, where)


def _default(kind: str, where: Locale) -> str:
    if kind in ("DATE", "DATE_TIME"):
        return where.date_pattern + (" H:mm:ss" if kind == "DATE_TIME" else "")
    return _DEFAULTS.get(kind, "")


def general(value: float, where: Locale) -> str:
    """Ten significant digits, without a format."""
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    text = f"{value:.10g}"
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        text = f"{mantissa}E{exponent[0]}{exponent[1:].lstrip('0').zfill(2)}"
    return text.replace(".", where.point)


@lru_cache(maxsize=1024)
def sections(pattern: str) -> tuple[tuple[str, ...], ...]:
    """The tokens of each part: for positive, negative, zero and text."""
    found: list[list[str]] = [[]]
    for token in _TOKEN.findall(pattern):
        if token == ";":
            found.append([])
        else:
            found[-1].append(token)
    return tuple(tuple(part) for part in found)


def is_date(tokens: tuple[str, ...]) -> bool:
    return any(re.fullmatch(r"[yYdDhHsS]+|[mM]+", token) for token in tokens)


def _section(value: float, pattern: str, kind: str, where: Locale) -> str:
    parts = sections(pattern)
    tokens, sign = parts[0], "-" if value < 0 else ""
    if value < 0 and len(parts) > 1:
        tokens, sign = parts[1], ""
    elif value == 0 and len(parts) > 2:
        tokens = parts[2]
    if kind in ("DATE", "TIME", "DATE_TIME") or is_date(tokens):
        return _moment(value, tokens)
    return _figure(abs(value), tokens, sign, where)


def _figure(value: float, tokens: tuple[str, ...], sign: str, where: Locale) -> str:
    slots = "".join(t for t in tokens if re.fullmatch(r"[0#?,]|\.0+|\.", t))
    if not re.search(r"[0#?]", slots):
        return sign + "".join(_literal(t, value, where) for t in tokens)
    exponent = next((t for t in tokens if t.startswith("E")), "")
    places = len(slots.partition(".")[2].replace(",", ""))
    scaled = Decimal(repr(value)) * 100 ** tokens.count("%")
    scaled /= 1000 ** len(re.search(r",*$", slots.partition(".")[0])[0])  # type: ignore[index]
    if exponent:
        return sign + _scientific(scaled, places, where)
    whole, _, rest = f"{_DIGITS.quantize(scaled, Decimal(1).scaleb(-places)):f}".partition(".")
    least = len(re.findall("0", slots.partition(".")[0]))
    optional = len(slots) - len(slots.rstrip("#?"))
    rest = rest[: len(rest) - optional] + rest[len(rest) - optional :].rstrip("0") if "." in slots else rest
    whole = whole.lstrip("0").zfill(least)
    if "," in slots.partition(".")[0].rstrip(","):
        whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", where.group, whole)
    return _placed(tokens, sign + whole + (where.point + rest if rest else ""), value, where)


def _placed(tokens: tuple[str, ...], figure: str, value: float, where: Locale) -> str:
    said, done = [], False
    for token in tokens:
        if re.fullmatch(r"[0#?,]|\.0+|\.", token):
            said.append("" if done else figure)
            done = True
        else:
            said.append(_literal(token, value, where))
    return "".join(said)


def _literal(token: str, value: float, where: Locale) -> str:
    if token.startswith('"'):
        return token[1:-1]
    if token.startswith("\\"):
        return token[1]
    if token[0] in "*_" and len(token) == 2:
        return " "
    if token.startswith("["):
        money = re.fullmatch(r"\[\$(.*?)(-.*)?\]", token)
        return money[1] if money else ""
    if token == "General":
        return general(value, where)
    return "" if token == "@" else token


def _scientific(value: Decimal, places: int, where: Locale) -> str:
    mantissa, _, exponent = f"{value:.{places}E}".partition("E")
    return f"{mantissa.replace('.', where.point)}E{exponent[0]}{exponent[1:].zfill(2)}"


def _moment(value: float, tokens: tuple[str, ...]) -> str:
    if not -693_593 < value < 2_958_466:  # years 1 to 9999
        return "#" * 8
    at = EPOCH + timedelta(microseconds=round(value * 86_400_000_000))
    twelve = any(t.lower() in ("am/pm", "a/p") for t in tokens)
    said, after_hours = [], False
    for n, token in enumerate(tokens):
        low = token.lower()
        minutes = low in ("m", "mm") and (after_hours or _before_seconds(tokens[n + 1 :]))
        said.append(_part(at, token, twelve, minutes))
        if re.fullmatch(r"[hmsyd]+|am/pm|a/p", low):
            after_hours = low.startswith("h")
    return "".join(said)


def _before_seconds(rest: tuple[str, ...]) -> bool:
    return next((t.lower().startswith("s") for t in rest if re.fullmatch(r"[a-zA-Z]+", t)), False)


def _part(at: datetime, token: str, twelve: bool, minutes: bool) -> str:
    low = token.lower()
    if minutes:
        return f"{at.minute:02}" if len(low) == 2 else str(at.minute)
    hour = (at.hour % 12 or 12) if twelve else at.hour
    match low:
        case "yyyy" | "yyy":
            return f"{at.year:04}"
        case "yy" | "y":
            return f"{at.year % 100:02}"
        case "m" | "mm":
            return f"{at.month:02}" if len(low) == 2 else str(at.month)
        case "mmm":
            return _MONTHS[at.month - 1][:3]
        case "mmmm":
            return _MONTHS[at.month - 1]
        case "d" | "dd":
            return f"{at.day:02}" if len(low) == 2 else str(at.day)
        case "ddd":
            return _DAYS[at.weekday()][:3]
        case "dddd":
            return _DAYS[at.weekday()]
        case "h" | "hh":
            return f"{hour:02}" if len(low) == 2 else str(hour)
        case "s" | "ss":
            return f"{at.second:02}" if len(low) == 2 else str(at.second)
        case "am/pm" | "a/p":
            return "AM" if at.hour < 12 else "PM"
    if re.fullmatch(r"\.0+", token):
        return "." + f"{at.microsecond:06}"[: len(token) - 1]
    return _literal(token, 0, Locale())
