"""The bench of a Google spreadsheet: the test server's people, and our publisher with the real client over HTTP."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.google.client import Sheets, connect
from core.grid import Grid
from core.publish.outcome import Outcome
from core.publish.plan import AddColumn, AddRow, Policy
from core.publish.published import TITLE, Published
from core.publish.sheets.publish import Target, publish
from core.settings import Settings
from tests.google.played_time import PlayedTime
from tests.sheets_server import people
from tests.sheets_server.families import arrange
from tests.sheets_server.model import ApiError, Book, Box, Json, Tab
from tests.sheets_server.server import SheetsServer

from .rearranged import At, Shift
from .seen_tabs import Seen, SeenTab
from .sheet_promises import figure
from .sheet_scripts import Refused

_DIMENSIONS = {"rows": "ROWS", "columns": "COLUMNS"}
_TREND = re.compile(r"=SPARKLINE\([A-Z]+\d+:[A-Z]+\d+\)")  # our own trends count as nothing, as in the grid
_MOVES = ("merges", "conditional_formats", "protected_ranges", "banded_ranges", "rows", "columns", "basic_filter")


def client_of(server: SheetsServer, home: Path) -> Sheets:
    """As a process has it that publishes for years: its quota is played, its budget does not end."""
    key = server.key_file(home / "key.json")
    folders = {"home": home, "scorecards": home, "data": home, "published": home}
    here = Settings(**folders, google_key=key, google_budget=10**9, sheets_endpoint=server.url)
    return connect(here, time=PlayedTime(chance=0.5).as_time())


@dataclass
class SheetsBench:
    """One spreadsheet. Tags may go with sorted rows or stay: which, is not known of the real one."""

    server: SheetsServer
    sheets: Sheets
    copies_follow: bool = False
    makes_anew = False
    tags_go_with_rows: bool = False
    stored: list[Published] = field(default_factory=list)
    _known: dict[int, tuple[Json, Seen]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = self.server.new_book("Scorecards").id

    @property
    def book(self) -> Book:
        return self.server.books[self.name]

    def publish(self, grids: Sequence[Grid], policy: Policy) -> Outcome:
        kept = [Published.from_json(json.loads(json.dumps(published.to_json()))) for published in self.stored]
        outcome = publish(grids, Target(self.sheets, self.name, "shop", kept), policy)
        self.stored = [outcome.published]
        return outcome

    def tab_of(self, grid: Grid) -> str:
        return self.stored[-1].tabs[grid.name][TITLE].value

    def inserted(self, outcome: Outcome) -> Sequence[tuple[str, str]]:
        rows = [("rows", step.row) for step in outcome.changes if isinstance(step, AddRow)]
        return rows + [("columns", step.column) for step in outcome.changes if isinstance(step, AddColumn)]

    # People.

    def begin(self) -> None:
        pass

    def save(self) -> None:
        pass

    def _do(self, act: Callable[..., Book], tab: str, *given: Any, **more: Any) -> None:
        found = self.book.named(tab)
        assert found, f"there is no tab {tab}"
        try:
            self.server.keep(act(self.book, found.id, *given, **more))
        except ApiError as error:
            raise Refused(error.message) from None

    def insert(self, tab: str, axis: str, at: int, many: int, shift: Shift) -> None:
        self._do(people.insert, tab, _DIMENSIONS[axis], at, many)

    def delete_lines(self, tab: str, axis: str, at: int, many: int, shift: Shift) -> None:
        self._do(people.delete, tab, _DIMENSIONS[axis], at, many)

    def move(self, tab: str, axis: str, at: int, many: int, to: int, shift: Shift) -> None:
        self._do(people.move, tab, _DIMENSIONS[axis], at, to, many)

    def sort(self, tab: str, first: int, last: int, column: int, descending: bool) -> Shift:
        found = self.book.named(tab)
        assert found
        area = Box(first, last + 1, 0, found.column_count)
        twin = self.book.copy()
        places = arrange.sort_cells(twin, twin.tab(found.id), area, [(column, not descending)])
        more = {"ascending": not descending, "carry_metadata": self.tags_go_with_rows}
        self._do(people.sort_rows, tab, area, column, **more)
        return lambda row: places.get(row, row)

    def type(self, tab: str, at: At, value: float | str | None) -> None:
        self._do(people.type_in, tab, at, value)

    def paint(self, tab: str, at: At, colour: str) -> None:
        red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4))
        self._do(people.dress, tab, at, backgroundColor={"red": red, "green": green, "blue": blue})

    def number_format(self, tab: str, at: At, code: str) -> None:
        self._do(people.dress, tab, at, numberFormat={"type": "NUMBER", "pattern": code})

    def note(self, tab: str, at: At, text: str) -> None:
        self._do(people.note, tab, at, text)

    def hide(self, tab: str, axis: str, at: int) -> None:
        self._do(people.hide, tab, _DIMENSIONS[axis], at)

    def merge(self, tab: str, first: At, last: At) -> None:
        def act(book: Book, sheet_id: int) -> Book:
            after = book.copy()
            rows = {"startRowIndex": first[0], "endRowIndex": last[0] + 1}
            columns = {"startColumnIndex": first[1], "endColumnIndex": last[1] + 1}
            arrange.HANDLERS["mergeCells"](after, {"range": {"sheetId": sheet_id, **rows, **columns}})
            return after

        self._do(act, tab)

    def rename(self, tab: str, new: str) -> None:
        self._do(people.rename_tab, tab, new)

    def copy(self, tab: str, new: str, first: bool) -> None:
        """Whether the copy bears copies of the tags is not known of the real one: with them it can take over."""
        self.copies_follow = first
        self._do(lambda book, sheet_id: people.copy_tab(book, sheet_id, new, metadata=first)[0], tab)

    def delete(self, tab: str) -> None:
        self._do(people.delete_tab, tab)

    def other_program(self, which: int) -> None:
        """There is none; but from here on sorting carries tags, or does not."""
        self.tags_go_with_rows = which % 2 == 1

    # Reading.

    def read(self) -> dict[str, SeenTab]:
        return {tab.title: self._seen(tab) for tab in self.book.tabs}

    def _seen(self, tab: Tab) -> SeenTab:
        cells = {at: self._cell(cell) for at, cell in tab.cells.items()}
        hidden = [
            frozenset(n for n, kept in lines.items() if kept.get("hiddenByUser")) for lines in (tab.rows, tab.columns)
        ]
        merged = tuple(
            ((m["startRowIndex"], m["startColumnIndex"]), (m["endRowIndex"] - 1, m["endColumnIndex"] - 1))
            for m in tab.merges
        )
        return SeenTab(cells, *hidden, merged)

    def _cell(self, cell: Json) -> Seen:
        """The server never alters a cell in place, so that most are those of the time before."""
        if id(cell) not in self._known:
            self._known[id(cell)] = cell, _cell(cell)  # it is kept, so that no other one is given its id
        return self._known[id(cell)][1]

    def fingerprint(self) -> Book:
        return self.book.copy()

    def compare(self, before: Book, owned: Mapping[str, set[At]], new_rows: Mapping[str, set[int]]) -> None:
        """What is neither a cell nor a tag of ours: it only moves where lines were put between others."""
        for old in before.tabs:
            new = self.book.tab(old.id)
            if (old.row_count, old.column_count) == (new.row_count, new.column_count):
                assert replace(old, cells={}) == replace(new, cells={}), f"{old.title} has changed"
            assert old.properties["index"] == new.properties["index"]
        assert [r["name"] for r in before.named_ranges] == [r["name"] for r in self.book.named_ranges][
            : len(before.named_ranges)
        ]


def _cell(cell: Json) -> Seen:
    form = dict(cell.get("userEnteredFormat", {}))
    code = form.pop("numberFormat", {}).get("pattern", "General")
    fill = form.pop("backgroundColorStyle", {}).get("rgbColor")
    form.pop("backgroundColor", None)
    colour = "".join(f"{round(fill.get(c, 0) * 255):02X}" for c in ("red", "green", "blue")) if fill else ""
    return Seen(
        _token(cell.get("userEnteredValue", {})), code, colour, json.dumps(form, sort_keys=True), cell.get("note", "")
    )


def _token(value: Json) -> str:
    if "formulaValue" in value:
        formula = str(value["formulaValue"])
        return "" if _TREND.fullmatch(formula) else formula
    if "numberValue" in value:
        return figure(float(value["numberValue"]))
    if "boolValue" in value:
        return str(value["boolValue"]).upper()
    return f"'{value['stringValue']}" if value.get("stringValue") else ""
