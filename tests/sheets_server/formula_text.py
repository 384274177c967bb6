"""Formulas as text: their references, and how those follow what people insert, delete, move, copy and rename."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tests.sheets_server.a1 import column_of, letters, quoted

_TITLE = r"(?:'(?:[^']|'')*'|[^\W\d]\w*)!"
_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]+"
_COLUMNS = r"\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![A-Za-z0-9(])"
_ROWS = r"\$?[0-9]+:\$?[0-9]+"
_HALF = rf"{_CELL}:\$?[A-Za-z]{{1,3}}(?![A-Za-z0-9(])"
_REF = rf"(?:{_TITLE})?(?:{_CELL}:{_CELL}|{_HALF}|{_CELL}|{_COLUMNS}|{_ROWS})(?![\w(!])"
_TOKENS = re.compile(
    rf'(?P<text>"(?:[^"]|"")*")|(?P<ref>(?<![\w$.]){_REF})|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)'
    r"|(?P<error>#[A-Z/0]+[!?]?)|(?P<name>[^\W\d][\w.]*)|(?P<space>\s+)|(?P<sign><=|>=|<>|.)",
    re.DOTALL,
)
_END = re.compile(r"(\$?)([A-Za-z]{1,3})?(\$?)([0-9]+)?")

_FAR = 100_000
Map = Callable[[int], int | None]
"""Where a row or a column is now; None for one that is gone."""


@dataclass(frozen=True, slots=True)
class End:
    """One corner of a reference; None where it names no row or no column."""

    column: int | None
    row: int | None
    fixed_column: bool = False
    fixed_row: bool = False

    def __str__(self) -> str:
        column = ("$" if self.fixed_column else "") + letters(self.column) if self.column is not None else ""
        row = ("$" if self.fixed_row else "") + str(self.row + 1) if self.row is not None else ""
        return column + row


@dataclass(frozen=True, slots=True)
class Ref:
    title: str | None
    first: End
    last: End | None

    def __str__(self) -> str:
        span = str(self.first) if self.last is None else f"{self.first}:{self.last}"
        return span if self.title is None else f"{quoted(self.title)}!{span}"


@lru_cache(maxsize=65_536)
def tokens(formula: str) -> tuple[tuple[str, str], ...]:
    """Kind and text of every piece behind the equals sign."""
    return tuple((str(match.lastgroup), match[0]) for match in _TOKENS.finditer(formula.removeprefix("=")))


def parse_ref(text: str) -> Ref:
    title, bang, span = text.rpartition("!")
    named = title[1:-1].replace("''", "'") if title.startswith("'") else title
    first, colon, last = span.partition(":")
    return Ref(named if bang else None, _end(first), _end(last) if colon else None)


def _end(text: str) -> End:
    match = _END.fullmatch(text)
    assert match
    column, row = match[2], match[4]
    return End(
        column_of(column) if column else None,
        int(row) - 1 if row else None,
        bool(match[1] and column),
        bool((match[3] if column else match[1] or match[3]) and row),
    )


def _rewritten(formula: str, change: Callable[[Ref], str]) -> str:
    if not formula.startswith("="):
        return formula
    return "=" + "".join(change(parse_ref(text)) if kind == "ref" else text for kind, text in tokens(formula))


def references(formula: str) -> Iterator[Ref]:
    return (parse_ref(text) for kind, text in tokens(formula) if kind == "ref")


def moved(formula: str, in_tab: str, of_tab: str, map_row: Map, map_column: Map) -> str:
    """The formula in tab `in_tab` after rows or columns of tab `of_tab` got new places."""

    def change(ref: Ref) -> str:
        if (ref.title if ref.title is not None else in_tab).casefold() != of_tab.casefold():
            return str(ref)
        found = _shifted(ref, map_row, map_column)
        return str(found) if found else ("" if ref.title is None else f"{quoted(ref.title)}!") + "#REF!"

    return _rewritten(formula, change)


def _shifted(ref: Ref, map_row: Map, map_column: Map) -> Ref | None:
    last = ref.last or ref.first
    rows = _span(ref.first.row, last.row, map_row)
    columns = _span(ref.first.column, last.column, map_column)
    if rows is None or columns is None:
        return None
    first = End(columns[0], rows[0], ref.first.fixed_column, ref.first.fixed_row)
    end = End(columns[1], rows[1], last.fixed_column, last.fixed_row)
    return Ref(ref.title, first, end if ref.last else None)


def _span(first: int | None, last: int | None, place: Map) -> tuple[int | None, int | None] | None:
    """A range keeps its ends, wherever they went; an end that is gone gives way to the next that is left."""
    if first is None and last is None:
        return None, None
    if last is None:  # open: it begins with the next that is left
        assert first is not None
        start = next((n for at in range(first, first + _FAR) if (n := place(at)) is not None), None)
        return None if start is None else (start, None)
    if first is None:
        end = next((n for at in range(last, -1, -1) if (n := place(at)) is not None), None)
        return None if end is None else (None, end)
    low, high = min(first, last), max(first, last)
    start = next((n for at in range(low, high + 1) if (n := place(at)) is not None), None)
    end = next((n for at in range(high, low - 1, -1) if (n := place(at)) is not None), None)
    if start is None or end is None:
        return None
    return min(start, end), max(start, end)


def offset(formula: str, rows: int, columns: int) -> str:
    """The formula copied so many rows down and columns to the right: what is not fixed goes along."""

    def end(one: End) -> End | None:
        row = one.row if one.row is None or one.fixed_row else one.row + rows
        column = one.column if one.column is None or one.fixed_column else one.column + columns
        gone = (row is not None and row < 0) or (column is not None and column < 0)
        return None if gone else End(column, row, one.fixed_column, one.fixed_row)

    def change(ref: Ref) -> str:
        first, last = end(ref.first), end(ref.last) if ref.last else None
        if first is None or (ref.last and last is None):
            return "#REF!"
        return str(Ref(ref.title, first, last))

    return _rewritten(formula, change)


def renamed(formula: str, old: str, new: str) -> str:
    def change(ref: Ref) -> str:
        same = ref.title is not None and ref.title.casefold() == old.casefold()
        return str(Ref(new, ref.first, ref.last)) if same else str(ref)

    return _rewritten(formula, change)
