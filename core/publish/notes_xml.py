"""Notes of one sheet: two parts belong together, the texts (comments) and the boxes they show in (VML)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.publish.addresses import cell_address, row_and_column
from core.publish.package import RELATION, Package
from core.publish.sheet_xml import Position, Sheet
from core.publish.workbook import AUTHOR, note_size
from core.publish.xml_spans import Element, Splice, escape, inside, prefix, read, splice

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>", re.DOTALL)
# Elements that stand after legacyDrawing in a sheet, by the schema.
_LATER = (
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
)
_NO_VML = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    b'</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    b'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" '
    b'o:connecttype="rect"/></v:shapetype></xml>'
)


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    element: Element


def read_notes(package: Package, part: str) -> dict[Position, Note]:
    comments = _part(package, part, "comments")
    if comments is None:
        return {}
    return {
        row_and_column(e.attributes["ref"]): Note(_words(e), e) for e in read(package.parts[comments]).all("comment")
    }


def write_notes(package: Package, sheet: Sheet, changes: Mapping[Position, str]) -> list[Splice]:
    """Writes, changes and removes (an empty text) notes; answers with what the sheet part needs for it."""
    if not changes:
        return []
    comments, vml, edits = _parts(package, sheet)
    standing = read_notes(package, sheet.part)
    data = package.parts[comments]
    root = read(data)
    texts, author = _author(data, root)
    added = b""
    boxes = package.parts[vml]
    for at, text in sorted(changes.items()):
        note = standing.get(at)
        if note and text:
            told = note.element.find("text")
            assert told is not None
            texts.append((told.start, told.end, _text(prefix(data, root), text)))
        elif note:
            texts.append((note.element.start, note.element.end, b""))
            boxes = _without_box(boxes, at)
        elif text:
            lead = prefix(data, root)
            head = f'<{lead}comment ref="{cell_address(*at)}" authorId="{author}">'.encode()
            added += head + _text(lead, text) + f"</{lead}comment>".encode()
            boxes = _with_box(boxes, at, text)
    where = root.find("commentList")
    assert where is not None
    package.write(comments, splice(data, [*texts, *([inside(data, where, added)] if added else [])]))
    package.write(vml, boxes)
    return edits


def _part(package: Package, part: str, kind: str) -> str | None:
    found = [r.target for r in package.relations(part) if r.kind == kind]
    return found[0] if found and found[0] in package.parts else None


def _parts(package: Package, sheet: Sheet) -> tuple[str, str, list[Splice]]:
    """The two parts, made when there are none."""
    edits: list[Splice] = []
    comments = _part(package, sheet.part, "comments")
    if comments is None:
        comments = package.new_name("xl/comments{}.xml")
        empty = f'<comments xmlns="{_MAIN}"><authors></authors><commentList></commentList></comments>'
        package.write(comments, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{empty}'.encode())
        package.declare(comments, _COMMENTS_TYPE)
        package.relate(sheet.part, "comments", comments)
    drawing = sheet.root.find("legacyDrawing")
    if drawing is not None:
        wanted = drawing.attributes.get("id")
        vml = next(r.target for r in package.relations(sheet.part) if r.id == wanted)
    else:
        vml = package.new_name("xl/drawings/vmlDrawing{}.vml")
        package.write(vml, _NO_VML)
        package.declare_extension("vml", _VML_TYPE)
        edits.append(_legacy_drawing(sheet, package.relate(sheet.part, "vmlDrawing", vml)))
    return comments, vml, edits


def _legacy_drawing(sheet: Sheet, relation: str) -> Splice:
    lead = prefix(sheet.data, sheet.root)
    new = f'<{lead}legacyDrawing xmlns:r="{RELATION.rstrip("/")}" r:id="{relation}"/>'.encode()
    later = next((e for e in sheet.root.children if e.tag in _LATER), None)
    return (later.start, later.start, new) if later else inside(sheet.data, sheet.root, new)


def _author(data: bytes, root: Element) -> tuple[list[Splice], int]:
    authors = root.find("authors")
    assert authors is not None
    names = [a.words for a in authors.children]
    if AUTHOR in names:
        return [], names.index(AUTHOR)
    lead = prefix(data, root)
    return [inside(data, authors, f"<{lead}author>{AUTHOR}</{lead}author>".encode())], len(names)


def _words(comment: Element) -> str:
    told = comment.find("text")
    texts = [t.words for t in told.all("t")] if told else []
    return "".join(texts).replace("\r\n", "\n")


def _text(lead: str, text: str) -> bytes:
    return f'<{lead}text><{lead}t xml:space="preserve">{escape(text)}</{lead}t></{lead}text>'.encode()


def _without_box(vml: bytes, at: Position) -> bytes:
    for shape in _SHAPE.finditer(vml):
        if _figure(shape[0], b"Row") == at[0] and _figure(shape[0], b"Column") == at[1]:
            return vml[: shape.start()] + vml[shape.end() :]
    return vml


def _with_box(vml: bytes, at: Position, text: str) -> bytes:
    taken = [int(n) for n in re.findall(rb"_x0000_s(\d+)", vml)]
    row, column = at
    size = note_size(text)
    lines = size["height"] // 20 + 1
    shape = (
        f'<v:shape id="_x0000_s{max(taken, default=1024) + 1}" type="#_x0000_t202" style="position:absolute;'
        f'width:{size["width"] * 0.75:g}pt;height:{size["height"] * 0.75:g}pt;visibility:hidden" '
        f'fillcolor="{size["color"]}" o:insetmode="auto"><v:fill color2="{size["color"]}"/>'
        '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox/>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{column + 1}, 15, {max(row - 1, 0)}, 2, {column + 5}, 5, {max(row - 1, 0) + lines}, 2</x:Anchor>"
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    ).encode()
    end = vml.rindex(b"</xml>")
    return vml[:end] + shape + vml[end:]


def _figure(shape: bytes, name: bytes) -> int:
    match = re.search(rb"<x:" + name + rb">\s*(\d+)\s*</x:" + name + rb">", shape)
    return int(match[1]) if match else -1
