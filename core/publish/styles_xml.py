"""The styles part: which cell looks how, and the style for a cell that changes its look.

A person's own formatting is merged, not replaced: number format, fill and ink change only where they still
stand as we left them. Every style we need is in the part since the workbook was made; only a file that another
program has saved and thinned out gets new ones, at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.looks import Look
from core.publish.palette import PAINT, colours, marked, plain
from core.publish.xml_spans import Element, Splice, escape, inside, prefix, prefixed, read, splice, with_attribute

_BUILT_IN = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 49: "@"}
_KEPT = ("borderId", "xfId")


@dataclass(frozen=True, slots=True)
class Face:
    """What the eye sees of a style, as far as we paint it."""

    code: str  # number format, without quotes, backslashes and spaces, which programs write as they like
    fill: str  # six hexadecimal digits; empty for none, "?" for a theme's
    ink: str
    bold: bool


class Styles:
    """The tables of the part, with what is added to them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.root = read(data)
        self._tables = {tag: self._raw(tag) for tag in ("fonts", "fills", "borders", "cellXfs")}
        self._sizes = {tag: len(raw) for tag, raw in self._tables.items()}
        self.formats = dict(_BUILT_IN)
        formats = self.root.find("numFmts")
        self.formats |= {int(e.attributes["numFmtId"]): e.attributes["formatCode"] for e in _children(formats)}
        self._new_formats: dict[int, str] = {}
        self._faces: dict[int, Face] = {}
        self._dressed: dict[tuple[int, Look, Look | None], int] = {}

    @property
    def count(self) -> int:
        return len(self._tables["cellXfs"])

    def face(self, style: int) -> Face:
        if style not in self._faces:
            xf = read(self._tables["cellXfs"][style]).attributes
            font = read(self._tables["fonts"][int(xf.get("fontId", 0))])
            fill = read(self._tables["fills"][int(xf.get("fillId", 0))])
            code = self.formats.get(int(xf.get("numFmtId", 0)), "General")
            self._faces[style] = Face(plain(code), _fill_colour(fill), _colour(font.find("color")), _is_on(font, "b"))
        return self._faces[style]

    def shows(self, style: int, look: Look) -> bool:
        return style < self.count and self.face(style) == face_of(look)

    def is_plain(self, style: int) -> bool:
        """An empty cell that looks so is nobody's."""
        return style >= self.count or (self.face(style).fill, self.face(style).code) == ("", "General")

    def dress(self, style: int, look: Look, was: Look | None) -> int:
        """The style that shows `look`, with everything of the old one that is not ours."""
        key = (style, look, was)
        if key not in self._dressed:
            self._dressed[key] = self._find_or_add(
                style if style < self.count else 0, self._merge(style, look, was), look
            )
        return self._dressed[key]

    def wear(self, style: int, look: Look) -> int:
        """The same for a cell that is new: the style is another cell's, and a person's colours there are not meant."""
        return self._find_or_add(style if style < self.count else 0, face_of(look), look)

    def take(self, other: "Styles", style: int) -> int:
        """A style of another workbook, with its font, fill, border and number format."""
        raw = other._tables["cellXfs"][style]
        xf = read(raw).attributes
        ids = {"numFmtId": self._format_id(other.formats.get(int(xf["numFmtId"]), "General"))}
        for name, table in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
            ids[name] = self._add(table, other._tables[table][int(xf[name])])
        return self._add("cellXfs", _with(raw, {**ids, "xfId": 0}))

    def to_bytes(self) -> bytes:
        """The part as it was, when nothing was added."""
        edits: list[Splice] = []
        for tag, raw in self._tables.items():
            new = b"".join(raw[self._sizes[tag] :])
            if new:
                edits += self._grown(tag, new, len(raw))
        return splice(self.data, edits + self._format_edits())

    def _merge(self, style: int, look: Look, was: Look | None) -> Face:
        seen, due = self.face(style if style < self.count else 0), face_of(look)
        left, ours = face_of(was) if was else None, colours()
        code = (
            due.code if _is_ours(seen.code, left.code if left else None, "General") or marked(seen.code) else seen.code
        )
        fill = due.fill if _is_ours(seen.fill, left.fill if left else None, "") or seen.fill in ours else seen.fill
        inked = _is_ours(seen.ink, left.ink if left else None, "") or seen.ink in ours
        bold = due.bold if inked and (left is None or seen.bold == left.bold) else seen.bold
        return Face(code, fill, due.ink if inked else seen.ink, bold)

    def _find_or_add(self, style: int, face: Face, look: Look) -> int:
        old = read(self._tables["cellXfs"][style])
        for other in range(self.count):
            if self.face(other) == face and self._same_otherwise(old, other):
                return other
        raw, seen = self._tables["cellXfs"][style], self.face(style)
        ids: dict[str, int] = {}
        if face.code != seen.code:
            ids |= {"numFmtId": self._format_id(look.code or "General"), "applyNumberFormat": 1}
        if face.fill != seen.fill:
            ids |= {"fillId": self._add("fills", self._fill(face.fill)), "applyFill": 1}
        if (face.ink, face.bold) != (seen.ink, seen.bold):
            font = self._tables["fonts"][int(old.attributes.get("fontId", 0))]
            ids |= {"fontId": self._add("fonts", self._font(font, face)), "applyFont": 1}
        return self._add("cellXfs", _with(raw, ids))

    def _same_otherwise(self, old: Element, other: int) -> bool:
        new = read(self._tables["cellXfs"][other])
        if any(old.attributes.get(k, "0") != new.attributes.get(k, "0") for k in _KEPT):
            return False
        fonts = [read(self._tables["fonts"][int(e.attributes.get("fontId", 0))]) for e in (old, new)]
        sides = [{c.tag: dict(c.attributes) for c in e.children} for e in (old, new)]
        letters = [{c.tag: dict(c.attributes) for c in f.children if c.tag not in ("color", "b")} for f in fonts]
        return sides[0] == sides[1] and letters[0] == letters[1]

    def _fill(self, colour: str) -> bytes:
        lead = self._lead
        if not colour:
            return self._tables["fills"][0]
        return (
            f'<{lead}fill><{lead}patternFill patternType="solid"><{lead}fgColor rgb="FF{colour}"/>'
            f'<{lead}bgColor indexed="64"/></{lead}patternFill></{lead}fill>'
        ).encode()

    def _font(self, raw: bytes, face: Face) -> bytes:
        font, lead = read(raw), self._lead
        edits = [(e.start, e.end, b"") for e in font.children if e.tag in ("color", "b")]
        stripped = splice(raw, edits)
        size = read(stripped).find("sz")
        colour = f'<{lead}color rgb="FF{face.ink}"/>'.encode()
        done = splice(stripped, [(size.end, size.end, colour)] if size else [inside(stripped, read(stripped), colour)])
        # Bold comes first in a font, by the schema.
        first = read(done).inner
        return splice(done, [(first, first, f"<{lead}b/>".encode())] if face.bold else [])

    def _format_id(self, code: str) -> int:
        for known, written in self.formats.items():
            if written == code:
                return known
        new = max(163, *self.formats) + 1
        self.formats[new] = self._new_formats[new] = code
        return new

    def _add(self, table: str, raw: bytes) -> int:
        if raw not in self._tables[table]:
            self._tables[table].append(raw)
        return self._tables[table].index(raw)

    def _raw(self, tag: str) -> list[bytes]:
        return [self.data[e.start : e.end] for e in _children(self.root.find(tag))]

    @property
    def _lead(self) -> str:
        return prefix(self.data, self.root)

    def _grown(self, tag: str, new: bytes, count: int) -> list[Splice]:
        table = self.root.find(tag)
        assert table is not None
        head = with_attribute(self.data, table, "count", str(count))
        if table.inner_end != table.end:
            return [(table.start, table.inner, head), inside(self.data, table, new)]
        close = b"</" + prefixed(self.data, table) + b">"
        return [(table.start, table.end, head.removesuffix(b"/>").rstrip() + b">" + new + close)]

    def _format_edits(self) -> list[Splice]:
        if not self._new_formats:
            return []
        lead, table = self._lead, self.root.find("numFmts")
        new = "".join(
            f'<{lead}numFmt numFmtId="{number}" formatCode="{escape(code)}"/>'
            for number, code in self._new_formats.items()
        )
        if table is not None:
            return self._grown("numFmts", new.encode(), len(table.children) + len(self._new_formats))
        whole = f'<{lead}numFmts count="{len(self._new_formats)}">{new}</{lead}numFmts>'
        return [(self.root.inner, self.root.inner, whole.encode())]


def face_of(look: Look) -> Face:
    paint = PAINT[look.tone]
    return Face(plain(look.code or "General"), paint.fill.lstrip("#"), paint.ink.lstrip("#"), paint.bold)


def _is_ours(seen: str, left: str | None, untouched: str) -> bool:
    return seen == (untouched if left is None else left)


def _children(table: Element | None) -> list[Element]:
    return table.children if table else []


def _fill_colour(fill: Element) -> str:
    pattern = fill.find("patternFill")
    if pattern is None:
        return "?"
    if pattern.attributes.get("patternType", "none") == "none":
        return ""
    return _colour(pattern.find("fgColor")) if pattern.attributes["patternType"] == "solid" else "?"


def _colour(element: Element | None) -> str:
    if element is None:
        return ""
    return element.attributes["rgb"][-6:].upper() if "rgb" in element.attributes else "?"


def _is_on(font: Element, tag: str) -> bool:
    element = font.find(tag)
    return element is not None and element.attributes.get("val", "1") not in ("0", "false")


def _with(raw: bytes, attributes: Mapping[str, int]) -> bytes:
    for name, value in attributes.items():
        element = read(raw)
        raw = splice(raw, [(element.start, element.inner, with_attribute(raw, element, name, str(value)))])
    return raw
