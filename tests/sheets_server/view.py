"""A tab as a page: what a person would see, frozen panes, colours, notes and trends included."""

import html
from collections.abc import Iterator

from tests.sheets_server.a1 import letters
from tests.sheets_server.conditions import conditional
from tests.sheets_server.display import formatted
from tests.sheets_server.formula_text import references
from tests.sheets_server.formulas import Calculation
from tests.sheets_server.model import At, Book, Json, Tab
from tests.sheets_server.paint import effective
from tests.sheets_server.trends import trend

_ROW, _COLUMN, _HEAD, _SIDE = 21, 100, 24, 46
_STYLE = """
*{box-sizing:border-box}body{margin:0;font:13px Arial,sans-serif;background:#f8f9fa;color:#202124}
header{padding:10px 14px;font-size:18px;background:#fff;border-bottom:1px solid #dadce0}
main{overflow:auto;height:calc(100vh - 84px);background:#fff}
table{border-collapse:separate;border-spacing:0;table-layout:fixed}
th{background:#f8f9fa;color:#5f6368;font:11px Arial;border-right:1px solid #c0c0c0;border-bottom:1px solid #c0c0c0;
position:sticky;z-index:2}thead th{top:0;z-index:4}tbody th{left:0;z-index:3}thead th:first-child{left:0;z-index:6}
td{padding:0 3px;overflow:hidden;white-space:pre;position:relative;border-right:1px solid #e2e3e3;
border-bottom:1px solid #e2e3e3;background:#fff}table.bare td{border-color:transparent}
td.pinned{position:sticky;z-index:1}td.pinned.both{z-index:3}td.wide{overflow:visible;z-index:2}td.pinned.wide{z-index:4}
td.lastrow{border-bottom:3px solid #c0c0c0!important}td.lastcol{border-right:3px solid #c0c0c0!important}
i.note{position:absolute;right:0;top:0;border:4px solid #f9ab00;border-left-color:transparent;
border-bottom-color:transparent}span.mark{float:left}
footer{padding:8px 14px;background:#f8f9fa;border-top:1px solid #dadce0}footer b{border-bottom:3px solid #188038;
padding:6px 12px;background:#fff}footer a{padding:6px 12px;color:#444;text-decoration:none}
"""


def render(book: Book, tab: Tab) -> str:
    """One page without anything from elsewhere."""
    sheet = _Sheet(book, tab)
    tabs = " ".join(_tab_link(book, one, one is tab) for one in book.tabs if not one.properties.get("hidden"))
    bare = "bare" if tab.properties["gridProperties"].get("hideGridlines") else ""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(tab.title)}</title>"
        f"<style>{_STYLE}</style><header>{html.escape(book.properties['title'])}</header>"
        f"<main><table class='{bare}' style='width:{sheet.total}px'>{''.join(sheet.lines())}</table></main>"
        f"<footer>{tabs}</footer></html>"
    )


def _tab_link(book: Book, tab: Tab, here: bool) -> str:
    title = html.escape(tab.title)
    return f"<b>{title}</b>" if here else f'<a href="/view/{book.id}/{html.escape(tab.title, quote=True)}">{title}</a>'


class _Sheet:
    """A tab on its way to a page."""

    def __init__(self, book: Book, tab: Tab) -> None:
        self.book, self.tab = book, tab
        self.calculation = Calculation(book)
        size = tab.properties["gridProperties"]
        self.frozen = size.get("frozenRowCount", 0), size.get("frozenColumnCount", 0)
        filled = [at for at, cell in tab.cells.items() if cell]
        self.rows = self._shown(tab.rows, min(tab.row_count, max((r for r, _ in filled), default=0) + 12))
        self.columns = self._shown(tab.columns, min(tab.column_count, max((c for _, c in filled), default=0) + 4))
        self.covered = {at for area in tab.merges for at in _covered(area)}
        self.corners = {(m["startRowIndex"], m["startColumnIndex"]): m for m in tab.merges}

    @property
    def total(self) -> int:
        return _SIDE + sum(map(self.width, self.columns))

    @staticmethod
    def _shown(kept: dict[int, Json], count: int) -> list[int]:
        return [n for n in range(count) if not kept.get(n, {}).get("hiddenByUser")]

    def height(self, row: int) -> int:
        return int(self.tab.rows.get(row, {}).get("pixelSize", _ROW))

    def width(self, column: int) -> int:
        return int(self.tab.columns.get(column, {}).get("pixelSize", _COLUMN))

    def lines(self) -> Iterator[str]:
        yield f"<colgroup><col style='width:{_SIDE}px'>"
        yield from (f"<col style='width:{self.width(c)}px'>" for c in self.columns)
        yield "</colgroup><thead><tr><th></th>"
        left = _SIDE
        for c in self.columns:
            pinned = f"left:{left}px;z-index:5" if c < self.frozen[1] else ""
            left += self.width(c)
            yield f"<th style='height:{_HEAD}px;{pinned}'>{letters(c)}</th>"
        yield "</tr></thead><tbody>"
        top = _HEAD
        for r in self.rows:
            pinned = f"top:{top}px;z-index:5" if r < self.frozen[0] else ""
            yield f"<tr style='height:{self.height(r)}px'><th style='{pinned}'>{r + 1}</th>"
            yield from self._cells(r, top)
            yield "</tr>"
            top += self.height(r)
        yield "</tbody>"

    def _cells(self, row: int, top: int) -> Iterator[str]:
        left = _SIDE
        for column in self.columns:
            if (row, column) not in self.covered or (row, column) in self.corners:
                yield self._cell((row, column), top, left)
            left += self.width(column)

    def _cell(self, at: At, top: int, left: int) -> str:
        cell, value = self.tab.cells.get(at, {}), self.calculation.value(self.tab, at)
        form = effective(cell.get("userEnteredFormat", {}), value, self.book.properties["defaultFormat"])
        if extra := conditional(self.tab, at, value, self.calculation):
            form = {**form, **extra, "textFormat": {**form["textFormat"], **extra.get("textFormat", {})}}
        said = formatted(value, form.get("numberFormat"), self.book)
        styles, classes = _look(form), []
        if at[0] < self.frozen[0]:
            styles.append(f"top:{top}px")
            classes.append("pinned")
        if at[1] < self.frozen[1]:
            styles.append(f"left:{left}px")
            classes.append("pinned")
        if classes.count("pinned") > 1:
            classes.append("both")
        classes += ["lastrow"] * (at[0] == self.frozen[0] - 1) + ["lastcol"] * (at[1] == self.frozen[1] - 1)
        if form.get("wrapStrategy") == "OVERFLOW_CELL" and said and "stringValue" in value:
            classes.append("wide")
        note = f'<i class=note title="{html.escape(cell["note"], quote=True)}"></i>' if cell.get("note") else ""
        inner = self._trend(at, cell) or _with_mark(said, form)
        return f"<td{self._span(at)} class='{' '.join(classes)}' style='{';'.join(styles)}'>{inner}{note}</td>"

    def _span(self, at: At) -> str:
        area = self.corners.get(at)
        if area is None:
            return ""
        rows, columns = area["endRowIndex"] - area["startRowIndex"], area["endColumnIndex"] - area["startColumnIndex"]
        return f" rowspan={rows} colspan={columns}"

    def _trend(self, at: At, cell: Json) -> str:
        formula = cell.get("userEnteredValue", {}).get("formulaValue", "")
        if not formula.upper().replace(" ", "").startswith("=SPARKLINE("):
            return ""
        ref = next(references(formula), None)
        found = self.calculation.rows(self.tab, ref) if ref else []
        return trend([value for row in found for value in row], self.width(at[1]) - 8, self.height(at[0]) - 8)


def _covered(area: Json) -> Iterator[At]:
    for row in range(area["startRowIndex"], area["endRowIndex"]):
        yield from ((row, column) for column in range(area["startColumnIndex"], area["endColumnIndex"]))


def _with_mark(said: str, form: Json) -> str:
    """A pattern that fills with spaces pushes what stands before to the left edge."""
    pattern = form.get("numberFormat", {}).get("pattern", "")
    mark, space, rest = said.partition(" ")
    if '"* ' in pattern and space:
        return f"<span class=mark>{html.escape(mark)}</span>{html.escape(rest.strip())}"
    return html.escape(said)


def _look(form: Json) -> list[str]:
    text = form["textFormat"]
    found = [
        f"background:{_hex(form.get('backgroundColor', {}))}",
        f"color:{_hex(text.get('foregroundColor', {}))}",
        f"font:{'bold ' if text.get('bold') else ''}{text.get('fontSize', 10) * 4 / 3:.1f}px Arial,sans-serif",
        f"text-align:{form.get('horizontalAlignment', 'LEFT').lower()}",
        f"vertical-align:{form.get('verticalAlignment', 'BOTTOM').lower()}",
    ]
    if text.get("italic"):
        found.append("font-style:italic")
    for side, line in form.get("borders", {}).items():
        found.append(f"border-{side}:{line.get('width', 1)}px solid {_hex(line.get('color', {}))}")
    return found


def _hex(colour: Json) -> str:
    return "#" + "".join(f"{round(float(colour.get(c, 0)) * 255):02x}" for c in ("red", "green", "blue"))
