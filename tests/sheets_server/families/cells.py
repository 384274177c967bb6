"""updateCells, repeatCell, appendCells: cells as they are given, as far as the mask speaks of them."""

from tests.sheets_server.fields import Mask, assign, require
from tests.sheets_server.model import Book, Box, Handler, Json, Tab, box, invalid
from tests.sheets_server.paint import both_spellings

_COMPUTED = ("effectiveValue", "formattedValue", "effectiveFormat", "hyperlink")


def entered(tab: Tab, at: tuple[int, int], given: Json, mask: Mask) -> None:
    """One cell takes what it is given."""
    old = tab.cells.get(at, {})
    new = assign(old, given, mask)
    for name in _COMPUTED:
        new.pop(name, None)
    if "userEnteredFormat" in new and new["userEnteredFormat"] is not old.get("userEnteredFormat"):
        painted = both_spellings(new["userEnteredFormat"], mask.get("userEnteredFormat"))
        new["userEnteredFormat"] = painted
    if new.get("userEnteredValue") == {}:
        del new["userEnteredValue"]
    if not new.get("note", "x"):
        del new["note"]
    new = {name: what for name, what in new.items() if what not in ({}, [])}
    if new:
        tab.cells[at] = new
    else:
        tab.cells.pop(at, None)


def checked(given: Json, at: str = "") -> Json:
    """What no cell can hold is refused."""
    value = given.get("userEnteredValue", {})
    if len(value) > 1:
        raise invalid("oneof field 'value' is already set.")
    text = value.get("stringValue", value.get("formulaValue", ""))
    if len(str(text)) > 50_000:
        raise invalid("Your input contains more than the maximum of 50000 characters in a single cell.")
    if "formulaValue" in value and not str(value["formulaValue"]).startswith("="):
        raise invalid(f"The formula must begin with =: {value['formulaValue']}")
    return given


def _cell_mask(fields: str | None) -> Mask:
    return require(fields, "CellData")


def _update(book: Book, request: Json) -> Json:
    mask, rows = _cell_mask(request.get("fields")), request.get("rows", [])
    width = max((len(row.get("values", [])) for row in rows), default=0)
    if "start" in request:
        start = request["start"]
        tab = book.tab(start.get("sheetId", 0))
        top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
        area, ragged = Box(top, top + len(rows), left, left + width), True
    else:
        if "range" not in request:
            raise invalid("Must specify a start or a range.")
        tab = book.tab(request["range"].get("sheetId", 0))
        area, ragged = box(tab, request["range"]), False
        if len(rows) > len(area.rows) or width > len(area.columns):
            raise invalid("The data given is larger than the range.")
    _inside(tab, area)
    for r, at_row in enumerate(area.rows):
        values = rows[r].get("values", []) if r < len(rows) else []
        for c, at_column in enumerate(area.columns):
            if c < len(values):
                entered(tab, (at_row, at_column), checked(values[c]), mask)
            elif not ragged:
                entered(tab, (at_row, at_column), {}, mask)
    return {}


def _inside(tab: Tab, area: Box) -> None:
    if area.top < 0 or area.left < 0:
        raise invalid("rowIndex and columnIndex must be non-negative.")
    if area.bottom > tab.row_count:
        last = tab.row_count - 1
        raise invalid(f"Attempting to write row: {last + 1}, beyond the last requested row of: {last}")
    if area.right > tab.column_count:
        last = tab.column_count - 1
        raise invalid(f"Attempting to write column: {last + 1}, beyond the last requested column of: {last}")


def _repeat(book: Book, request: Json) -> Json:
    mask, given = _cell_mask(request.get("fields")), checked(request.get("cell", {}))
    tab = book.tab(request.get("range", {}).get("sheetId", 0))
    area = box(tab, request.get("range", {}))
    if area.top >= tab.row_count or area.left >= tab.column_count:
        raise invalid(f"GridRange exceeds grid limits. Max rows: {tab.row_count}, max columns: {tab.column_count}")
    area = Box(area.top, min(area.bottom, tab.row_count), area.left, min(area.right, tab.column_count))
    from tests.sheets_server.formulas import offset

    formula = given.get("userEnteredValue", {}).get("formulaValue")
    for row in area.rows:
        for column in area.columns:
            if formula:
                moved = offset(formula, row - area.top, column - area.left)
                given = {**given, "userEnteredValue": {"formulaValue": moved}}
            entered(tab, (row, column), given, mask)
    return {}


def _append(book: Book, request: Json) -> Json:
    mask, tab = _cell_mask(request.get("fields")), book.tab(request.get("sheetId", 0))
    filled = [row for (row, _), cell in tab.cells.items() if "userEnteredValue" in cell]
    top, rows = max(filled, default=-1) + 1, request.get("rows", [])
    width = max((len(row.get("values", [])) for row in rows), default=0)
    grow(tab, top + len(rows), width)
    for r, row in enumerate(rows):
        for c, given in enumerate(row.get("values", [])):
            entered(tab, (top + r, c), checked(given), mask)
    return {}


def grow(tab: Tab, rows: int, columns: int) -> None:
    """At least so large."""
    size = tab.properties["gridProperties"]
    larger = {"rowCount": max(rows, tab.row_count), "columnCount": max(columns, tab.column_count)}
    tab.properties = {**tab.properties, "gridProperties": {**size, **larger}}


HANDLERS: dict[str, Handler] = {"updateCells": _update, "repeatCell": _repeat, "appendCells": _append}
