"""Data validation: what a strict rule lets nobody enter."""

from collections.abc import Callable

from tests.sheets_server.model import At, Json, Tab, invalid

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


def require_valid(tab: Tab, at: At, value: Json) -> None:
    """Raises the API's 400 where a strict rule of the cell forbids the value; emptying is always allowed."""
    rule = tab.cells.get(at, {}).get("dataValidation", {})
    if not rule.get("strict") or not value or "formulaValue" in value:
        return
    condition = rule["condition"]
    given = [one.get("userEnteredValue", "") for one in condition.get("values", [])]
    if not _allowed(condition["type"], given, value):
        raise invalid("The data you entered in a cell violates the data validation rules set on that cell.")


def _allowed(kind: str, given: list[str], value: Json) -> bool:
    said = value.get("stringValue")
    if kind == "ONE_OF_LIST":
        return str(next(iter(value.values()))) in given
    if kind == "BOOLEAN":
        return "boolValue" in value or (said or "") in given
    if kind == "TEXT_CONTAINS":
        return said is not None and given[0] in said
    if kind == "TEXT_NOT_CONTAINS":
        return said is None or given[0] not in said
    if kind == "TEXT_EQ":
        return said == given[0]
    if kind in _NUMBERS:
        return "numberValue" in value and _NUMBERS[kind](float(value["numberValue"]), [float(v) for v in given])
    return True
