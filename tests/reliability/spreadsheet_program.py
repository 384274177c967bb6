"""A small spreadsheet program that is not ours, in which a person works.

It does what Excel does with what nobody sees: names, trends, notes, merged cells and formulas follow inserted, deleted
and moved rows; sorting carries cells and notes and leaves names where they are; a copied tab gets names of its own.
"""

import copy
import re
import xml.etree.ElementTree as ET

from .open_workbook import MAIN, OFFICIAL, Box, Name, Sheet
from .rearranged import (
    At,
    Shift,
    formula_after,
    formula_carried,
    formula_renamed,
    quoted,
    ranked,
    sorted_as,
    stays,
)
from .saved_workbook import WORKBOOK, SavedWorkbook

_EMPTY = f'<worksheet xmlns="{MAIN.strip("{}")}"><sheetData/></worksheet>'


class SpreadsheetProgram(SavedWorkbook):
    def type(self, tab: str, at: At, value: float | str | None) -> None:
        box = self[tab].box(at)
        formula = isinstance(value, str) and value.startswith("=")
        box.formula, box.value = (str(value)[1:], 0.0) if formula else ("", value)

    def note(self, tab: str, at: At, text: str) -> None:
        self[tab].box(at).note = text

    def paint(self, tab: str, at: At, colour: str) -> None:
        fills = self._table("fills")
        pattern = ET.SubElement(ET.SubElement(fills, f"{MAIN}fill"), f"{MAIN}patternFill", patternType="solid")
        ET.SubElement(pattern, f"{MAIN}fgColor", rgb=f"FF{colour}")
        self._restyle(tab, at, fillId=str(len(fills) - 1), applyFill="1")

    def number_format(self, tab: str, at: At, code: str) -> None:
        formats = self._table("numFmts")
        new = str(max([163, *(int(f.attrib["numFmtId"]) for f in formats)]) + 1)
        ET.SubElement(formats, f"{MAIN}numFmt", numFmtId=new, formatCode=code)
        self._restyle(tab, at, numFmtId=new, applyNumberFormat="1")

    def _restyle(self, tab: str, at: At, **changes: str) -> None:
        box, styles = self[tab].box(at), self._table("cellXfs")
        new = copy.deepcopy(styles[box.style])
        new.attrib.update(changes)
        styles.append(new)
        box.style = len(styles) - 1

    def _table(self, tag: str) -> ET.Element:
        self.restyled = True
        found = self.styles.find(f"{MAIN}{tag}")
        if found is None:
            found = ET.Element(f"{MAIN}{tag}")
            self.styles.insert(0, found)
        return found

    def hide(self, tab: str, axis: str, at: int) -> None:
        sheet = self[tab]
        sheet.touched = True
        (sheet.rows if axis == "rows" else sheet.columns).setdefault(at, {})["hidden"] = "1"

    def merge(self, tab: str, first: At, last: At) -> None:
        self[tab].touched = True
        self[tab].merged.append((first, last))

    def insert(self, tab: str, axis: str, at: int, many: int, shift: Shift) -> None:
        """New rows and columns look like the one before them."""
        self.rearrange(tab, axis, shift)
        sheet, before = self[tab], at - 1
        for place, box in list(sheet.boxes.items()):
            if place[axis == "columns"] == before and box.style:
                for n in range(at, at + many):
                    sheet.boxes[(n, place[1]) if axis == "rows" else (place[0], n)] = Box(style=box.style)
        if axis == "columns" and before in sheet.columns:
            sheet.columns |= {n: dict(sheet.columns[before]) for n in range(at, at + many)}

    def rearrange(self, tab: str, axis: str, shift: Shift) -> None:
        rows, columns = (shift, stays) if axis == "rows" else (stays, shift)
        sheet = self[tab]
        self.changed = True
        sheet.boxes = {new: box for at, box in sheet.boxes.items() if (new := _to(at, rows, columns))}
        sheet.rows = {new: kept for old, kept in sheet.rows.items() if (new := rows(old)) is not None}
        sheet.columns = {new: kept for old, kept in sheet.columns.items() if (new := columns(old)) is not None}
        sheet.merged = [
            (top, end)
            for first, last in sheet.merged
            if (top := _to(first, rows, columns)) and (end := _to(last, rows, columns))
        ]
        for name in self.names:
            name.text = formula_after(name.text, "", tab, rows, columns)
        self._formulas_follow(tab, rows, columns)

    def _formulas_follow(self, tab: str, rows: Shift, columns: Shift) -> None:
        for sheet in self.sheets:
            for box in sheet.boxes.values():
                new = formula_after(box.formula, sheet.name, tab, rows, columns)
                sheet.touched |= new != box.formula
                box.formula = new
        for figures, cell in self[tab].trends:
            figures.text = formula_after(figures.text or "", tab, tab, rows, columns)
            cell.text = formula_after(cell.text or "", tab, tab, rows, columns)
        for groups in [e for e in self[tab].root.iter() if e.tag.endswith("}sparklineGroups")]:
            for group in [g for g in groups if "#REF!" in "".join(g.itertext())]:
                groups.remove(group)  # each trend of ours is a group of its own
        self[tab].touched = True

    def sort(self, tab: str, first: int, last: int, column: int, descending: bool) -> Shift:
        """Whole rows. Names, heights and hidden rows stay where they are."""
        sheet = self[tab]
        sheet.touched = True
        values = {row: sheet.boxes.get((row, column), Box()).value for row in range(first, last + 1)}
        shift = sorted_as(first, ranked(values, descending))
        carried = {}
        for (row, at), box in sheet.boxes.items():
            new = shift(row)
            assert new is not None
            box.formula = formula_carried(box.formula, new - row) if new != row else box.formula
            carried[new, at] = box
        sheet.boxes = carried
        return shift

    def rename(self, tab: str, new: str) -> None:
        sheet = self[tab]
        for name in self.names:
            name.text = formula_renamed(name.text, tab, new)
            name.of = new if name.of == tab else name.of
        for other in self.sheets:
            for box in other.boxes.values():
                renamed = formula_renamed(box.formula, tab, new)
                other.touched |= renamed != box.formula
                box.formula = renamed
        self._trends_renamed(sheet, tab, new)
        sheet.name, sheet.touched, self.changed = new, True, True

    def copy(self, tab: str, new: str, first: bool) -> None:
        """With names of the copy's own, as Excel makes them; before all tabs or after them."""
        sheet = copy.deepcopy(self[tab])
        sheet.name, sheet.touched, self.changed = new, True, True
        self._trends_renamed(sheet, tab, new)
        lost = sheet.root.find(f"{MAIN}legacyDrawing")
        if lost is not None:
            sheet.root.remove(lost)
        for shown in sheet.root.iter(f"{MAIN}sheetView"):
            shown.attrib.pop("tabSelected", None)
        theirs = [n for n in self.names if f"{quoted(tab)}!" in n.text and n.of in (None, tab)]
        self.names += [Name(n.name, formula_renamed(n.text, tab, new), n.hidden, new) for n in theirs]
        self._take_in(sheet, first)

    def _trends_renamed(self, sheet: Sheet, old: str, new: str) -> None:
        for figures, _ in sheet.trends:
            figures.text = formula_renamed(figures.text or "", old, new)

    def _take_in(self, sheet: Sheet, first: bool = False) -> None:
        sheet.number = max(s.number for s in self.sheets) + 1
        kind = f"{OFFICIAL}worksheet+xml"
        sheet.part = self.add("xl/worksheets/sheet{}.xml", b"", "worksheet", WORKBOOK, kind)[1]
        self.sheets.insert(0 if first else len(self.sheets), sheet)

    def delete(self, tab: str) -> None:
        gone = self[tab]
        if len(self.sheets) == 1:
            self._take_in(Sheet("Ideas", 0, "", ET.fromstring(_EMPTY), touched=True))
        for kind in ("comments", "vmlDrawing"):
            if part := self.part_of(gone, kind):
                self.drop(part, gone.part)
        self.drop(gone.part, WORKBOOK)
        self.sheets.remove(gone)
        self.changed = True
        self.names = [n for n in self.names if n.of != tab]
        for name in self.names:
            name.text = re.sub(re.escape(quoted(tab)) + r"!\$?[A-Z]+\$?\d+", "#REF!", name.text)

    def forget_names(self) -> None:
        """What programs do that know no hidden names."""
        self.names, self.changed = [n for n in self.names if not n.hidden], True


def _to(at: At, rows: Shift, columns: Shift) -> At | None:
    row, column = rows(at[0]), columns(at[1])
    return None if row is None or column is None else (row, column)
