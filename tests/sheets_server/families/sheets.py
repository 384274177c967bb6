"""Sheets as a whole: added, changed, doubled, deleted, copied; and the properties of the spreadsheet."""

import random
from dataclasses import replace
from functools import partial

from tests.sheets_server.fields import assign, require
from tests.sheets_server.model import COLUMNS, ROWS, Book, Handler, Json, Tab, invalid
from tests.sheets_server.paint import both_spellings

_KINDS = "google.apps.sheets.v4."
CELLS_AT_MOST, COLUMNS_AT_MOST = 10_000_000, 18_278
_DROPPED = ("frozenRowCount", "frozenColumnCount", "hideGridlines", "rowGroupControlAfter", "columnGroupControlAfter")


def fresh_id(taken: set[int]) -> int:
    while (number := random.randrange(1, 2**31)) in taken:
        pass
    return number


def new_tab(book: Book, given: Json) -> Tab:
    """A tab with what is given and the usual rest. Raises ApiError for an id or a title that another one has."""
    ids = {tab.id for tab in book.tabs}
    sheet_id = given.get("sheetId")
    if sheet_id is None:
        sheet_id = fresh_id(ids)
    if sheet_id < 0:
        raise invalid(f"Invalid sheetId: {sheet_id}. Must be >= 0.")
    if sheet_id in ids:
        raise invalid(f"Sheet with id {sheet_id} already exists.")
    title = given.get("title") or _free_title(book)
    _require_free(book, title)
    size = {"rowCount": ROWS, "columnCount": COLUMNS, **given.get("gridProperties", {})}
    found = {**both_spellings(given), "sheetId": sheet_id, "title": title, "sheetType": "GRID"}
    found["gridProperties"] = _tidy(size)
    _require_thawed(found["gridProperties"])
    _require_room(book, found["gridProperties"])
    return Tab(_ordered(found))


def _require_room(book: Book, size: Json, but: int | None = None) -> None:
    """Ten million cells a spreadsheet, columns up to ZZZ."""
    if size["columnCount"] > COLUMNS_AT_MOST:
        raise invalid(f"Grids may have at most {COLUMNS_AT_MOST} columns.")
    others = sum(tab.row_count * tab.column_count for tab in book.tabs if tab.id != but)
    if others + size["rowCount"] * size["columnCount"] > CELLS_AT_MOST:
        raise invalid(
            f"This action would increase the number of cells in the workbook above the limit of {CELLS_AT_MOST} cells."
        )


def _ordered(found: Json) -> Json:
    first = ("sheetId", "title", "index", "sheetType", "gridProperties")
    return {name: found[name] for name in (*first, *sorted(set(found) - set(first))) if name in found}


def _tidy(size: Json) -> Json:
    """Nothing frozen and nothing hidden is not said."""
    return {name: what for name, what in size.items() if what or name not in _DROPPED}


def _require_thawed(size: Json) -> None:
    for frozen, count, what in (
        ("frozenRowCount", "rowCount", "rows"),
        ("frozenColumnCount", "columnCount", "columns"),
    ):
        if size.get(frozen, 0) >= size[count]:
            raise invalid(f"You can't freeze all visible {what} on the sheet.")


def _free_title(book: Book) -> str:
    n = len(book.tabs) + 1
    while book.named(f"Sheet{n}"):
        n += 1
    return f"Sheet{n}"


def _require_free(book: Book, title: str, but: int | None = None) -> None:
    if any(tab.title.casefold() == title.casefold() and tab.id != but for tab in book.tabs):
        raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')


def place(book: Book, tab: Tab, index: int | None) -> None:
    at = len(book.tabs) if index is None else index
    if not 0 <= at <= len(book.tabs):
        raise invalid(f"Invalid sheet index: {at}. Must be between 0 and {len(book.tabs)}.")
    book.tabs.insert(at, tab)
    number(book)


def number(book: Book) -> None:
    for n, tab in enumerate(book.tabs):
        if tab.properties.get("index") != n:
            tab.properties = _ordered({**tab.properties, "index": n})


def _add(book: Book, request: Json) -> Json:
    given = request.get("properties", {})
    tab = new_tab(book, given)
    place(book, tab, given.get("index"))
    return {"addSheet": {"properties": tab.properties}}


def _delete(book: Book, request: Json) -> Json:
    tab = book.tab(request.get("sheetId", 0))
    if not any(other is not tab and not other.properties.get("hidden") for other in book.tabs):
        raise invalid("You can't remove all the visible sheets in a document.")
    book.tabs.remove(tab)
    book.metadata = [m for m in book.metadata if sheet_of(m) != tab.id]
    book.named_ranges = [r for r in book.named_ranges if r["range"].get("sheetId", 0) != tab.id]
    number(book)
    return {}


def sheet_of(metadata: Json) -> int | None:
    """The sheet that a piece of metadata lies on, or None for one of the whole spreadsheet."""
    location = metadata["location"]
    found = location.get("dimensionRange", {}).get("sheetId", location.get("sheetId"))
    return None if location.get("spreadsheet") else int(found or 0)


def _update(book: Book, request: Json) -> Json:
    given = request.get("properties", {})
    mask = require(request.get("fields"), "SheetProperties")
    tab = book.tab(given.get("sheetId", 0))
    found = both_spellings(assign(tab.properties, {**given, "sheetId": tab.id}, mask), mask)
    found = {**found, "sheetId": tab.id, "sheetType": tab.properties["sheetType"]}
    if not found.get("title"):
        raise invalid("A sheet must have a title.")
    _require_free(book, found["title"], but=tab.id)
    size = {"rowCount": tab.row_count, "columnCount": tab.column_count, **found.get("gridProperties", {})}
    found["gridProperties"] = _tidy(size)
    _require_thawed(found["gridProperties"])
    _require_room(book, found["gridProperties"], but=tab.id)
    for name in ("hidden", "rightToLeft"):
        if found.get(name) is False:
            del found[name]
    if found.get("hidden") and all(other is tab or other.properties.get("hidden") for other in book.tabs):
        raise invalid("You can't hide all the sheets in a document.")
    old_title, old_index = tab.title, tab.properties["index"]
    old_size = tab.row_count, tab.column_count
    tab.properties = _ordered({**found, "index": old_index})
    _cut(book, tab, *old_size)
    if tab.title != old_title:
        _rename_in_formulas(book, old_title, tab.title)
    if ("index" in mask or "*" in mask) and given.get("index", old_index) != old_index:
        book.tabs.remove(tab)
        at = given["index"] - (given["index"] > old_index)
        place(book, tab, min(at, len(book.tabs)))
    return {}


def _cut(book: Book, tab: Tab, rows: int, columns: int) -> None:
    """A smaller grid loses what stood beyond it, and every rule and tag there."""
    from tests.sheets_server.shifting import shift

    for dimension, old, new in (("ROWS", rows, tab.row_count), ("COLUMNS", columns, tab.column_count)):
        if new < old:
            shift(book, tab, dimension, partial(_within, new), old)


def _within(count: int, n: int) -> int | None:
    return n if n < count else None


def _rename_in_formulas(book: Book, old: str, new: str) -> None:
    from tests.sheets_server.formulas import renamed

    for tab in book.tabs:
        for at, cell in list(tab.cells.items()):
            formula = cell.get("userEnteredValue", {}).get("formulaValue")
            if formula and (said := renamed(formula, old, new)) != formula:
                tab.cells[at] = {**cell, "userEnteredValue": {"formulaValue": said}}


def _with_sheet(thing: Json, sheet_id: int) -> Json:
    """The same on another sheet."""
    if "range" in thing and isinstance(thing["range"], dict):
        thing = {**thing, "range": {**thing["range"], "sheetId": sheet_id}}
    if "ranges" in thing:
        thing = {**thing, "ranges": [{**r, "sheetId": sheet_id} for r in thing["ranges"]]}
    return {**thing, "sheetId": sheet_id} if "startRowIndex" in thing or "startColumnIndex" in thing else thing


def twin(book: Book, source: Tab, sheet_id: int | None, title: str) -> Tab:
    """A copy for `book` with an id and rules of its own."""
    taken = {tab.id for tab in book.tabs}
    number = fresh_id(taken) if sheet_id is None else sheet_id
    tab = replace(
        new_tab(book, {"sheetId": number, "title": title}),
        **{k: v for k, v in vars(source.copy()).items() if k != "properties"},
    )
    tab.properties = _ordered({**source.properties, "sheetId": number, "title": title})
    for name in ("merges", "conditional_formats", "protected_ranges", "banded_ranges", "filter_views"):
        setattr(tab, name, [_own(_with_sheet(thing, number)) for thing in getattr(source, name)])
    if source.basic_filter:
        tab.basic_filter = _with_sheet(source.basic_filter, number)
    return tab


def _own(thing: Json) -> Json:
    fresh = {k: fresh_id(set()) for k in ("protectedRangeId", "bandedRangeId", "filterViewId") if k in thing}
    return {**thing, **fresh}


def _duplicate(book: Book, request: Json) -> Json:
    source = book.tab(request.get("sourceSheetId", 0))
    title = request.get("newSheetName") or _copy_title(book, source.title)
    tab = twin(book, source, request.get("newSheetId"), title)
    at = request.get("insertSheetIndex", 0)
    place(book, tab, min(at, len(book.tabs)))
    return {"duplicateSheet": {"properties": tab.properties}}


def _copy_title(book: Book, title: str) -> str:
    n, found = 1, f"Copy of {title}"
    while book.named(found):
        n += 1
        found = f"Copy of {title} {n}"
    return found


def copy_to(source: Book, sheet_id: int, target: Book) -> tuple[Book, Json]:
    """sheets.copyTo: the target with a copy at its end, and the copy's properties."""
    after = target.copy()
    tab = source.tab(sheet_id)
    title = _copy_title(after, tab.title)
    copy = twin(after, tab, None, title)
    place(after, copy, None)
    return after, copy.properties


def _update_book(book: Book, request: Json) -> Json:
    mask = require(request.get("fields"), "SpreadsheetProperties")
    if "defaultFormat" in mask or "spreadsheetTheme" in mask:
        raise invalid("Cannot update the default format or the theme.")
    book.properties = assign(book.properties, request.get("properties", {}), mask)
    return {}


HANDLERS: dict[str, Handler] = {
    "addSheet": _add,
    "deleteSheet": _delete,
    "updateSheetProperties": _update,
    "duplicateSheet": _duplicate,
    "updateSpreadsheetProperties": _update_book,
}
