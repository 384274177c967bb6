"""A workbook as another program holds it when it has opened it."""

import posixpath
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from .rearranged import At, place_of

_MAIN_URI = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN, _XM = f"{{{_MAIN_URI}}}", "{http://schemas.microsoft.com/office/excel/2006/main}"
OFFICIAL = "application/vnd.openxmlformats-officedocument.spreadsheetml."
for _prefix, _uri in (
    ("", _MAIN_URI),
    ("r", OFFICE),
    ("xm", _XM.strip("{}")),
    ("x14", "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"),
):
    ET.register_namespace(_prefix, _uri)


@dataclass
class Box:
    """One cell. `value` is a number, a text or nothing; a formula stands without its `=`."""

    value: float | str | None = None
    style: int = 0
    formula: str = ""
    note: str = ""


@dataclass
class Name:
    name: str
    text: str
    hidden: bool
    of: str | None  # the tab it belongs to, where it is one tab's own


@dataclass
class Sheet:
    name: str
    number: int
    part: str
    root: ET.Element
    boxes: dict[At, Box] = field(default_factory=dict)
    rows: dict[int, dict[str, str]] = field(default_factory=dict)
    columns: dict[int, dict[str, str]] = field(default_factory=dict)
    merged: list[tuple[At, At]] = field(default_factory=list)
    touched: bool = False

    @property
    def trends(self) -> list[tuple[ET.Element, ET.Element]]:
        """Figures and cell of each sparkline."""
        lines = [line for line in self.root.iter() if line.tag.endswith("}sparkline")]
        return [(line[0], line[1]) for line in lines]

    def box(self, at: At) -> Box:
        """For changing it; a cell that was not there looks like its column."""
        self.touched = True
        return self.boxes.setdefault(at, Box(style=int(self.columns.get(at[1], {}).get("style", 0))))


class OpenWorkbook:
    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.related = {r.attrib["Id"]: r for r in self.relations("xl/workbook.xml")}
        self.book = ET.fromstring(self.parts["xl/workbook.xml"])
        self.styles = ET.fromstring(self.parts["xl/styles.xml"])
        self.strings = _strings(self.parts.get("xl/sharedStrings.xml"))
        self._known_strings = len(self.strings)
        self.changed, self.restyled = False, False
        self.sheets = [self._sheet(e) for e in self.book.find(f"{MAIN}sheets") or ()]
        self.names = [self._name(e) for e in self.book.iter(f"{MAIN}definedName")]

    def __getitem__(self, name: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.name == name)

    def relations(self, part: str) -> list[ET.Element]:
        told = self.parts.get(relations_of(part))
        return list(ET.fromstring(told)) if told else []

    def target(self, part: str, relation: ET.Element) -> str:
        told = relation.attrib["Target"]
        folder = posixpath.dirname(part)
        return told.lstrip("/") if told.startswith("/") else posixpath.normpath(posixpath.join(folder, told))

    def part_of(self, sheet: Sheet, kind: str) -> str | None:
        found = [r for r in self.relations(sheet.part) if r.attrib["Type"].endswith(f"/{kind}")]
        return self.target(sheet.part, found[0]) if found else None

    def _sheet(self, element: ET.Element) -> Sheet:
        part = self.target("xl/workbook.xml", self.related[element.attrib[f"{{{OFFICE}}}id"]])
        root = ET.fromstring(self.parts[part])
        sheet = Sheet(element.attrib["name"], int(element.attrib["sheetId"]), part, root)
        for row in root.find(f"{MAIN}sheetData") or ():
            sheet.rows[int(row.attrib["r"]) - 1] = {k: v for k, v in row.attrib.items() if k not in ("r", "spans")}
            for cell in row:
                sheet.boxes[place_of(cell.attrib["r"])] = self._box(cell)
        for columns in root.iter(f"{MAIN}col"):
            kept = {k: v for k, v in columns.attrib.items() if k not in ("min", "max")}
            for n in range(int(columns.attrib["min"]) - 1, min(int(columns.attrib["max"]), 400)):
                sheet.columns[n] = dict(kept)
        for merged in root.iter(f"{MAIN}mergeCell"):
            first, _, last = merged.attrib["ref"].partition(":")
            sheet.merged.append((place_of(first), place_of(last)))
        if notes := self.part_of(sheet, "comments"):
            for note in ET.fromstring(self.parts[notes]).iter(f"{MAIN}comment"):
                text = "".join(t.text or "" for t in note.iter(f"{MAIN}t"))
                sheet.boxes.setdefault(place_of(note.attrib["ref"]), Box()).note = text
        return sheet

    def _box(self, cell: ET.Element) -> Box:
        formula, raw = cell.find(f"{MAIN}f"), cell.find(f"{MAIN}v")
        box = Box(style=int(cell.attrib.get("s", 0)), formula=(formula.text or "") if formula is not None else "")
        kind, told = cell.attrib.get("t", "n"), raw.text if raw is not None else None
        if kind == "inlineStr":
            box.value = "".join(t.text or "" for t in cell.iter(f"{MAIN}t"))
        elif told:
            box.value = self.strings[int(told)] if kind == "s" else told if kind in ("str", "e") else float(told)
        return box

    def _name(self, element: ET.Element) -> Name:
        own = element.attrib.get("localSheetId")
        of = self.sheets[int(own)].name if own else None
        return Name(element.attrib["name"], element.text or "", element.attrib.get("hidden") == "1", of)


def relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _strings(data: bytes | None) -> list[str]:
    if data is None:
        return []
    return ["".join(t.text or "" for t in item.iter(f"{MAIN}t")) for item in ET.fromstring(data)]
