"""The bench of a workbook file: a small spreadsheet program for people, and our publisher."""

import json
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import load_workbook

from core.grid import Grid
from core.publish.outcome import Outcome
from core.publish.plan import Policy
from core.publish.published import Published
from core.publish.xlsx import publish

from .open_workbook import MAIN, Box, OpenWorkbook, Sheet
from .rearranged import At, Shift
from .seen_tabs import Seen, SeenTab
from .sheet_promises import figure
from .spreadsheet_program import SpreadsheetProgram
from .untouched_bytes import OwnedPlaces, Parts, compare


class WorkbookBench:
    copies_follow = True
    makes_anew = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.published = Published()
        self.program: SpreadsheetProgram | None = None
        self._read: tuple[bytes, dict[str, SeenTab]] = b"", {}

    def publish(self, grids: Sequence[Grid], policy: Policy) -> Outcome:
        kept = Published.from_json(json.loads(json.dumps(self.published.to_json())))
        outcome = publish(grids, self.path, kept, policy)
        self.published = outcome.published
        return outcome

    def tab_of(self, grid: Grid) -> str:
        return grid.name

    def inserted(self, outcome: Outcome) -> Sequence[tuple[str, str]]:
        return ()  # new rows and columns go below and to the right of all there is

    # People.

    def begin(self) -> None:
        self.program = SpreadsheetProgram(self.path)

    def save(self) -> None:
        self._open.save()
        self.program = None

    @property
    def _open(self) -> SpreadsheetProgram:
        assert self.program, "nobody has the workbook open"
        return self.program

    def insert(self, tab: str, axis: str, at: int, many: int, shift: Shift) -> None:
        self._open.insert(tab, axis, at, many, shift)

    def delete_lines(self, tab: str, axis: str, at: int, many: int, shift: Shift) -> None:
        self._open.rearrange(tab, axis, shift)

    def move(self, tab: str, axis: str, at: int, many: int, to: int, shift: Shift) -> None:
        self._open.rearrange(tab, axis, shift)

    def sort(self, tab: str, first: int, last: int, column: int, descending: bool) -> Shift:
        return self._open.sort(tab, first, last, column, descending)

    def type(self, tab: str, at: At, value: float | str | None) -> None:
        self._open.type(tab, at, value)

    def paint(self, tab: str, at: At, colour: str) -> None:
        self._open.paint(tab, at, colour)

    def number_format(self, tab: str, at: At, code: str) -> None:
        self._open.number_format(tab, at, code)

    def note(self, tab: str, at: At, text: str) -> None:
        self._open.note(tab, at, text)

    def hide(self, tab: str, axis: str, at: int) -> None:
        self._open.hide(tab, axis, at)

    def merge(self, tab: str, first: At, last: At) -> None:
        self._open.merge(tab, first, last)

    def rename(self, tab: str, new: str) -> None:
        self._open.rename(tab, new)

    def copy(self, tab: str, new: str, first: bool) -> None:
        self._open.copy(tab, new, first)

    def delete(self, tab: str) -> None:
        self._open.delete(tab)

    def other_program(self, which: int) -> None:
        if which % 2:
            self._open.forget_names()
            return
        self.save()
        book = load_workbook(self.path)
        book.save(self.path)
        book.close()
        self.begin()

    # Reading.

    def read(self) -> dict[str, SeenTab]:
        if not self.path.exists():
            return {}
        if self.program:
            return _seen_tabs(self.program)
        if (data := self.path.read_bytes()) != self._read[0]:  # mostly nobody has saved it since
            self._read = data, _seen_tabs(OpenWorkbook(self.path))
        return self._read[1]

    def fingerprint(self) -> Parts:
        if not self.path.exists():
            return {}
        with zipfile.ZipFile(self.path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def compare(self, before: Parts, owned: Mapping[str, set[At]], new_rows: Mapping[str, set[int]]) -> None:
        book = OpenWorkbook(self.path)
        places = {tab: OwnedPlaces(cells, new_rows[tab]) for tab, cells in owned.items()}
        compare(before, self.fingerprint(), book, places, any(s.part not in before for s in book.sheets))


class _Faces:
    """What each style looks like."""

    def __init__(self, styles: ET.Element) -> None:
        self._tables = {t: list(styles.find(f"{MAIN}{t}") or ()) for t in ("fonts", "fills", "borders", "cellXfs")}
        formats = {f.attrib["numFmtId"]: f.attrib["formatCode"] for f in styles.iter(f"{MAIN}numFmt")}
        built_in = {"0": "General", "1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%"}
        self._formats = built_in | {"49": "@"} | formats
        self._known: dict[int, tuple[str, str, str]] = {}

    def __getitem__(self, style: int) -> tuple[str, str, str]:
        """Number format, fill, and the rest."""
        if style not in self._known:
            xf = self._tables["cellXfs"][style]
            font, fill, border = (
                self._tables[table][int(xf.attrib.get(key, "0"))]
                for table, key in (("fonts", "fontId"), ("fills", "fillId"), ("borders", "borderId"))
            )
            colour = next((e.attrib.get("rgb", "?")[-6:] for e in fill.iter(f"{MAIN}fgColor")), "")
            rest = "".join(ET.tostring(e, encoding="unicode") for e in (font, border, *xf))
            code = self._formats.get(xf.attrib.get("numFmtId", "0"), "?")
            self._known[style] = (code, colour, rest)
        return self._known[style]


def _seen_tabs(book: OpenWorkbook) -> dict[str, SeenTab]:
    faces = _Faces(book.styles)
    return {sheet.name: _seen(sheet, faces) for sheet in book.sheets}


def _seen(sheet: Sheet, faces: _Faces) -> SeenTab:
    cells = {at: Seen(_token(box), *faces[box.style], box.note) for at, box in sheet.boxes.items()}
    rows, columns = (
        frozenset(n for n, kept in lines.items() if kept.get("hidden") in ("1", "true"))
        for lines in (sheet.rows, sheet.columns)
    )
    return SeenTab(cells, rows, columns, tuple(sheet.merged))


def _token(box: Box) -> str:
    if box.formula:
        return f"={box.formula}"
    if isinstance(box.value, str):
        return f"'{box.value}" if box.value else ""
    return "" if box.value is None else figure(box.value)
