"""A workbook as another program saves it: what was touched in that program's own spelling, the rest as it was."""

import posixpath
import xml.etree.ElementTree as ET
import zipfile

from .open_workbook import MAIN, OFFICE, OFFICIAL, Box, OpenWorkbook, Sheet, relations_of
from .rearranged import At, address

WORKBOOK = "xl/workbook.xml"
_TYPES = "[Content_Types].xml"
_TYPE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_AFTER_MERGED = ("printOptions", "pageMargins", "pageSetup", "headerFooter", "drawing", "legacyDrawing", "extLst")
_AFTER_DRAWING = ("legacyDrawingHF", "picture", "oleObjects", "tableParts", "extLst")
_BOXES = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" '
    'o:spt="202" path="m,l,21600r21600,l21600,xe"/>{}</xml>'
)
_BOX = (
    '<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="visibility:hidden" fillcolor="#ffffe1"><v:textbox/>'
    '<x:ClientData ObjectType="Note"><x:Anchor>{column}, 15, {row}, 2, {right}, 5, {bottom}, 2</x:Anchor>'
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


class SavedWorkbook(OpenWorkbook):
    def save(self) -> None:
        """Only the parts of what was touched are written anew."""
        for sheet in self.sheets:
            if sheet.touched:
                self._save_notes(sheet)
                self.parts[sheet.part] = _written(self._sheet_root(sheet))
        self._save_strings()
        self._save_order_of_formulas()
        if self.changed:
            self._save_book()
        if self.restyled:
            for table in ("numFmts", "fonts", "fills", "borders", "cellXfs"):
                if (found := self.styles.find(f"{MAIN}{table}")) is not None:
                    found.set("count", str(len(found)))
            self.parts["xl/styles.xml"] = _written(self.styles)
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                archive.writestr(name, data)

    def _sheet_root(self, sheet: Sheet) -> ET.Element:
        root = sheet.root
        table = root.find(f"{MAIN}sheetData")
        assert table is not None
        table.clear()
        full = {at: box for at, box in sheet.boxes.items() if box.style or box.formula or box.value not in (None, "")}
        lines: dict[int, list[int]] = {row: [] for row in sheet.rows}
        for row, column in sorted(full):
            lines.setdefault(row, []).append(column)
        for row in sorted(lines):
            line = ET.SubElement(table, f"{MAIN}row", {"r": str(row + 1), **sheet.rows.get(row, {})})
            for column in lines[row]:
                self._add_cell(line, (row, column), full[row, column])
        if full:
            last = (max(r for r, _ in full), max(c for _, c in full))
            _element(root, "dimension", ("sheetViews",)).set("ref", f"A1:{address(last)}")
        self._save_columns_and_merged(sheet)
        return root

    def _add_cell(self, line: ET.Element, at: At, box: Box) -> None:
        cell = ET.SubElement(line, f"{MAIN}c", {"r": address(at), "s": str(box.style)})
        if box.formula:
            ET.SubElement(cell, f"{MAIN}f").text = box.formula
        if isinstance(box.value, str) and box.value and not box.formula:
            if box.value not in self.strings:
                self.strings.append(box.value)
            cell.set("t", "s")
            ET.SubElement(cell, f"{MAIN}v").text = str(self.strings.index(box.value))
        elif box.value is not None and box.value != "":
            ET.SubElement(cell, f"{MAIN}v").text = f"{box.value!r}".removesuffix(".0")

    def _save_columns_and_merged(self, sheet: Sheet) -> None:
        if sheet.columns:
            table = _element(sheet.root, "cols", ("sheetData",))
            table.clear()
            for n, kept in sorted(sheet.columns.items()):
                ET.SubElement(table, f"{MAIN}col", {"min": str(n + 1), "max": str(n + 1), "width": "9", **kept})
        old = sheet.root.find(f"{MAIN}mergeCells")
        if old is not None:
            sheet.root.remove(old)
        if sheet.merged:
            table = _element(sheet.root, "mergeCells", _AFTER_MERGED)
            for first, last in sheet.merged:
                ET.SubElement(table, f"{MAIN}mergeCell", ref=f"{address(first)}:{address(last)}")

    def _save_notes(self, sheet: Sheet) -> None:
        """Both parts anew; a sheet without notes has neither."""
        notes = {at: box.note for at, box in sorted(sheet.boxes.items()) if box.note}
        for kind in ("comments", "vmlDrawing"):
            if part := self.part_of(sheet, kind):
                self.drop(part, sheet.part)
        old = sheet.root.find(f"{MAIN}legacyDrawing")
        if old is not None:
            sheet.root.remove(old)
        if not notes:
            return
        root = ET.Element(f"{MAIN}comments")
        ET.SubElement(ET.SubElement(root, f"{MAIN}authors"), f"{MAIN}author").text = "a colleague"
        listed = ET.SubElement(root, f"{MAIN}commentList")
        for at, text in notes.items():
            comment = ET.SubElement(listed, f"{MAIN}comment", ref=address(at), authorId="0")
            ET.SubElement(ET.SubElement(comment, f"{MAIN}text"), f"{MAIN}t").text = text
        self.add("xl/comments{}.xml", _written(root), "comments", sheet.part, f"{OFFICIAL}comments+xml")
        shapes = (
            _BOX.format(id=1025 + n, row=r, column=c, right=c + 3, bottom=r + 4) for n, (r, c) in enumerate(notes)
        )
        boxes = _BOXES.format("".join(shapes)).encode()
        relation, _ = self.add("xl/drawings/vmlDrawing{}.vml", boxes, "vmlDrawing", sheet.part)
        _element(sheet.root, "legacyDrawing", _AFTER_DRAWING).set(f"{{{OFFICE}}}id", relation)

    def _save_strings(self) -> None:
        if len(self.strings) == self._known_strings:
            return
        name = "xl/sharedStrings.xml"
        if name not in self.parts:  # some programs write every text into its cell
            self.add(
                name, _written(ET.Element(f"{MAIN}sst")), "sharedStrings", WORKBOOK, f"{OFFICIAL}sharedStrings+xml"
            )
        root = ET.fromstring(self.parts[name])
        for text in self.strings[self._known_strings :]:
            told = ET.SubElement(ET.SubElement(root, f"{MAIN}si"), f"{MAIN}t")
            told.text = text
            told.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        root.set("uniqueCount", str(len(self.strings)))
        self.parts[name] = _written(root)

    def _save_order_of_formulas(self) -> None:
        formulas = [(at, sheet.number) for sheet in self.sheets for at, box in sheet.boxes.items() if box.formula]
        chain = next((n for n in self.parts if n.endswith("calcChain.xml")), None)
        if chain:
            self.drop(chain, WORKBOOK)
        if formulas:
            root = ET.Element(f"{MAIN}calcChain")
            for at, number in formulas:
                ET.SubElement(root, f"{MAIN}c", r=address(at), i=str(number))
            kind = f"{OFFICIAL}calcChain+xml"
            self.add("xl/calcChain.xml", _written(root), "calcChain", WORKBOOK, kind)

    def _save_book(self) -> None:
        table = self.book.find(f"{MAIN}sheets")
        assert table is not None
        known = {self.target(WORKBOOK, r): r.attrib["Id"] for r in self.relations(WORKBOOK)}
        table.clear()
        for sheet in self.sheets:
            told = {"name": sheet.name, "sheetId": str(sheet.number), f"{{{OFFICE}}}id": known[sheet.part]}
            ET.SubElement(table, f"{MAIN}sheet", told)
        names = _element(self.book, "definedNames", ("calcPr", "extLst"))
        names.clear()
        order = [sheet.name for sheet in self.sheets]
        for name in self.names:
            own = {"localSheetId": str(order.index(name.of))} if name.of else {}
            hidden = {"hidden": "1"} if name.hidden else {}
            ET.SubElement(names, f"{MAIN}definedName", {"name": name.name, **own, **hidden}).text = name.text
        if not self.names:
            self.book.remove(names)
        for view in self.book.iter(f"{MAIN}workbookView"):
            view.attrib.pop("activeTab", None)
            view.attrib.pop("firstSheet", None)
        self.parts[WORKBOOK] = _written(self.book)

    def add(self, pattern: str, data: bytes, kind: str, owner: str, content_type: str = "") -> tuple[str, str]:
        """A new part and its relation: the id of the one, the name of the other."""
        part = next(p for n in range(1, 1000) if (p := pattern.format(n)) not in self.parts)
        self.parts[part] = data
        if content_type:
            types = ET.fromstring(self.parts[_TYPES])
            ET.SubElement(types, f"{_TYPE}Override", PartName=f"/{part}", ContentType=content_type)
            self.parts[_TYPES] = _written(types)
        told = self.parts.get(relations_of(owner))
        root = ET.fromstring(told) if told else ET.Element(f"{_RELATION}Relationships")
        taken = {r.attrib["Id"] for r in root}
        new = next(f"rId{n}" for n in range(1, 1000) if f"rId{n}" not in taken)
        target = posixpath.relpath(part, posixpath.dirname(owner))
        ET.SubElement(root, f"{_RELATION}Relationship", Id=new, Type=f"{OFFICE}/{kind}", Target=target)
        self.parts[relations_of(owner)] = _written(root)
        return new, part

    def drop(self, part: str, owner: str) -> None:
        self.parts.pop(part)
        self.parts.pop(relations_of(part), None)
        types, relations = (ET.fromstring(self.parts[name]) for name in (_TYPES, relations_of(owner)))
        for declared in [e for e in types if e.attrib.get("PartName") == f"/{part}"]:
            types.remove(declared)
        for relation in [e for e in relations if self.target(owner, e) == part]:
            relations.remove(relation)
        self.parts[_TYPES] = _written(types)
        self.parts[relations_of(owner)] = _written(relations)


def _element(root: ET.Element, tag: str, later: tuple[str, ...]) -> ET.Element:
    """The child of this name, put before those that the schema wants later where it is missing."""
    found = root.find(f"{MAIN}{tag}")
    if found is None:
        found = ET.Element(f"{MAIN}{tag}")
        after = [n for n, e in enumerate(root) if e.tag.removeprefix(MAIN) in later]
        root.insert(after[0] if after else len(root), found)
    return found


def _written(root: ET.Element) -> bytes:
    told: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    for prefixed, plain in ((b"<ns0:", b"<"), (b"</ns0:", b"</"), (b"xmlns:ns0=", b"xmlns=")):
        told = told.replace(prefixed, plain)
    return told
