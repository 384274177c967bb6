"""Rows and columns: inserted, appended, deleted, moved, sized, hidden, grouped."""

from tests.sheets_server.fields import assign, require
from tests.sheets_server.model import At, Book, Handler, Json, Tab, box, invalid
from tests.sheets_server.shifting import Map, resize, shift


def count_of(tab: Tab, dimension: str) -> int:
    return tab.row_count if dimension == "ROWS" else tab.column_count


def _span(book: Book, given: Json) -> tuple[Tab, str, int, int]:
    tab, dimension = book.tab(given.get("sheetId", 0)), given.get("dimension")
    if dimension not in ("ROWS", "COLUMNS"):
        raise invalid("No dimension specified.")
    start = given.get("startIndex", 0)
    return tab, dimension, start, given.get("endIndex", count_of(tab, dimension))


def insert(book: Book, tab: Tab, dimension: str, start: int, end: int, before: bool) -> None:
    """New rows or columns from `start` to `end`; they look like the one before them, or after."""
    count, more = count_of(tab, dimension), end - start
    if start < 0 or more <= 0:
        raise invalid("The range must not be empty.")
    if start > count or (start == count and not before):
        raise invalid(
            f"range.startIndex[{start}] must be less than the grid size ({count}) if inheritFromBefore is false."
        )
    if before and start == 0:
        raise invalid("inheritFromBefore cannot be true if inserting at the first row or column.")
    shift(book, tab, dimension, lambda n: n + more if n >= start else n, count)
    resize(tab, dimension, count + more)
    frozen = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
    size = tab.properties["gridProperties"]
    if start < size.get(frozen, 0):
        tab.properties = {**tab.properties, "gridProperties": {**size, frozen: size[frozen] + more}}
    _inherit(tab, dimension, start, end, start - 1 if before else end)


def _inherit(tab: Tab, dimension: str, start: int, end: int, model: int) -> None:
    for at, cell in list(tab.cells.items()):
        if at[0 if dimension == "ROWS" else 1] == model and "userEnteredFormat" in cell:
            for n in range(start, end):
                place: At = (n, at[1]) if dimension == "ROWS" else (at[0], n)
                tab.cells[place] = {"userEnteredFormat": cell["userEnteredFormat"]}
    sizes = tab.rows if dimension == "ROWS" else tab.columns
    if "pixelSize" in sizes.get(model, {}):
        for n in range(start, end):
            sizes[n] = {"pixelSize": sizes[model]["pixelSize"]}


def delete(book: Book, tab: Tab, dimension: str, start: int, end: int) -> None:
    count, what = count_of(tab, dimension), dimension.lower()
    if not 0 <= start < end:
        raise invalid("The range must not be empty.")
    if end > count:
        raise invalid(
            f"Cannot delete a {what[:-1]} that doesn't exist. "
            f"Tried to delete {what[:-1]} index {end - 1} but there are only {count} {what}."
        )
    if end - start >= count:
        raise invalid(f"You can't delete all the {what} on the sheet.")
    frozen = tab.properties["gridProperties"].get("frozenRowCount" if dimension == "ROWS" else "frozenColumnCount", 0)
    if frozen and frozen - max(0, min(end, frozen) - start) >= count - (end - start):
        raise invalid(f"Sorry, it is not possible to delete all non-frozen {what}.")
    shift(book, tab, dimension, lambda n: None if start <= n < end else n - (end - start) * (n >= end), count)
    resize(tab, dimension, count - (end - start))
    if frozen > start:
        name = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
        size = {**tab.properties["gridProperties"], name: frozen - (min(end, frozen) - start)}
        tab.properties = {**tab.properties, "gridProperties": {k: v for k, v in size.items() if v or k != name}}


def moving(start: int, end: int, to: int) -> Map:
    """Where each is after [start, end) was put before `to`, counted as it was."""

    def place(n: int) -> int:
        if start <= n < end:
            return n + (to - end if to > start else to - start)
        if end <= n < to:
            return n - (end - start)
        return n + (end - start) if to <= n < start else n

    return place


def move(book: Book, tab: Tab, dimension: str, start: int, end: int, to: int) -> None:
    count = count_of(tab, dimension)
    if not 0 <= start < end <= count or not 0 <= to <= count:
        raise invalid("The source or the destination lies outside of the grid.")
    if start < to < end:
        raise invalid("The destination index cannot be within the source range.")
    shift(book, tab, dimension, moving(start, end, to), count)


def _insert(book: Book, request: Json) -> Json:
    tab, dimension, start, end = _span(book, request.get("range", {}))
    insert(book, tab, dimension, start, end, request.get("inheritFromBefore", False))
    return {}


def _append(book: Book, request: Json) -> Json:
    tab, dimension = book.tab(request.get("sheetId", 0)), request.get("dimension", "")
    if request.get("length", 0) <= 0:
        raise invalid("length must be positive.")
    resize(tab, dimension, count_of(tab, dimension) + request["length"])
    return {}


def _delete(book: Book, request: Json) -> Json:
    delete(book, *_span(book, request.get("range", {})))
    return {}


def _move(book: Book, request: Json) -> Json:
    move(book, *_span(book, request.get("source", {})), request.get("destinationIndex", 0))
    return {}


def _update(book: Book, request: Json) -> Json:
    mask = require(request.get("fields"), "DimensionProperties")
    tab, dimension, start, end = _span(book, request.get("range", {}))
    if end > count_of(tab, dimension):
        raise invalid(f"Range exceeds grid limits: {end} of {count_of(tab, dimension)}.")
    kept = tab.rows if dimension == "ROWS" else tab.columns
    for n in range(start, end):
        new = {k: v for k, v in assign(kept.get(n, {}), request.get("properties", {}), mask).items() if v is not False}
        if new:
            kept[n] = new
        else:
            kept.pop(n, None)
    return {}


def _auto(book: Book, request: Json) -> Json:
    """To the longest text, as far as a server without fonts can tell."""
    from tests.sheets_server.display import formatted

    tab, dimension, start, end = _span(book, request.get("dimensions", {}))
    if dimension == "COLUMNS":
        for n in range(start, min(end, tab.column_count)):
            said = [formatted(c.get("userEnteredValue", {}), None, book) for at, c in tab.cells.items() if at[1] == n]
            tab.columns[n] = {**tab.columns.get(n, {}), "pixelSize": max(21, 7 * max(map(len, said), default=0) + 10)}
    else:
        for n in range(start, min(end, tab.row_count)):
            tab.rows[n] = {k: v for k, v in tab.rows.get(n, {}).items() if k != "pixelSize"}
    return {}


def _insert_range(book: Book, request: Json) -> Json:
    _shift_cells(book, request, inserting=True)
    return {}


def _delete_range(book: Book, request: Json) -> Json:
    _shift_cells(book, request, inserting=False)
    return {}


def _shift_cells(book: Book, request: Json, *, inserting: bool) -> None:
    """Cells of a range make way, or come up, within its rows or columns alone."""
    tab = book.tab(request.get("range", {}).get("sheetId", 0))
    area = box(tab, request.get("range", {}))
    rows = request.get("shiftDimension", "ROWS") == "ROWS"
    size = len(area.rows) if rows else len(area.columns)
    found: dict[At, Json] = {}
    for (r, c), cell in tab.cells.items():
        beside = (c in area.columns) if rows else (r in area.rows)
        n, first, last = (r, area.top, area.bottom) if rows else (c, area.left, area.right)
        if beside and inserting and n >= first:
            n += size
        elif beside and not inserting and n >= first:
            if n < last:
                continue
            n -= size
        at = (n, c) if rows else (r, n)
        if at[0] < tab.row_count and at[1] < tab.column_count:
            found[at] = cell
    tab.cells = found


def _groups(tab: Tab, dimension: str) -> list[Json]:
    return tab.row_groups if dimension == "ROWS" else tab.column_groups


def _add_group(book: Book, request: Json) -> Json:
    tab, dimension, start, end = _span(book, request.get("range", {}))
    groups = _groups(tab, dimension)
    depth = 1 + max(
        (g["depth"] for g in groups if g["range"]["startIndex"] < end and start < g["range"]["endIndex"]), default=0
    )
    groups.append(
        {"range": {"sheetId": tab.id, "dimension": dimension, "startIndex": start, "endIndex": end}, "depth": depth}
    )
    control = {"rowGroupControlAfter" if dimension == "ROWS" else "columnGroupControlAfter": True}
    tab.properties = {**tab.properties, "gridProperties": {**tab.properties["gridProperties"], **control}}
    groups.sort(key=lambda g: (g["depth"], g["range"]["startIndex"]))
    return {"addDimensionGroup": {"dimensionGroups": list(groups)}}


def _delete_group(book: Book, request: Json) -> Json:
    tab, dimension, start, end = _span(book, request.get("range", {}))
    groups = _groups(tab, dimension)
    same = [g for g in groups if (g["range"]["startIndex"], g["range"]["endIndex"]) == (start, end)]
    if not same:
        raise invalid("Cannot find a dimension group that spans the range.")
    groups.remove(max(same, key=lambda g: int(g["depth"])))
    return {"deleteDimensionGroup": {"dimensionGroups": list(groups)} if groups else {}}


def _update_group(book: Book, request: Json) -> Json:
    given = request.get("dimensionGroup", {})
    mask = require(request.get("fields"), "DimensionGroup")
    tab, dimension, start, end = _span(book, given.get("range", {}))
    groups = _groups(tab, dimension)
    for n, group in enumerate(groups):
        here = (group["range"]["startIndex"], group["range"]["endIndex"], group["depth"])
        if here == (start, end, given.get("depth", 1)):
            groups[n] = {**group, **{k: v for k, v in assign(group, given, mask).items() if k == "collapsed"}}
            return {}
    raise invalid("Cannot find the dimension group.")


HANDLERS: dict[str, Handler] = {
    "insertDimension": _insert,
    "appendDimension": _append,
    "deleteDimension": _delete,
    "moveDimension": _move,
    "updateDimensionProperties": _update,
    "autoResizeDimensions": _auto,
    "insertRange": _insert_range,
    "deleteRange": _delete_range,
    "addDimensionGroup": _add_group,
    "deleteDimensionGroup": _delete_group,
    "updateDimensionGroup": _update_group,
}
