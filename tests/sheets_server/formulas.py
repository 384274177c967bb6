"""Formulas worked out: parsed as they are written, each cell once a calculation."""

from collections.abc import Iterator
from typing import Any

from tests.sheets_server.formula_text import Ref, moved, offset, parse_ref, renamed, tokens
from tests.sheets_server.formula_values import (
    FUNCTIONS,
    Failed,
    Rows,
    Value,
    compared,
    from_json,
    number,
    single,
    text,
    to_json,
    truth,
)
from tests.sheets_server.model import At, Book, Json, Tab

__all__ = ["Calculation", "moved", "offset", "renamed"]
_LOADED = ("IMPORTXML", "IMPORTRANGE", "IMPORTDATA", "IMPORTHTML", "IMPORTFEED")


class Calculation:
    """The values of a book at one moment."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[tuple[int, At], Value] = {}
        self._under_way: set[tuple[int, At]] = set()
        self._spills: dict[int, dict[At, Value]] = {}

    def value(self, tab: Tab, at: At) -> Json:
        entered = tab.cells.get(at, {}).get("userEnteredValue")
        if entered is not None and "formulaValue" not in entered:
            return dict(entered) if entered != {"stringValue": ""} else {}
        if entered is None:
            spilled = self._spill(tab).get(at) if _has_arrays(tab) else None
            return to_json(spilled)
        return to_json(self._of(tab, at))

    def spilled(self, tab: Tab) -> Iterator[At]:
        """Cells that an array formula elsewhere fills."""
        return iter(self._spill(tab) if _has_arrays(tab) else ())

    def holds(self, tab: Tab, formula: str, away: At) -> bool:
        """Whether a formula that was written for one cell holds for another, so far away from it."""
        found = self._worked_out(tab, offset(formula, *away))
        return not isinstance(found, Failed | str | list) and bool(found)

    def link(self, tab: Tab, at: At) -> str:
        formula = tab.cells.get(at, {}).get("userEnteredValue", {}).get("formulaValue", "")
        if not formula.upper().startswith("=HYPERLINK("):
            return ""
        said = [one for kind, one in tokens(formula) if kind == "text"]
        return said[0][1:-1] if said else ""

    def _spill(self, tab: Tab) -> dict[At, Value]:
        if tab.id not in self._spills:
            self._spills[tab.id] = found = {}
            for at, cell in tab.cells.items():
                if "formulaValue" in cell.get("userEnteredValue", {}) and isinstance(rows := self._of(tab, at), list):
                    for r, row in enumerate(rows):
                        for c, value in enumerate(row):
                            found[at[0] + r, at[1] + c] = value
        return self._spills[tab.id]

    def _of(self, tab: Tab, at: At) -> Value:
        key = (tab.id, at)
        if key in self._known:
            return self._known[key]
        entered = tab.cells.get(at, {}).get("userEnteredValue", {})
        if "formulaValue" not in entered:
            return from_json(entered)
        if key in self._under_way:
            return Failed(
                "REF", "Circular dependency detected. To resolve with iterative calculation, see File > Settings."
            )
        self._under_way.add(key)
        self._known[key] = found = self._worked_out(tab, str(entered["formulaValue"]))
        self._under_way.discard(key)
        return found

    def _worked_out(self, tab: Tab, formula: str) -> Value:
        try:
            found = _Parser(self, tab, formula).whole()
        except Failed as failed:
            return failed
        except (ZeroDivisionError, OverflowError, ValueError, IndexError, TypeError, RecursionError):
            return Failed("ERROR", "Formula parse error.")
        return 0 if found is None and not formula.upper().startswith(("=SPARKLINE", "=IMAGE")) else found

    def rows(self, own: Tab, ref: Ref) -> Rows:
        """The values that a reference names."""
        tab = own if ref.title is None else self._book.named(ref.title)
        if tab is None:
            raise Failed("REF", f"Unresolved sheet name '{ref.title}'.")
        last = ref.last or ref.first
        top, bottom = _ends(ref.first.row, last.row, tab.row_count)
        left, right = _ends(ref.first.column, last.column, tab.column_count)
        if bottom >= tab.row_count and ref.last is None:
            raise Failed("REF", "Reference does not exist.")
        if (bottom - top) * (right - left) > 10_000:  # whole columns: as far as anything stands
            bottom = min(bottom, max((r for r, _ in tab.cells), default=top))
        return [[self._of(tab, (r, c)) for c in range(left, right + 1)] for r in range(top, bottom + 1)]

    def named(self, tab: Tab, name: str) -> Value:
        for one in self._book.named_ranges:
            if one["name"].casefold() == name.casefold():
                area, home = one["range"], self._book.tab(one["range"].get("sheetId", 0))
                rows = range(area.get("startRowIndex", 0), area.get("endRowIndex", home.row_count))
                columns = range(area.get("startColumnIndex", 0), area.get("endColumnIndex", home.column_count))
                return [[self._of(home, (r, c)) for c in columns] for r in rows]
        raise Failed("NAME", f"Unknown range name: '{name.upper()}'.")


def _has_arrays(tab: Tab) -> bool:
    return any(
        "{" in f or "ARRAY" in f
        for c in tab.cells.values()
        if (f := c.get("userEnteredValue", {}).get("formulaValue", ""))
    )


def _ends(first: int | None, last: int | None, size: int) -> tuple[int, int]:
    low, high = first if first is not None else 0, last if last is not None else size - 1
    return min(low, high), max(low, high)


class _Parser:
    """Comparison, concatenation, sums, products, powers, signs, percent: from the loosest to the tightest."""

    def __init__(self, calculation: Calculation, tab: Tab, formula: str) -> None:
        self._calculation = calculation
        self._tab = tab
        self._left = [token for token in tokens(formula) if token[0] != "space"]
        self._at = 0

    def whole(self) -> Value:
        found = self._compared()
        if self._at < len(self._left):
            raise Failed("ERROR", "Formula parse error.")
        return found

    def _next(self) -> str:
        return self._left[self._at][1] if self._at < len(self._left) else ""

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._left):
            raise Failed("ERROR", "Formula parse error.")
        self._at += 1
        return self._left[self._at - 1]

    def _compared(self) -> Value:
        found = self._joined()
        while self._next() in ("=", "<>", "<", ">", "<=", ">="):
            sign = self._take()[1]
            found = compared(sign, single(found), single(self._joined()))
        return found

    def _joined(self) -> Value:
        found = self._sum()
        while self._next() == "&":
            self._take()
            found = text(found) + text(self._sum())
        return found

    def _sum(self) -> Value:
        found = self._product()
        while self._next() in ("+", "-"):
            sign, other = self._take()[1], self._product()
            found = number(found) + number(other) if sign == "+" else number(found) - number(other)
        return found

    def _product(self) -> Value:
        found = self._power()
        while self._next() in ("*", "/"):
            sign, other = self._take()[1], self._power()
            if sign == "/" and number(other) == 0:
                raise Failed("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero.")
            found = number(found) * number(other) if sign == "*" else number(found) / number(other)
        return found

    def _power(self) -> Value:
        found = self._signed()
        while self._next() == "^":
            self._take()
            found = FUNCTIONS["POWER"](found, self._signed())
        return found

    def _signed(self) -> Value:
        if self._next() in ("+", "-"):
            sign = self._take()[1]
            value = self._signed()
            return -number(value) if sign == "-" else value
        found = self._atom()
        while self._next() == "%":
            self._take()
            found = number(found) / 100
        return found

    def _atom(self) -> Value:
        kind, said = self._take()
        if kind == "number":
            return float(said)
        if kind == "text":
            return said[1:-1].replace('""', '"')
        if kind == "ref":
            ref = parse_ref(said)
            rows = self._calculation.rows(self._tab, ref)
            return rows if ref.last else rows[0][0]
        if kind == "error":
            raise Failed("REF" if "REF" in said else "ERROR", "Reference does not exist.")
        if kind == "name":
            return self._named(said)
        if said == "(":
            found = self._compared()
            self._expect(")")
            return found
        if said == "{":
            return self._array()
        raise Failed("ERROR", "Formula parse error.")

    def _expect(self, sign: str) -> None:
        if self._take()[1] != sign:
            raise Failed("ERROR", "Formula parse error.")

    def _array(self) -> Rows:
        rows: Rows = [[]]
        while True:
            rows[-1].append(single(self._compared()))
            sign = self._take()[1]
            if sign == "}":
                return rows
            if sign == ";":
                rows.append([])

    def _named(self, said: str) -> Value:
        if self._next() != "(":
            if said.upper() in ("TRUE", "FALSE"):
                return said.upper() == "TRUE"
            return self._calculation.named(self._tab, said)
        self._take()
        name = said.upper()
        if name in ("IF", "IFERROR", "IFNA"):
            return self._lazy(name)
        given = self._arguments()
        if name in _LOADED:
            raise Failed("N_A", "This server loads nothing from elsewhere.")
        if name not in FUNCTIONS:
            raise Failed("NAME", f"Unknown function: '{said}'.")
        try:
            return FUNCTIONS[name](*given)
        except TypeError:
            raise Failed("N_A", f"Wrong number of arguments to {name}.") from None

    def _arguments(self) -> list[Value]:
        given: list[Value] = []
        if self._next() == ")":
            self._take()
            return given
        while True:
            given.append(None if self._next() in (",", ";", ")") else self._compared())
            if self._take()[1] == ")":
                return given

    def _lazy(self, name: str) -> Value:
        """An error in a branch that is not taken, or that is caught, is none."""
        parts: list[Any] = []
        while True:
            try:
                parts.append(None if self._next() in (",", ";", ")") else self._compared())
            except Failed as failed:
                parts.append(failed)
                self._skip()
            if self._take()[1] == ")":
                break
        if name == "IF":
            chosen = parts[1] if truth(parts[0]) else (parts[2] if len(parts) > 2 else False)
            return single(chosen) if isinstance(chosen, Failed) else chosen
        wrong = parts[0] if isinstance(parts[0], Failed) else None
        if wrong is None or (name == "IFNA" and wrong.kind != "N_A"):
            return parts[0]
        return parts[1] if len(parts) > 1 else ""

    def _skip(self) -> None:
        """To the end of the argument."""
        depth = 0
        while self._at < len(self._left):
            said = self._next()
            if depth == 0 and said in (",", ";", ")"):
                return
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(said, 0)
            self._at += 1
