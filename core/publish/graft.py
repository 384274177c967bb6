"""A new tab for a workbook that people have made their own: made apart, then set in as its last tab."""

from pathlib import Path

from core.errors import PublishError
from core.grid import HEAD_ROWS, Grid
from core.publish.book_xml import Anchor, add_anchors, add_tab, tabs
from core.publish.package import Package, open_package
from core.publish.sheet_xml import encoded, read_strings
from core.publish.styles_xml import Styles
from core.publish.workbook import anchors, create
from core.publish.xml_spans import Element, prefix, read, splice, with_attribute

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"


def graft(package: Package, grid: Grid, styles_part: str, where: str) -> None:
    """Adds the tab; every other tab stays byte for byte."""
    if any(tab.name.lower() == grid.name.lower() for tab in tabs(package)):
        raise PublishError(
            f"{where}: there is a tab {grid.name} that does not hold the {grid.page.noun}s of {grid.page.span}; "
            "it was left as it is.",
            next_step="Rename it, then publish again.",
        )
    source = open_package(create([grid]), Path(where))
    sheet = tabs(source)[0].part
    styles, others = Styles(package.parts[styles_part]), Styles(source.parts["xl/styles.xml"])
    if prefix(styles.data, styles.root):
        raise PublishError(
            f"{where} was saved by a program whose files cannot take a new tab.",
            next_step="Save it once with Excel or LibreOffice, or move it away: the next publish makes a new one.",
        )
    data = _translated(source.parts[sheet], styles, others, read_strings(source.parts.get("xl/sharedStrings.xml")))
    package.write(styles_part, styles.to_bytes())
    part = package.new_name("xl/worksheets/sheet{}.xml")
    package.write(part, data)
    package.declare(part, _SHEET_TYPE)
    _notes(package, source, sheet, part)
    relation = package.relate(package.workbook, "worksheet", part)
    top, left = len(HEAD_ROWS), len(grid.left)
    add_tab(package, grid.name, relation, ((top - 2, top - 1), (0, left - 2)))
    add_anchors(package, ((name, Anchor(grid.name, row, column)) for name, row, column in anchors(grid)))


def _translated(data: bytes, styles: Styles, others: Styles, strings: list[str]) -> bytes:
    """Styles by their new numbers, texts inline, and not the tab that is shown first."""
    root = read(data)
    edits = []
    for cell in root.all("c"):
        new = _cell(data, cell, styles, others, strings)
        edits.append((cell.start, cell.end, new))
    for shown in root.all("sheetView"):
        edits.append((shown.start, shown.inner, with_attribute(data, shown, "tabSelected", "0")))
    return splice(data, edits)


def _cell(data: bytes, cell: Element, styles: Styles, others: Styles, strings: list[str]) -> bytes:
    style = styles.take(others, int(cell.attributes.get("s", 0)))
    address, value = cell.attributes["r"], cell.find("v")
    if value is None:
        return f'<c r="{address}" s="{style}"/>'.encode()
    if cell.attributes.get("t") == "s":
        text = encoded(strings[int(value.text)])
        told = f'<is><t xml:space="preserve">{text}</t></is>'
        return f'<c r="{address}" s="{style}" t="inlineStr">{told}</c>'.encode()
    return f'<c r="{address}" s="{style}"><v>{value.text}</v></c>'.encode()


def _notes(package: Package, source: Package, sheet: str, part: str) -> None:
    """The two parts of the notes. Relations are numbered as the sheet names them."""
    for relation in source.relations(sheet):
        if relation.kind == "vmlDrawing":
            target = package.new_name("xl/drawings/vmlDrawing{}.vml")
            package.declare_extension("vml", _VML_TYPE)
        else:
            target = package.new_name("xl/comments{}.xml")
            package.declare(target, _COMMENTS_TYPE)
        package.write(target, source.parts[relation.target])
        package.relate(part, relation.kind, target)
