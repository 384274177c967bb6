"""What rearranges cells: merged, bordered, sorted, copied, cut."""

from typing import Any

from tests.sheets_server.formulas import Calculation, offset
from tests.sheets_server.model import At, Book, Box, Handler, Json, Tab, box, invalid
from tests.sheets_server.paint import both_spellings

_FORMAT = ("userEnteredFormat",)


def area_of(book: Book, given: Json) -> tuple[Tab, Box]:
    tab = book.tab(given.get("sheetId", 0))
    area = box(tab, given)
    if area.bottom > tab.row_count or area.right > tab.column_count:
        limits = f"Max rows: {tab.row_count}, max columns: {tab.column_count}"
        raise invalid(f"Range exceeds grid limits. {limits}")
    return tab, area


def _as_range(tab: Tab, area: Box) -> Json:
    rows = {"startRowIndex": area.top, "endRowIndex": area.bottom}
    return {"sheetId": tab.id, **rows, "startColumnIndex": area.left, "endColumnIndex": area.right}


def _overlap(a: Box, b: Box) -> bool:
    return a.top < b.bottom and b.top < a.bottom and a.left < b.right and b.left < a.right


def put(tab: Tab, at: At, cell: Json) -> None:
    if cell:
        tab.cells[at] = cell
    else:
        tab.cells.pop(at, None)


def _merge(book: Book, request: Json) -> Json:
    tab, area = area_of(book, request.get("range", {}))
    kind = request.get("mergeType", "MERGE_ALL")
    if kind == "MERGE_ROWS":
        parts = [Box(r, r + 1, area.left, area.right) for r in area.rows]
    elif kind == "MERGE_COLUMNS":
        parts = [Box(area.top, area.bottom, c, c + 1) for c in area.columns]
    else:
        parts = [area]
    for part in parts:
        if any(_overlap(part, box(tab, old)) and not _within(box(tab, old), part) for old in tab.merges):
            raise invalid("You must select all cells in a merged range to merge or unmerge them.")
        tab.merges = [old for old in tab.merges if not _overlap(part, box(tab, old))]
        _swallow(tab, part)
        if len(part.rows) * len(part.columns) > 1:
            tab.merges.append(_as_range(tab, part))
    return {}


def _swallow(tab: Tab, part: Box) -> None:
    """The first value of a merged range moves to its corner; the others are gone."""
    held = sorted(at for at in tab.cells if at in part and "userEnteredValue" in tab.cells[at])
    value = tab.cells[held[0]]["userEnteredValue"] if held else None
    for at in held:
        put(tab, at, {k: v for k, v in tab.cells[at].items() if k != "userEnteredValue"})
    if value is not None:
        corner = (part.top, part.left)
        tab.cells[corner] = {**tab.cells.get(corner, {}), "userEnteredValue": value}


def _within(inner: Box, outer: Box) -> bool:
    return (
        outer.top <= inner.top
        and inner.bottom <= outer.bottom
        and outer.left <= inner.left
        and inner.right <= outer.right
    )


def _unmerge(book: Book, request: Json) -> Json:
    tab, area = area_of(book, request.get("range", {}))
    if any(_overlap(area, box(tab, old)) and not _within(box(tab, old), area) for old in tab.merges):
        raise invalid("You must select all cells in a merged range to merge or unmerge them.")
    tab.merges = [old for old in tab.merges if not _overlap(area, box(tab, old))]
    return {}


def _borders(book: Book, request: Json) -> Json:
    tab, area = area_of(book, request.get("range", {}))
    for r in area.rows:
        for c in area.columns:
            sides = {
                "top": "top" if r == area.top else "innerHorizontal",
                "bottom": "bottom" if r == area.bottom - 1 else "innerHorizontal",
                "left": "left" if c == area.left else "innerVertical",
                "right": "right" if c == area.right - 1 else "innerVertical",
            }
            given = {side: request[name] for side, name in sides.items() if name in request}
            if given:
                _bordered(tab, (r, c), given)
    return {}


def _bordered(tab: Tab, at: At, given: Json) -> None:
    cell = tab.cells.get(at, {})
    form = cell.get("userEnteredFormat", {})
    lines = {**form.get("borders", {}), **{side: both_spellings(_line(line)) for side, line in given.items()}}
    lines = {side: line for side, line in lines.items() if line.get("style", "NONE") != "NONE"}
    form = {k: v for k, v in form.items() if k != "borders"} | ({"borders": lines} if lines else {})
    put(
        tab,
        at,
        {k: v for k, v in cell.items() if k != "userEnteredFormat"} | ({"userEnteredFormat": form} if form else {}),
    )


def _line(line: Json) -> Json:
    widths = {"SOLID": 1, "DOTTED": 1, "DASHED": 1, "SOLID_MEDIUM": 2, "SOLID_THICK": 3, "DOUBLE": 3}
    width = widths.get(line.get("style", ""), 0)
    black: Json = {"color": {}} if "color" not in line and "colorStyle" not in line else {}
    return {**line, **({"width": width} if width else {}), **black}


def sort_cells(book: Book, tab: Tab, area: Box, by: list[tuple[int, bool]]) -> dict[int, int]:
    """Sorts the rows of an area by columns, ascending or not; old row -> new row. Empty cells come last."""
    calculation = Calculation(book)
    order = list(area.rows)
    for column, ascending in reversed(by):
        keys = {r: _sort_key(calculation.value(tab, (r, column))) for r in order}
        full, empty = [r for r in order if keys[r] is not None], [r for r in order if keys[r] is None]
        order = sorted(full, key=lambda r: keys[r], reverse=not ascending) + empty  # type: ignore[arg-type, return-value]
    places = {old: area.top + n for n, old in enumerate(order)}
    before = {at: tab.cells.pop(at) for at in list(tab.cells) if at in area}
    for (r, c), cell in before.items():
        tab.cells[places[r], c] = _carried(cell, places[r] - r, 0)
    return places


def _sort_key(value: Json) -> Any:
    if not value:
        return None
    if "numberValue" in value:
        return (0, value["numberValue"])
    if "stringValue" in value:
        return (1, value["stringValue"].casefold())
    return (2, value["boolValue"]) if "boolValue" in value else (3, "")


def _carried(cell: Json, rows: int, columns: int) -> Json:
    formula = cell.get("userEnteredValue", {}).get("formulaValue")
    return {**cell, "userEnteredValue": {"formulaValue": offset(formula, rows, columns)}} if formula else cell


def _sort(book: Book, request: Json) -> Json:
    tab, area = area_of(book, request.get("range", {}))
    specs = request.get("sortSpecs", [])
    if not specs:
        raise invalid("At least one sort spec is required.")
    by = [(one.get("dimensionIndex", 0), one.get("sortOrder", "ASCENDING") != "DESCENDING") for one in specs]
    if any(column not in area.columns for column, _ in by):
        raise invalid("A sort spec's dimension index lies outside of the range.")
    sort_cells(book, tab, area, by)
    return {}


def _pasted(source: Json, old: Json, kind: str) -> Json:
    """What a cell becomes when another is pasted onto it."""
    if kind == "PASTE_FORMAT":
        taken: tuple[str, ...] = _FORMAT
    elif kind in ("PASTE_VALUES", "PASTE_FORMULA"):
        taken = ("userEnteredValue",)
    elif kind == "PASTE_DATA_VALIDATION":
        taken = ("dataValidation",)
    else:
        taken = ("userEnteredValue", *_FORMAT, "note", "dataValidation", "textFormatRuns")
    return {k: v for k, v in old.items() if k not in taken} | {k: source[k] for k in taken if k in source}


def _copy_paste(book: Book, request: Json) -> Json:
    source_tab, source = area_of(book, request.get("source", {}))
    tab, area = area_of(book, request.get("destination", {}))
    kind, turned = request.get("pasteType", "PASTE_NORMAL"), request.get("pasteOrientation") == "TRANSPOSE"
    height, width = (len(source.columns), len(source.rows)) if turned else (len(source.rows), len(source.columns))
    rows = max(height, len(area.rows) // height * height)
    columns = max(width, len(area.columns) // width * width)
    calculation, found = Calculation(book), {}
    for r in range(rows):
        for c in range(columns):
            at = (
                (source.top + c % width, source.left + r % height)
                if turned
                else (source.top + r % height, source.left + c % width)
            )
            cell = source_tab.cells.get(at, {})
            if kind == "PASTE_VALUES" and "formulaValue" in cell.get("userEnteredValue", {}):
                cell = {**cell, "userEnteredValue": calculation.value(source_tab, at)}
            to = (area.top + r, area.left + c)
            found[to] = _carried(cell, to[0] - at[0], to[1] - at[1])
    for to, cell in found.items():
        put(tab, to, _pasted(cell, tab.cells.get(to, {}), kind))
    return {}


def _cut_paste(book: Book, request: Json) -> Json:
    source_tab, source = area_of(book, request.get("source", {}))
    to = request.get("destination", {})
    tab, top, left = book.tab(to.get("sheetId", 0)), to.get("rowIndex", 0), to.get("columnIndex", 0)
    kind = request.get("pasteType", "PASTE_NORMAL")
    taken = {at: source_tab.cells.pop(at) for at in list(source_tab.cells) if at in source}
    for r in range(len(source.rows)):
        for c in range(len(source.columns)):
            cell = taken.get((source.top + r, source.left + c), {})
            put(tab, (top + r, left + c), _pasted(cell, tab.cells.get((top + r, left + c), {}), kind))
    return {}


HANDLERS: dict[str, Handler] = {
    "mergeCells": _merge,
    "unmergeCells": _unmerge,
    "updateBorders": _borders,
    "sortRange": _sort,
    "copyPaste": _copy_paste,
    "cutPaste": _cut_paste,
}
