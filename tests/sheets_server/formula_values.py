"""Values in formulas: what counts as a number, what errors are, and the functions that people use most."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.sheets_server.model import Json


@dataclass(frozen=True, slots=True)
class Failed(Exception):  # noqa: N818 - an error value, as a cell shows it
    """An error value: N_A, DIVIDE_BY_ZERO, VALUE, REF, NAME, NUM, ERROR."""

    kind: str
    said: str = ""


Value = Any  # float, str, bool, None for an empty cell, a Failed, or rows of them
Rows = list[list[Value]]


def to_json(value: Value) -> Json:
    """An ExtendedValue; {} for nothing."""
    if isinstance(value, list):
        value = value[0][0] if value and value[0] else None
    if isinstance(value, Failed):
        return {"errorValue": {"type": value.kind, "message": value.said}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": int(value) if float(value).is_integer() and abs(value) < 1e15 else value}
    return {"stringValue": value} if value else {}


def from_json(value: Json) -> Value:
    if "numberValue" in value:
        return value["numberValue"]
    if "boolValue" in value:
        return value["boolValue"]
    if "errorValue" in value:
        return Failed(value["errorValue"]["type"], value["errorValue"].get("message", ""))
    return value.get("stringValue")


def single(value: Value) -> Value:
    """One value; of a range its first cell. Errors are raised."""
    if isinstance(value, list):
        value = value[0][0] if value and value[0] else None
    if isinstance(value, Failed):
        raise value
    return value


def number(value: Value) -> float:
    value = single(value)
    if value is None or value == "":
        return 0
    if isinstance(value, bool | int | float):
        return float(value)
    text = str(value).replace(",", "")
    share = text.endswith("%")
    try:
        return float(text.removesuffix("%")) / (100 if share else 1)
    except ValueError:
        raise Failed("VALUE", f"'{value}' is a text and cannot be coerced to a number.") from None


def text(value: Value) -> str:
    value = single(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    return (
        f"{value:.10g}"
        if isinstance(value, float) and not value.is_integer()
        else str(int(value))
        if isinstance(value, float)
        else str(value)
    )


def truth(value: Value) -> bool:
    value = single(value)
    if isinstance(value, str):
        if value.upper() in ("TRUE", "FALSE"):
            return value.upper() == "TRUE"
        raise Failed("VALUE", f"'{value}' is a text and cannot be coerced to a boolean.")
    return bool(value)


def flat(values: Sequence[Value]) -> Iterator[tuple[Value, bool]]:
    """Every value, and whether it came from a range, where texts do not count as numbers."""
    for value in values:
        if isinstance(value, list):
            for row in value:
                yield from ((one, True) for one in row)
        else:
            yield value, False


def numbers(values: Sequence[Value]) -> list[float]:
    found = []
    for value, ranged in flat(values):
        if isinstance(value, Failed):
            raise value
        if ranged and (isinstance(value, str | bool) or value is None):
            continue
        found.append(number(value))
    return found


def matches(value: Value, criterion: Value) -> bool:
    """As SUMIF and COUNTIF compare: `>3`, `<>x`, `a*`."""
    found = re.fullmatch(r"(<=|>=|<>|<|>|=)?(.*)", text(criterion), re.DOTALL)
    assert found
    sign, wanted = found[1] or "=", found[2]
    try:
        other: Value = float(wanted)
    except ValueError:
        pattern = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in wanted)
        same = re.fullmatch(pattern, text(value), re.IGNORECASE | re.DOTALL) is not None
        return same if sign == "=" else not same if sign == "<>" else False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return sign == "<>"
    return compared(sign, value, other)


def compared(sign: str, a: Value, b: Value) -> bool:
    """Numbers before texts before truths; texts without regard to case; an empty cell is 0 or nothing."""
    if a is None:
        a = "" if isinstance(b, str) else 0
    if b is None:
        b = "" if isinstance(a, str) else 0

    def rank(value: Value) -> tuple[int, Any]:
        if isinstance(value, bool):
            return 2, value
        return (1, value.casefold()) if isinstance(value, str) else (0, value)

    x, y = rank(a), rank(b)
    return {"=": x == y, "<>": x != y, "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y}[sign]


def _real(a: float, b: float) -> float:
    try:
        found = a**b
    except (OverflowError, ZeroDivisionError):
        found = complex(0, 1)
    if isinstance(found, complex):
        raise Failed("NUM", "The result is no real number, or too large.")
    return found


def _rest(a: float, b: float) -> float:
    if b == 0:
        raise Failed("DIVIDE_BY_ZERO", "Function MOD parameter 2 cannot be zero.")
    return a % b


def _average(*values: Value) -> float:
    found = numbers(values)
    if not found:
        raise Failed("DIVIDE_BY_ZERO", "Evaluation of function AVERAGE caused a divide by zero error.")
    return sum(found) / len(found)


def _round(value: Value, places: Value = 0) -> float:
    scale = 10 ** int(number(places))
    return math.copysign(math.floor(abs(number(value)) * scale + 0.5) / scale, number(value))


def _sumif(area: Value, criterion: Value, summed: Value = None) -> float:
    tested, added = list(flat([area])), list(flat([area if summed is None else summed]))
    return sum(
        float(b)
        for (a, _), (b, _) in zip(tested, added, strict=False)
        if matches(a, criterion) and isinstance(b, int | float) and not isinstance(b, bool)
    )


def _vlookup(key: Value, area: Rows, column: Value, ordered: Value = True) -> Value:
    wanted, at = single(key), int(number(column)) - 1
    found: Value = None
    for row in area:
        if compared("=", row[0], wanted):
            return row[at]
        if truth(ordered) and row[0] is not None and compared("<", row[0], wanted):
            found = row[at]
    if found is None:
        raise Failed("N_A", f"Did not find value '{text(wanted)}' in VLOOKUP evaluation.")
    return found


def _index(area: Value, row: Value = 0, column: Value = 0) -> Value:
    rows = area if isinstance(area, list) else [[area]]
    r, c = int(number(row)), int(number(column))
    try:
        return rows[max(r, 1) - 1][max(c, 1) - 1]
    except IndexError:
        raise Failed("REF", "Resolved to a cell out of range.") from None


def _match(key: Value, area: Value, kind: Value = 1) -> float:
    wanted = single(key)
    for n, (value, _) in enumerate(flat([area]), start=1):
        if compared("=", value, wanted):
            return n
    raise Failed("N_A", f"Did not find value '{text(wanted)}' in MATCH evaluation.")


def _count_blank(area: Value) -> int:
    return sum(1 for value, _ in flat([area]) if value in (None, ""))


def _joined(separator: Value, skip: Value, *values: Value) -> str:
    said = [text(value) for value, _ in flat(values)]
    return text(separator).join(t for t in said if t or not truth(skip))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "SUM": lambda *v: math.fsum(numbers(v)),
    "AVERAGE": _average,
    "COUNT": lambda *v: sum(1 for x, _ in flat(v) if isinstance(x, int | float) and not isinstance(x, bool)),
    "COUNTA": lambda *v: sum(1 for x, _ in flat(v) if x is not None),
    "COUNTBLANK": _count_blank,
    "COUNTIF": lambda area, criterion: sum(1 for x, _ in flat([area]) if matches(x, criterion)),
    "SUMIF": _sumif,
    "MIN": lambda *v: min(numbers(v), default=0),
    "MAX": lambda *v: max(numbers(v), default=0),
    "ABS": lambda v: abs(number(v)),
    "ROUND": _round,
    "SQRT": lambda v: _real(number(v), 0.5),
    "INT": lambda v: math.floor(number(v)),
    "MOD": lambda a, b: _rest(number(a), number(b)),
    "POWER": lambda a, b: _real(number(a), number(b)),
    "PRODUCT": lambda *v: math.prod(numbers(v)),
    "AND": lambda *v: all(truth(x) for x, _ in flat(v) if x is not None),
    "OR": lambda *v: any(truth(x) for x, _ in flat(v) if x is not None),
    "NOT": lambda v: not truth(v),
    "TRUE": lambda: True,
    "FALSE": lambda: False,
    "CONCATENATE": lambda *v: "".join(text(x) for x, _ in flat(v)),
    "CONCAT": lambda a, b: text(a) + text(b),
    "TEXTJOIN": _joined,
    "LEN": lambda v: len(text(v)),
    "UPPER": lambda v: text(v).upper(),
    "LOWER": lambda v: text(v).lower(),
    "TRIM": lambda v: " ".join(text(v).split()),
    "LEFT": lambda v, n=1: text(v)[: int(number(n))],
    "RIGHT": lambda v, n=1: text(v)[-int(number(n)) :] if number(n) else "",
    "MID": lambda v, start, n: text(v)[int(number(start)) - 1 : int(number(start)) - 1 + int(number(n))],
    "VALUE": number,
    "T": lambda v: single(v) if isinstance(single(v), str) else "",
    "N": lambda v: number(v) if not isinstance(single(v), str) else 0,
    "VLOOKUP": _vlookup,
    "INDEX": _index,
    "MATCH": _match,
    "HYPERLINK": lambda link, label=None: text(label) if label is not None else text(link),
    "SPARKLINE": lambda *v: None,
    "IMAGE": lambda *v: None,
    "ARRAYFORMULA": lambda v: v,
    "NA": lambda: Failed("N_A"),
}
