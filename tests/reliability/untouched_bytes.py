"""Which bytes of a workbook a publish may change, and of which parts; every other byte stays.

- The tab's sheet part: our `<c>` elements; the rows it adds; the sheet's stated size and the week it opens at; a
  trend for a new row; the mention of its notes where it had none. Why: there our numbers stand.
- Its notes and their boxes: those of our cells.
- The styles: new ones at the end of each table, where a cell of ours needs one that people's work has made necessary.
- The workbook: hidden names of new rows and columns, a new year's tab, and the wish to compute formulas on opening,
  because people's formulas hold the values they had.
- Relations and content types: a line for each new part. The order of formulas goes when one of them is overwritten,
  because Excel takes a file for damaged that names a formula which is none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .open_workbook import OpenWorkbook, relations_of
from .rearranged import At, place_of

Parts = Mapping[str, bytes]
_CELL = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
_ROW = re.compile(rb'<row r="(\d+)"[^>]*></row>')
_EMPTY_ROW = re.compile(rb"<row ([^>]*?)\s*/>")
_SIZE = re.compile(rb'<dimension ref="[^"]*"\s*/>')
_OPENS_AT = re.compile(rb'(<pane [^>]*?topLeftCell=")[^"]*')
_TREND = re.compile(rb"<x14:sparkline>.*?<xm:sqref>([A-Z]+\d+)</xm:sqref></x14:sparkline>", re.DOTALL)
_HAS_NOTES = re.compile(rb"<legacyDrawing [^>]*/>")
_NOTE = re.compile(rb'<comment ref="([A-Z]+\d+)".*?</comment>', re.DOTALL)
_AUTHOR = re.compile(rb"<author>KPI Factory</author>|</?authors>|<authors ?/>")
_BOX = re.compile(rb"<(?:v:|ns\d:)?shape\s.*?</(?:v:|ns\d:)?shape>", re.DOTALL)
_FIGURE = rb":%s>\s*(\d+)\s*<"
_NAME = re.compile(rb"<definedName [^>]*>[^<]*</definedName>")
_NAMES = re.compile(rb"</?definedNames>|<definedNames ?/>")
_TAB = re.compile(rb"<sheet [^>]*/>")
_COMPUTE = re.compile(rb' fullCalcOnLoad="1"')
_EMPTY = re.compile(rb"(<Relationships [^>]*?)\s*/>")
_LINE = re.compile(rb"<(?:Relationship|Override|Default) [^>]*/>")


@dataclass(frozen=True)
class OwnedPlaces:
    cells: set[At]
    new_rows: set[int]


def compare(old: Parts, new: Parts, book: OpenWorkbook, owned: Mapping[str, OwnedPlaces], added_tabs: bool) -> None:
    """`book` is the workbook after the publish."""
    allowed: dict[str, Callable[[bytes, bytes], None]] = {
        "xl/workbook.xml": lambda a, b: _book(a, b, added_tabs=added_tabs),
        "xl/styles.xml": _styles,
        "[Content_Types].xml": _lines,
        "xl/_rels/workbook.xml.rels": _lines,
    }
    may_come: set[str] = set()
    for sheet in book.sheets:
        if places := owned.get(sheet.name):
            allowed |= {sheet.part: _sheet_part(places), relations_of(sheet.part): _lines}
            may_come |= {relations_of(sheet.part)}
            for kind in ("comments", "vmlDrawing"):
                if part := book.part_of(sheet, kind):
                    allowed[part] = _notes(places) if kind == "comments" else _boxes(places)
                    may_come.add(part)
        elif sheet.part not in old:
            may_come |= {sheet.part, relations_of(sheet.part)}
            may_come |= {part for kind in ("comments", "vmlDrawing") if (part := book.part_of(sheet, kind))}
    assert {part for part in old if part not in new} <= {"xl/calcChain.xml"}
    assert new.keys() - old.keys() <= may_come, new.keys() - old.keys()
    for part in old.keys() & new.keys():
        if old[part] != new[part]:
            assert part in allowed, f"{part} is none of our business"
            allowed[part](old[part], new[part])


def _sheet_part(places: OwnedPlaces) -> Callable[[bytes, bytes], None]:
    def check(old: bytes, new: bytes) -> None:
        rows = set(_ROW.findall(_stripped(old, places)))

        def added(match: re.Match[bytes]) -> bytes:
            row = int(match[1]) - 1
            return b"" if row in places.new_rows and match[1] not in rows else match[0]

        rest = _ROW.sub(added, _stripped(new, places))
        if not _HAS_NOTES.search(old):
            rest = _HAS_NOTES.sub(b"", rest)
        _same(_closed(_stripped(old, places), places), _closed(rest, places))

    return check


def _closed(data: bytes, places: OwnedPlaces) -> bytes:
    """Without the trends of new rows."""
    return _TREND.sub(lambda m: b"" if place_of(m[1].decode())[0] in places.new_rows else m[0], data)


def _stripped(data: bytes, places: OwnedPlaces) -> bytes:
    """Without our cells, and without what states how large the sheet is and where it opens."""
    data = _CELL.sub(lambda m: b"" if place_of(m[1].decode()) in places.cells else m[0], data)
    data = _EMPTY_ROW.sub(rb"<row \1></row>", data)
    return _OPENS_AT.sub(rb"\1", _SIZE.sub(b"<dimension/>", data))


def _notes(places: OwnedPlaces) -> Callable[[bytes, bytes], None]:
    def theirs(data: bytes) -> bytes:
        data = _AUTHOR.sub(b"", data)
        return _NOTE.sub(lambda m: b"" if place_of(m[1].decode()) in places.cells else m[0], data)

    return lambda old, new: _same(theirs(old), theirs(new))


def _boxes(places: OwnedPlaces) -> Callable[[bytes, bytes], None]:
    def theirs(data: bytes) -> bytes:
        return _BOX.sub(lambda m: b"" if _box_at(m[0]) in places.cells else m[0], data)

    return lambda old, new: _same(theirs(old), theirs(new))


def _box_at(box: bytes) -> At | None:
    row, column = re.search(_FIGURE % b"Row", box), re.search(_FIGURE % b"Column", box)
    return (int(row[1]), int(column[1])) if row and column else None


def _book(old: bytes, new: bytes, added_tabs: bool) -> None:
    gone = [name for name in _NAME.findall(old) if name not in _NAME.findall(new)]
    assert all(b"_kpi_" in name for name in gone), gone
    come = [name for name in _NAME.findall(new) if name not in _NAME.findall(old)]
    assert all(b"_kpi_" in name or added_tabs for name in come), come
    assert added_tabs or len(_TAB.findall(old)) == len(_TAB.findall(new))
    assert [tab for tab in _TAB.findall(new) if tab in _TAB.findall(old)] == _TAB.findall(old)

    def rest(data: bytes) -> bytes:
        for pattern in (_NAME, _NAMES, _TAB, _COMPUTE):
            data = pattern.sub(b"", data)
        return data

    _same(rest(old), rest(new))


def _styles(old: bytes, new: bytes) -> None:
    """Nothing that was there is changed: tables only grow at their ends."""
    pieces = re.split(rb"(</(?:numFmts|fonts|fills|borders|cellXfs)>)", re.sub(rb' count="\d+"', b"", old))
    at, told = 0, re.sub(rb' count="\d+"', b"", new)
    if b"<numFmts" not in old:
        told = re.sub(rb"<numFmts>.*?</numFmts>", b"", told)
    for piece in pieces:
        found = told.find(piece, at)
        assert found >= 0, f"styles have lost {piece[:200]!r}"
        at = found + len(piece)
    assert at == len(told)


def _lines(old: bytes, new: bytes) -> None:
    kept = [line for line in _LINE.findall(old) if b"calcChain" not in line]
    assert [line for line in _LINE.findall(new) if line in kept] == kept
    _same(*(_EMPTY.sub(rb"\1></Relationships>", _LINE.sub(b"", told)) for told in (old, new)))


def _same(old: bytes, new: bytes) -> None:
    if old != new:
        at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        raise AssertionError(f"{old[max(at - 80, 0) : at + 120]!r} became {new[max(at - 80, 0) : at + 120]!r}")
