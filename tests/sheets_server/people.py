"""What a person does in the browser, each on a book, each a new book."""

from collections.abc import Callable

from tests.sheets_server.entry import typed
from tests.sheets_server.families import arrange, dimensions, sheets
from tests.sheets_server.model import Book, Box, Json, Tab
from tests.sheets_server.paint import both_spellings

Change = Callable[[Book, Tab], None]


def _on(book: Book, sheet_id: int, change: Change) -> Book:
    after = book.copy()
    change(after, after.tab(sheet_id))
    return after


def _cell(tab: Tab, at: tuple[int, int], **new: object) -> None:
    """None takes a part of the cell away."""
    old = tab.cells.get(at, {})
    arrange.put(tab, at, {k: v for k, v in {**old, **new}.items() if v is not None})


def type_in(book: Book, sheet_id: int, at: tuple[int, int], said: object) -> Book:
    """Types into a cell; nothing empties it."""

    def change(book: Book, tab: Tab) -> None:
        value, form = typed("" if said is None else said, book)
        _cell(tab, at, userEnteredValue=value or None)
        painted = tab.cells.get(at, {}).get("userEnteredFormat", {})
        if form and "numberFormat" not in painted:
            _cell(tab, at, userEnteredFormat={**painted, "numberFormat": form})

    return _on(book, sheet_id, change)


def note(book: Book, sheet_id: int, at: tuple[int, int], said: str) -> Book:
    return _on(book, sheet_id, lambda _, tab: _cell(tab, at, note=said or None))


def dress(book: Book, sheet_id: int, at: tuple[int, int], **form: object) -> Book:
    """Parts of a format: `backgroundColor={"red": 1}`, `numberFormat={...}`, `textFormat={"bold": True}`."""

    def change(_: Book, tab: Tab) -> None:
        old = tab.cells.get(at, {}).get("userEnteredFormat", {})
        mask = {name: {} for name in form}
        _cell(tab, at, userEnteredFormat=both_spellings({**old, **form}, mask))

    return _on(book, sheet_id, change)


def insert(book: Book, sheet_id: int, dimension: str, at: int, count: int = 1) -> Book:
    """Rows above or columns left of `at`, looking like what they push away."""
    return _on(book, sheet_id, lambda b, tab: dimensions.insert(b, tab, dimension, at, at + count, before=False))


def delete(book: Book, sheet_id: int, dimension: str, at: int, count: int = 1) -> Book:
    return _on(book, sheet_id, lambda b, tab: dimensions.delete(b, tab, dimension, at, at + count))


def move(book: Book, sheet_id: int, dimension: str, at: int, to: int, count: int = 1) -> Book:
    """Drags rows or columns in front of `to`, counted as they stood."""
    return _on(book, sheet_id, lambda b, tab: dimensions.move(b, tab, dimension, at, at + count, to))


def hide(book: Book, sheet_id: int, dimension: str, at: int, *, hidden: bool = True) -> Book:
    def change(_: Book, tab: Tab) -> None:
        kept = tab.rows if dimension == "ROWS" else tab.columns
        kept[at] = {k: v for k, v in kept.get(at, {}).items() if k != "hiddenByUser"} | (
            {"hiddenByUser": True} if hidden else {}
        )

    return _on(book, sheet_id, change)


def sort_rows(
    book: Book, sheet_id: int, area: Box, column: int, *, ascending: bool = True, carry_metadata: bool = False
) -> Book:
    """Sorts the rows of an area by a column. Whether row metadata goes along is not known of the real one."""

    def change(book: Book, tab: Tab) -> None:
        places = arrange.sort_cells(book, tab, area, [(column, ascending)])
        if carry_metadata:
            book.metadata = [_carried(one, tab, places) for one in book.metadata]

    return _on(book, sheet_id, change)


def _carried(one: Json, tab: Tab, places: dict[int, int]) -> Json:
    span = one["location"].get("dimensionRange")
    if not span or span["sheetId"] != tab.id or span["dimension"] != "ROWS" or span["startIndex"] not in places:
        return one
    at = places[span["startIndex"]]
    return {**one, "location": {**one["location"], "dimensionRange": {**span, "startIndex": at, "endIndex": at + 1}}}


def rename_tab(book: Book, sheet_id: int, title: str) -> Book:
    def change(book: Book, tab: Tab) -> None:
        request = {"properties": {"sheetId": tab.id, "title": title}, "fields": "title"}
        sheets.HANDLERS["updateSheetProperties"](book, request)

    return _on(book, sheet_id, change)


def copy_tab(book: Book, sheet_id: int, title: str = "", *, metadata: bool = False) -> tuple[Book, int]:
    """The copy stands behind its original. With `metadata` its rows and columns bear copies of the tags."""
    after = book.copy()
    source = after.tab(sheet_id)
    request = {"sourceSheetId": sheet_id, "insertSheetIndex": source.properties["index"] + 1}
    reply = sheets.HANDLERS["duplicateSheet"](after, request | ({"newSheetName": title} if title else {}))
    number = int(reply["duplicateSheet"]["properties"]["sheetId"])
    if metadata:
        after.metadata += [_twin(one, number) for one in book.metadata if sheets.sheet_of(one) == sheet_id]
    return after, number


def _twin(one: Json, sheet_id: int) -> Json:
    where = one["location"]
    if "dimensionRange" in where:
        where = {**where, "dimensionRange": {**where["dimensionRange"], "sheetId": sheet_id}}
    else:
        where = {**where, "sheetId": sheet_id}
    return {**one, "metadataId": sheets.fresh_id(set()), "location": where}


def delete_tab(book: Book, sheet_id: int) -> Book:
    after = book.copy()
    sheets.HANDLERS["deleteSheet"](after, {"sheetId": sheet_id})
    return after
