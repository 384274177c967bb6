"""Tabs of Google Sheets as sources: read once a command, whole, and as they were at one moment."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from core.dataset import Column
from core.errors import SheetsError, SourceError, did_you_mean
from core.measures import Sheet
from core.sources.locales import moment, plain
from core.sources.raw import Raw
from core.sources.rows import plain_number, raw_rows

if TYPE_CHECKING:
    from core.google.client import Sheets

PAGE, _OVERLAP = 25_000, 3  # rows of one answer, and those that it shares with the page before
_TRIES = 3
_TABS = "properties(title,locale),sheets(properties(title,gridProperties(rowCount)))"
_CELLS = "sheets(data(rowData(values(effectiveValue,effectiveFormat(numberFormat(type))))))"
_MOMENTS = ("DATE", "TIME", "DATE_TIME")


@dataclass(frozen=True, slots=True)
class Moment:
    """A number that the sheet shows as a day or a time."""

    serial: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a formula came to that went wrong: `#N/A`."""

    said: str


Value = str | float | bool | Moment | Mistake


@dataclass(frozen=True)
class ReadTab:
    """A tab as it was read. `rows` begin with the first row of the sheet; "" is an empty cell."""

    name: str
    tab: str
    spreadsheet: str
    locale: str
    rows: Sequence[Sequence[Value]]

    @property
    def source(self) -> str:
        """Where it came from, for the load's record."""
        return f"https://docs.google.com/spreadsheets/d/{self.spreadsheet}, tab {self.tab}"

    @property
    def digest(self) -> str:
        """The SHA-256 of all that was read."""
        digest = hashlib.sha256()
        for row in self.rows:
            digest.update(json.dumps([repr(value) for value in row]).encode())
        return digest.hexdigest()

    def raw(self, columns: Sequence[Column], folder: Path) -> Raw:
        """Below its header row, for `cast_into`. Raises SourceError."""
        lines: Iterator[tuple[int, list[Any]]] = ((n, list(row)) for n, row in enumerate(self.rows, start=1))
        where = f"{self.name}, tab {self.tab}"
        return raw_rows(where, self.tab, lines, columns, folder, lambda value, kind: _text(value, kind, self.locale))


@dataclass(eq=False)
class Tabs:
    """The tabs that one command reads, each once: all who ask see the same."""

    connect: Callable[[], "Sheets"]
    spreadsheets: Mapping[str, str]
    page: int = PAGE
    _read: dict[tuple[str, str], ReadTab] = field(default_factory=dict)
    _alone: Lock = field(default_factory=Lock)

    def knows(self, sheet: Sheet) -> bool:
        """Whether a spreadsheet is set for the name; if not, a workbook of that name stands for it."""
        return sheet.name.lower() in self.spreadsheets

    def read(self, sheet: Sheet) -> ReadTab:
        """Raises SourceError and SheetsError."""
        key = (self.spreadsheets[sheet.name.lower()], sheet.tab)
        with self._alone:
            if key not in self._read:
                self._read[key] = _named(sheet, lambda: _fetched(self.connect(), sheet, key[0], self.page))
            return self._read[key]


def _nowhere() -> "Sheets":
    raise SheetsError("No spreadsheet is set.")


NO_TABS = Tabs(_nowhere, {})
"""Where no spreadsheet is set: every sheet is a workbook."""


def _named(sheet: Sheet, read: Callable[[], ReadTab]) -> ReadTab:
    """Google speaks of "the spreadsheet": a command reads several, and publishes to others."""
    try:
        return read()
    except SheetsError as error:
        raise type(error)(f"{sheet.name}: {error.what}", next_step=error.next_step) from None


def _fetched(sheets: "Sheets", sheet: Sheet, spreadsheet: str, page: int) -> ReadTab:
    for _ in range(_TRIES):
        count, locale = _size(sheets, sheet, spreadsheet)
        rows = _rows(sheets, spreadsheet, sheet.tab, count, page)
        # Of several pages none knows of rows that were added behind the last meanwhile.
        if rows is not None and (count <= page or _size(sheets, sheet, spreadsheet)[0] == count):
            return ReadTab(sheet.name, sheet.tab, spreadsheet, locale, rows)
    raise SheetsError(f"tab {sheet.tab} was changed all the while it was read.", next_step="Try again later.")


def _size(sheets: "Sheets", sheet: Sheet, spreadsheet: str) -> tuple[int, str]:
    """How many rows the tab has, and the spreadsheet's locale. Raises SourceError where there is no such tab."""
    book = sheets.read(spreadsheet, fields=_TABS)
    sizes = {
        one["properties"]["title"]: int(one["properties"].get("gridProperties", {}).get("rowCount", 0))
        for one in book.get("sheets", ())
    }
    if sheet.tab not in sizes:
        raise SourceError(
            f'{sheet.name} has no tab "{sheet.tab}"; it has {", ".join(sizes) or "none"}.',
            next_step=did_you_mean(sheet.tab, sizes),
        )
    return sizes[sheet.tab], str(book.get("properties", {}).get("locale", ""))


def _rows(sheets: "Sheets", spreadsheet: str, tab: str, count: int, size: int) -> list[list[Value]] | None:
    """All rows, in one answer or page by page; None when a page does not go on where the one before ended."""
    title = "'" + tab.replace("'", "''") + "'"
    if count <= size:
        return _square(_page(sheets, spreadsheet, title))
    found: list[list[Value]] = []
    first = 0
    while first < count:
        last = min(first + size, count)
        page = _page(sheets, spreadsheet, f"{title}!{first + 1}:{last}")
        page += [[] for _ in range(last - first - len(page))]
        shared = len(found) - first
        if found[first:] != page[:shared]:
            return None
        found += page[shared:]
        first = last if last == count else last - _OVERLAP
    return _square(found)


def _page(sheets: "Sheets", spreadsheet: str, place: str) -> list[list[Value]]:
    answer = sheets.read(spreadsheet, fields=_CELLS, ranges=[place])
    blocks = answer.get("sheets", [{}])[0].get("data", [{}])
    return [[_value(cell) for cell in row.get("values", ())] for row in blocks[0].get("rowData", ())]


def _square(rows: list[list[Value]]) -> list[list[Value]]:
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _value(cell: Mapping[str, Any]) -> Value:
    value = cell.get("effectiveValue", {})
    if "errorValue" in value:
        kind = value["errorValue"].get("type", "ERROR")
        return Mistake({"N_A": "#N/A", "DIVIDE_BY_ZERO": "#DIV/0!"}.get(kind, f"#{kind}!"))
    if "numberValue" in value:
        number = float(value["numberValue"])
        shown = cell.get("effectiveFormat", {}).get("numberFormat", {}).get("type", "")
        return Moment(number) if shown in _MOMENTS else number
    if "boolValue" in value:
        return bool(value["boolValue"])
    return str(value.get("stringValue", ""))


def _text(value: Value, kind: str, locale: str) -> str:
    """As the declared type is spelled. Raises ValueError for what a formula failed to get."""
    if isinstance(value, Mistake):
        raise ValueError(value.said)
    if isinstance(value, Moment):
        return moment(value.serial, "date" if not value.serial % 1 else kind)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return moment(value, kind) if kind in ("date", "timestamp") else plain_number(value)
    return plain(value, kind, locale) if kind != "text" else value
