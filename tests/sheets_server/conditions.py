"""Conditions: what strict validation lets nobody enter, and when a conditional format is seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.sheets_server.model import At, Json, Tab, box, invalid

if TYPE_CHECKING:
    from tests.sheets_server.formulas import Calculation

_NUMBERS: dict[str, Callable[[float, list[float]], bool]] = {
    "NUMBER_GREATER": lambda n, v: n > v[0],
    "NUMBER_GREATER_THAN_EQ": lambda n, v: n >= v[0],
    "NUMBER_LESS": lambda n, v: n < v[0],
    "NUMBER_LESS_THAN_EQ": lambda n, v: n <= v[0],
    "NUMBER_EQ": lambda n, v: n == v[0],
    "NUMBER_NOT_EQ": lambda n, v: n != v[0],
    "NUMBER_BETWEEN": lambda n, v: v[0] <= n <= v[1],
    "NUMBER_NOT_BETWEEN": lambda n, v: not v[0] <= n <= v[1],
}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "TEXT_CONTAINS": lambda t, v: v.casefold() in t.casefold(),
    "TEXT_NOT_CONTAINS": lambda t, v: v.casefold() not in t.casefold(),
    "TEXT_STARTS_WITH": lambda t, v: t.casefold().startswith(v.casefold()),
    "TEXT_ENDS_WITH": lambda t, v: t.casefold().endswith(v.casefold()),
    "TEXT_EQ": lambda t, v: t.casefold() == v.casefold(),
    "TEXT_NOT_EQ": lambda t, v: t.casefold() != v.casefold(),
}


def require_valid(tab: Tab, at: At, value: Json) -> None:
    """Raises the API's 400 where a strict rule of the cell forbids the value; emptying is always allowed."""
    rule = tab.cells.get(at, {}).get("dataValidation", {})
    if not rule.get("strict") or not value or "formulaValue" in value:
        return
    if not _holds(rule["condition"], value, usually=True):
        raise invalid("The data you entered in a cell violates the data validation rules set on that cell.")


def conditional(tab: Tab, at: At, value: Json, calculation: "Calculation") -> Json:
    """The format that the first conditional rule that holds gives a cell; {} for none."""
    for rule in tab.conditional_formats:
        boolean = rule.get("booleanRule")
        areas = [box(tab, area) for area in rule["ranges"]] if boolean else []
        if boolean and any(at in area for area in areas):
            first = areas[0]
            if _seen(tab, boolean["condition"], value, calculation, (at[0] - first.top, at[1] - first.left)):
                return dict(boolean.get("format", {}))
    return {}


def _seen(tab: Tab, condition: Json, value: Json, calculation: "Calculation", away: At) -> bool:
    if condition["type"] != "CUSTOM_FORMULA":
        return _holds(condition, value, usually=False)
    formula = condition.get("values", [{}])[0].get("userEnteredValue", "")
    return calculation.holds(tab, formula, away)


def _holds(condition: Json, value: Json, *, usually: bool) -> bool:
    """`usually` is for kinds that this server does not know."""
    kind, said = condition["type"], value.get("stringValue", "")
    given = [str(one.get("userEnteredValue", "")) for one in condition.get("values", [])]
    if kind in ("BLANK", "NOT_BLANK"):
        return bool(value) == (kind == "NOT_BLANK")
    if kind == "ONE_OF_LIST":
        return str(next(iter(value.values()), "")) in given
    if kind == "BOOLEAN":
        return "boolValue" in value or said in given
    if kind in _TEXTS:
        return _TEXTS[kind](said or str(value.get("numberValue", "")), given[0])
    if kind in _NUMBERS:
        try:
            return "numberValue" in value and _NUMBERS[kind](float(value["numberValue"]), [float(v) for v in given])
        except ValueError:
            return False
    return usually
