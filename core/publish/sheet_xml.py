"""One sheet part: its cells read, and only our cells written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from core.looks import Value
from core.publish.addresses import cell_address, row_and_column
from core.publish.published import number, serial
from core.publish.xml_spans import Element, Splice, escape, inside, prefix, read, splice, with_attribute

Position = tuple[int, int]
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class SheetCell:
    """`value` is a token; a formula's starts with `=`. `locked`: other cells live on it."""

    value: str
    style: int
    locked: bool = False


@dataclass
class Sheet:
    part: str
    data: bytes
    root: Element
    cells: dict[Position, SheetCell] = field(default_factory=dict)
    elements: dict[Position, Element] = field(default_factory=dict)
    rows: dict[int, Element] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewCell:
    """What a cell becomes; None leaves that side of it alone."""

    value: Value = None
    sets_value: bool = False
    style: int | None = None


def read_sheet(part: str, data: bytes, strings: Sequence[str]) -> Sheet:
    sheet = Sheet(part, data, read(data))
    table = sheet.root.find("sheetData")
    row_index = -1
    for row in table.children if table else ():
        row_index = int(row.attributes["r"]) - 1 if "r" in row.attributes else row_index + 1
        sheet.rows[row_index] = row
        column = -1
        for cell in row.children:
            if cell.tag != "c":
                continue
            at = row_and_column(cell.attributes["r"]) if "r" in cell.attributes else (row_index, column + 1)
            column = at[1]
            sheet.elements[at] = cell
            sheet.cells[at] = SheetCell(_value(cell, strings), int(cell.attributes.get("s") or 0), _locked(cell))
    return sheet


def read_strings(data: bytes | None) -> list[str]:
    """The shared strings; phonetic hints are no part of the text."""
    if data is None:
        return []
    return [_text(item) for item in read(data).children if item.tag == "si"]


def write_cells(
    sheet: Sheet, changes: Mapping[Position, NewCell], like: Mapping[int, int] | None = None
) -> list[Splice]:
    """The splices that change these cells and nothing else; missing cells and rows are put in their order.

    A new row gets the height of the one it is `like`.
    """
    edits: list[Splice] = []
    added: dict[int, dict[int, bytes]] = {}
    lead = _lead(sheet)
    for at, change in changes.items():
        element = sheet.elements.get(at)
        if element is None:
            added.setdefault(at[0], {})[at[1]] = _cell(lead, at, change.value, change.style or 0)
        elif change.sets_value:
            style = change.style if change.style is not None else sheet.cells[at].style
            edits.append((element.start, element.end, _cell(lead, at, change.value, style)))
        elif change.style is not None:
            head = with_attribute(sheet.data, element, "s", str(change.style))
            edits.append((element.start, element.inner, head))
    edits += _added_cells(sheet, added, lead, like or {})
    return edits + _dimension(sheet, changes)


def set_view(sheet: Sheet, column: int) -> list[Splice]:
    """The tab opens with this column at the left edge of its scrolling part."""
    pane = next(sheet.root.all("pane"), None)
    if pane is None or "topLeftCell" not in pane.attributes:
        return []
    row, _ = row_and_column(pane.attributes["topLeftCell"])
    return [(pane.start, pane.inner, with_attribute(sheet.data, pane, "topLeftCell", cell_address(row, column)))]


def view(sheet: Sheet) -> int | None:
    pane = next(sheet.root.all("pane"), None)
    top_left = pane.attributes.get("topLeftCell") if pane else None
    return row_and_column(top_left)[1] if top_left else None


def add_trend(sheet: Sheet, tab: str, row: int, column: int, first: int, last: int) -> list[Splice]:
    """A sparkline like those that stand there already; none where people's tools have lost them, or left one."""
    line = next((group for group in sheet.root.all("sparklines") if group.find("sparkline")), None)
    figures = next(line.all("f"), None) if line else None
    at = cell_address(row, column)
    if line is None or figures is None or any(cell.text.strip() == at for cell in sheet.root.all("sqref")):
        return []
    group, inner = prefix(sheet.data, line), prefix(sheet.data, figures)
    quoted = tab.replace("'", "''")
    told = escape(f"'{quoted}'!{cell_address(row, first)}:{cell_address(row, last)}")
    new = f"<{group}sparkline><{inner}f>{told}</{inner}f><{inner}sqref>{at}</{inner}sqref></{group}sparkline>"
    return [inside(sheet.data, line, new.encode())]


def used(sheet: Sheet, more: Iterable[Position]) -> tuple[set[int], int]:
    """Rows that hold something, are merged or hidden, and the last such column. `more` cells count as full."""
    full = [at for at, cell in sheet.cells.items() if cell.value] + list(more)
    rows = {row for row, _ in full}
    rows |= {index for index, row in sheet.rows.items() if row.attributes.get("hidden") in ("1", "true")}
    for merged in sheet.root.all("mergeCell"):
        first, _, last = merged.attributes.get("ref", "A1").partition(":")
        (top, left), (bottom, right) = row_and_column(first), row_and_column(last or first)
        rows |= set(range(top, bottom + 1))
        full += [(top, left), (bottom, right)]
    return rows, max((column for _, column in full), default=-1)


def apply(sheet: Sheet, edits: Sequence[Splice]) -> bytes:
    return splice(sheet.data, edits)


def _value(cell: Element, strings: Sequence[str]) -> str:
    kind, formula = cell.attributes.get("t", "n"), cell.find("f")
    if formula is not None:
        return f"={formula.text or 'shared'}"
    if kind == "inlineStr":
        told = cell.find("is")
        text = _text(told) if told else ""
        return f"'{text}" if text else ""
    raw = cell.find("v")
    if raw is None or raw.text == "":
        return ""
    if kind == "s":
        text = strings[int(raw.text)]
        return f"'{text}" if text else ""
    if kind == "str":
        return f"'{_decoded(raw.text)}"
    return _figure(raw.text) if kind == "n" else f"{kind}:{raw.text}"


def _figure(text: str) -> str:
    try:
        return number(Decimal(text.strip()))
    except InvalidOperation:
        return f"?{text}"


def _locked(cell: Element) -> bool:
    formula = cell.find("f")
    return formula is not None and "ref" in formula.attributes


def _text(item: Element) -> str:
    parts = [t.words for t in item.children if t.tag == "t"]
    parts += [t.words for run in item.children if run.tag == "r" for t in run.children if t.tag == "t"]
    return _decoded("".join(parts))


def _decoded(text: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def encoded(text: str) -> str:
    """Literal `_x0041_` would be read as "A": its underscore is written as an escape of its own."""
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text))


def _cell(lead: str, at: Position, value: Value, style: int) -> bytes:
    head = f'<{lead}c r="{cell_address(*at)}"' + (f' s="{style}"' if style else "")
    if value is None or value == "":
        return f"{head}/>".encode()
    if isinstance(value, str):
        # Inline, so that the shared strings part stays as it is; text in this form is never a formula.
        told = f'<{lead}is><{lead}t xml:space="preserve">{encoded(value)}</{lead}t></{lead}is>'
        return f'{head} t="inlineStr">{told}</{lead}c>'.encode()
    figure = number(Decimal(serial(value)) if isinstance(value, date) else value)
    return f"{head}><{lead}v>{figure}</{lead}v></{lead}c>".encode() if figure else f"{head}/>".encode()


def _lead(sheet: Sheet) -> str:
    return prefix(sheet.data, sheet.root)


def _added_cells(
    sheet: Sheet, added: Mapping[int, Mapping[int, bytes]], lead: str, like: Mapping[int, int]
) -> list[Splice]:
    edits: list[Splice] = []
    new_rows: dict[int, bytes] = {}
    for row, cells in sorted(added.items()):
        element = sheet.rows.get(row)
        if element is None:
            inner = b"".join(new for _, new in sorted(cells.items()))
            height = _height(sheet.rows.get(like.get(row, row)))
            new_rows[row] = f'<{lead}row r="{row + 1}"{height}>'.encode() + inner + f"</{lead}row>".encode()
        else:
            edits += _into_row(sheet, element, row, cells)
    return edits + _into_table(sheet, new_rows)


def _height(row: Element | None) -> str:
    return f' ht="{row.attributes["ht"]}" customHeight="1"' if row and "ht" in row.attributes else ""


def _into_row(sheet: Sheet, element: Element, row: int, cells: Mapping[int, bytes]) -> list[Splice]:
    standing = sorted((c, e) for (r, c), e in sheet.elements.items() if r == row)
    edits: list[Splice] = []
    rest = b""
    for column, new in sorted(cells.items()):
        after = next((e for c, e in standing if c > column), None)
        if after:
            edits.append((after.start, after.start, new))
        else:
            rest += new
    return [*edits, inside(sheet.data, element, rest)] if rest else edits


def _into_table(sheet: Sheet, rows: Mapping[int, bytes]) -> list[Splice]:
    table = sheet.root.find("sheetData")
    assert table is not None
    edits: list[Splice] = []
    rest = b""
    for row, new in sorted(rows.items()):
        after = min((r for r in sheet.rows if r > row), default=None)
        if after is not None:
            edits.append((sheet.rows[after].start, sheet.rows[after].start, new))
        else:
            rest += new
    return [*edits, inside(sheet.data, table, rest)] if rest else edits


def _dimension(sheet: Sheet, changes: Mapping[Position, NewCell]) -> list[Splice]:
    """Readers in streaming mode trust the sheet's stated size: it grows with what is added."""
    stated = sheet.root.find("dimension")
    if stated is None or not changes:
        return []
    first, _, last = stated.attributes.get("ref", "A1").partition(":")
    top, left = row_and_column(first)
    bottom, right = row_and_column(last or first)
    wider = (max(bottom, *(r for r, _ in changes)), max(right, *(c for _, c in changes)))
    if wider == (bottom, right):
        return []
    ref = f"{cell_address(top, left)}:{cell_address(*wider)}"
    return [(stated.start, stated.inner, with_attribute(sheet.data, stated, "ref", ref))]


def merged(one: NewCell, other: NewCell) -> NewCell:
    """Both changes of one cell."""
    styled = replace(one, style=other.style) if other.style is not None else one
    return replace(styled, value=other.value, sets_value=True) if other.sets_value else styled
