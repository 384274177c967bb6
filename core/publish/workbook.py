"""A new workbook from grids, with xlsxwriter: everything that later publishes will not touch again."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.grid import HEAD_ROWS, Grid
from core.looks import FAILED, HELD, MARKS, Look, Tone
from core.publish.addresses import cell_address, letters
from core.publish.palette import ACCENT, FONT, PAINT, Paint
from core.publish.published import number, serial
from core.publish.widths import USUAL, longest_figure
from core.targets import Status

AUTHOR = "KPI Factory"
WIDTHS = {"number": 5, "title": 46, "owner": 17, "unit": 12, "group": 21, "target": 11, "trend": 20}
_HEIGHTS = {"title": 30, "about": 16, "legend": 16, "dates": 18, "weeks": 20}
_PERIOD_WIDTH, _ROW_HEIGHT = 10.7, 21
_FORMATS = ("0.0%", "#,##0", "#,##0.0", "#,##0.00")
_A3 = 8
_ON_A_PAGE = 15  # columns of figures: more are too small to read


def create(grids: Sequence[Grid]) -> bytes:
    """The whole file. The same grids give the same bytes."""
    import xlsxwriter

    memory = io.BytesIO()
    standard = {"font_name": FONT, "font_size": 10}
    book = xlsxwriter.Workbook(memory, {"in_memory": True, "default_format_properties": standard})
    latest = max(grids, key=lambda g: g.page.prominence)
    book.set_properties({"title": latest.title, "author": AUTHOR, "created": datetime(latest.year, 1, 1)})  # noqa: DTZ001
    looks = _Looks(book)
    for grid in grids:
        sheet = book.add_worksheet(grid.name)
        _lay_out(sheet, grid, looks)
        _fill(sheet, grid, looks)
        _anchor(book, grid)
        if grid is latest:
            sheet.activate()
    looks.keep_all({grid.page.date_format: None for grid in grids})
    book.close()
    return memory.getvalue()


class _Looks:
    """Formats by look, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Tone, str], Any] = {}

    def __getitem__(self, look: Look) -> Any:
        key = (look.tone, look.code)
        if key not in self._made:
            self._made[key] = self._book.add_format(properties(PAINT[look.tone], look.code))
        return self._made[key]

    def keep_all(self, date_formats: Iterable[str]) -> None:
        """Writes every look a period's cell may ever take: a later publish then leaves the styles part alone.

        xlsxwriter leaves unused formats out; asking for their index is what marks them as used.
        """
        for look in period_looks(date_formats):
            self[look]._get_xf_index()


def period_looks(date_formats: Iterable[str]) -> Iterable[Look]:
    yield from (Look(tone, "@") for tone in (Tone.WEEK, Tone.LATEST_WEEK))
    yield from (Look(tone, form) for form in date_formats for tone in (Tone.DATE, Tone.LATEST_DATE))
    for form in _FORMATS:
        for status, marks in MARKS.items():
            tone = Tone.PLAIN if status is Status.UNKNOWN else Tone(status.value)
            yield from (Look(tone, form, m.strip()) for m in marks)
        yield from (Look(t, form, m) for t, mark in ((Tone.HELD, HELD), (Tone.FAILED, FAILED)) for m in ("", mark))
        yield from (Look(Tone.TARGET, lead + form) for lead in ("", '"≥ "', '"≤ "'))


def properties(paint: Paint, code: str) -> dict[str, Any]:
    """A paint in xlsxwriter's words."""
    found: dict[str, Any] = {
        "font_name": FONT,
        "font_size": paint.size,
        "font_color": paint.ink,
        "bold": paint.bold,
        "align": paint.align,
        "valign": "vcenter",
    }
    if code:
        found["num_format"] = code
    if paint.fill:
        found["bg_color"] = paint.fill
    if paint.rule:
        found |= {"bottom": 1, "bottom_color": paint.rule}
    if paint.align == "right":
        found |= {"left": 5, "left_color": "#FFFFFF"}  # a white gap keeps a mark with its own number
    return found


def _lay_out(sheet: Any, grid: Grid, looks: _Looks) -> None:
    period_width = _PERIOD_WIDTH + longest_figure(grid) - USUAL
    for column, key in enumerate(grid.columns):
        sheet.set_column(column, column, WIDTHS.get(key, period_width))
    for row, key in enumerate(grid.rows):
        sheet.set_row(row, _HEIGHTS.get(key, _ROW_HEIGHT))
    top, left = len(HEAD_ROWS), len(grid.left)
    sheet.freeze_panes(top, left, top, grid.columns.index(grid.first_in_view))
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.fit_to_pages(1 + (len(grid.periods) > _ON_A_PAGE), 0)
    sheet.repeat_rows(top - 2, top - 1)
    sheet.repeat_columns(0, left - 2)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    title = grid.title.replace("&", "&&")
    sheet.set_footer(f"&L&8{title[:200]} {grid.page.span}&R&8&P / &N")
    sheet.set_comments_author(AUTHOR)


def _fill(sheet: Any, grid: Grid, looks: _Looks) -> None:
    rows = {key: index for index, key in enumerate(grid.rows)}
    columns = {key: index for index, key in enumerate(grid.columns)}
    for (row_key, column_key), cell in grid.cells.items():
        row, column, look = rows[row_key], columns[column_key], looks[cell.look]
        if cell.value is None or cell.value == "":
            sheet.write_blank(row, column, None, look)
        elif isinstance(cell.value, str):
            sheet.write_string(row, column, cell.value, look)  # never write(): it would read "=..." as a formula
        elif isinstance(cell.value, date):
            sheet.write_number(row, column, serial(cell.value), look)
        else:
            _write_number(sheet, row, column, cell.value, look)
        if cell.note:
            sheet.write_comment(row, column, cell.note, note_size(cell.note))
    last = len(grid.columns) - 1
    for key in grid.measured:
        row = rows[key]
        sheet.add_sparkline(row, columns["trend"], {"range": _range(grid.name, row, len(grid.left), last), **_TREND})


_TREND = {
    "type": "column",  # LibreOffice prints no line sparklines
    "series_color": "#9DB4BE",
    "last_point": True,
    "last_color": ACCENT,
    "show_hidden": True,  # people hide old columns; the trend stays whole
}


def _write_number(sheet: Any, row: int, column: int, value: Decimal, look: Any) -> None:
    figure = number(value)
    if figure:
        sheet.write_number(row, column, float(figure), look)
    else:
        sheet.write_blank(row, column, None, look)


def note_size(note: str) -> dict[str, Any]:
    """Wide enough to read, high enough for its lines."""
    lines = sum(1 + len(line) // 42 for line in note.split("\n"))
    return {"width": 270, "height": 16 * min(lines, 20) + 16, "font_name": FONT, "font_size": 9, "color": "#FFFDF3"}


def _anchor(book: Any, grid: Grid) -> None:
    for name, row, column in anchors(grid):
        book.define_name(name, f"='{grid.name}'!{_absolute(row, column)}")
        book.defined_names[-1][-1] = True  # hidden: nobody wants 80 of them in the name box


def anchors(grid: Grid) -> Iterable[tuple[str, int, int]]:
    """A hidden name for every row (on its key cell) and every column (on its heading)."""
    for row, key in enumerate(grid.rows):
        yield anchor_name(grid.name, "row", key), row, 0
    for column, key in enumerate(grid.columns):
        yield anchor_name(grid.name, "column", key), grid.rows.index("weeks"), column


def anchor_name(tab: str, kind: str, key: str) -> str:
    return "_kpi_" + re.sub(r"[^\w.]", "_", f"{tab}_{kind}_{key}")


def _absolute(row: int, column: int) -> str:
    return f"${letters(column)}${row + 1}"


def _range(tab: str, row: int, first: int, last: int) -> str:
    return f"'{tab}'!{cell_address(row, first)}:{cell_address(row, last)}"
