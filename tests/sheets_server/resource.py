"""A spreadsheet as the API answers it: only what the mask wants is worked out."""

from collections import defaultdict
from collections.abc import Sequence

from tests.sheets_server import a1, display, formulas
from tests.sheets_server.batch import bare
from tests.sheets_server.conditions import conditional
from tests.sheets_server.families.metadata import shown
from tests.sheets_server.families.sheets import sheet_of
from tests.sheets_server.fields import Mask, below, pick, wants
from tests.sheets_server.model import At, Book, Box, Json, Tab, box
from tests.sheets_server.paint import effective

_WITH_RANGES = ("dataValidation", "chipRuns")
_ROW_PIXELS, _COLUMN_PIXELS = 21, 100
_LISTS = {
    "merges": "merges",
    "conditionalFormats": "conditional_formats",
    "filterViews": "filter_views",
    "protectedRanges": "protected_ranges",
    "bandedRanges": "banded_ranges",
    "charts": "charts",
    "rowGroups": "row_groups",
    "columnGroups": "column_groups",
    "slicers": "slicers",
    "tables": "tables",
}


def spreadsheet(
    book: Book,
    mask: Mask,
    *,
    ranges: Sequence[Json] = (),
    grid_data: bool = False,
    url: str = "https://docs.google.com",
) -> Json:
    """`ranges` are GridRanges; with any, only their sheets are answered. A mask decides on grid data by itself."""
    found: Json = {}
    if wants(mask, "spreadsheetId"):
        found["spreadsheetId"] = book.id
    if wants(mask, "properties"):
        found["properties"] = pick(book.properties, below(mask, "properties"))
    if wants(mask, "sheets"):
        found["sheets"] = _sheets(book, below(mask, "sheets"), ranges, grid_data or bool(mask))
    if wants(mask, "namedRanges") and book.named_ranges:
        found["namedRanges"] = [pick(bare(one), below(mask, "namedRanges")) for one in book.named_ranges]
    if wants(mask, "developerMetadata"):
        own = [shown(m) for m in book.metadata if m["location"].get("spreadsheet")]
        found |= {"developerMetadata": pick(own, below(mask, "developerMetadata"))} if own else {}
    if wants(mask, "spreadsheetUrl"):
        found["spreadsheetUrl"] = f"{url}/spreadsheets/d/{book.id}/edit"
    return found


def _sheets(book: Book, mask: Mask, ranges: Sequence[Json], grid_data: bool) -> list[Json]:
    chosen = defaultdict(list)
    for one in ranges:
        chosen[one.get("sheetId", 0)].append(one)
    return [
        _sheet(book, tab, mask, chosen.get(tab.id, [{}]), grid_data)
        for tab in book.tabs
        if not ranges or tab.id in chosen
    ]


def _sheet(book: Book, tab: Tab, mask: Mask, ranges: Sequence[Json], grid_data: bool) -> Json:
    found: Json = {}
    if wants(mask, "properties"):
        found["properties"] = pick(tab.properties, below(mask, "properties"))
    asked = "data" in mask or "*" in mask or (not mask and grid_data)
    if asked:
        found["data"] = [grid(book, tab, box(tab, one), below(mask, "data")) for one in ranges]
    for name, kept in _LISTS.items():
        things = getattr(tab, kept)
        if things and wants(mask, name):
            found[name] = pick([bare(thing) for thing in things], below(mask, name))
    if tab.basic_filter and wants(mask, "basicFilter"):
        found["basicFilter"] = pick(bare(tab.basic_filter), below(mask, "basicFilter"))
    if wants(mask, "developerMetadata"):
        own = [shown(m) for m in book.metadata if m["location"].get("sheetId") == tab.id]
        found |= {"developerMetadata": pick(own, below(mask, "developerMetadata"))} if own else {}
    return found


def grid(book: Book, tab: Tab, area: Box, mask: Mask) -> Json:
    """The GridData of one range."""
    area = Box(area.top, min(area.bottom, tab.row_count), area.left, min(area.right, tab.column_count))
    found: Json = {}
    if area.top and wants(mask, "startRow"):
        found["startRow"] = area.top
    if area.left and wants(mask, "startColumn"):
        found["startColumn"] = area.left
    if wants(mask, "rowData"):
        rows = _row_data(book, tab, area, below(below(mask, "rowData"), "values"))
        found |= {"rowData": rows} if rows else {}
    for name, dimension in (("rowMetadata", "ROWS"), ("columnMetadata", "COLUMNS")):
        if wants(mask, name):
            found[name] = _dimensions(book, tab, area, dimension, below(mask, name))
    return found


def _row_data(book: Book, tab: Tab, area: Box, mask: Mask) -> list[Json]:
    """Trailing empty cells and rows are left out."""
    lines: dict[int, dict[int, Json]] = defaultdict(dict)
    calculation = formulas.Calculation(book)
    for at, kept in tab.cells.items():
        if at in area and (cell := _cell(book, tab, at, kept, mask, calculation)):
            lines[at[0]][at[1]] = cell
    for at in calculation.spilled(tab) if wants(mask, "effectiveValue") else ():
        if at in area and at not in tab.cells:
            lines[at[0]][at[1]] = _cell(book, tab, at, {}, mask, calculation)
    last = max(lines, default=area.top - 1)
    rows = []
    for r in range(area.top, last + 1):
        line = lines.get(r, {})
        values = [line.get(c, {}) for c in range(area.left, max(line, default=area.left - 1) + 1)]
        rows.append({"values": values} if values else {})
    return rows


def _cell(book: Book, tab: Tab, at: At, kept: Json, mask: Mask, calculation: "formulas.Calculation") -> Json:
    found = {}
    for name in ("userEnteredValue", "userEnteredFormat", "note", "textFormatRuns", "dataValidation", "chipRuns"):
        if name in kept and wants(mask, name):
            told = bare(kept[name]) if name in _WITH_RANGES else kept[name]
            found[name] = pick(told, below(mask, name))
    if not any(wants(mask, n) for n in ("effectiveValue", "formattedValue", "effectiveFormat", "hyperlink")):
        return found
    value = calculation.value(tab, at)
    if value:
        if wants(mask, "effectiveValue"):
            found["effectiveValue"] = pick(value, below(mask, "effectiveValue"))
        if wants(mask, "formattedValue"):
            shown_as = display.formatted(value, number_format(kept, calculation, tab, at), book)
            found |= {"formattedValue": shown_as} if shown_as else {}
    if wants(mask, "effectiveFormat") and (kept.get("userEnteredFormat") or value):
        whole = effective(kept.get("userEnteredFormat", {}), value, book.properties["defaultFormat"])
        if extra := conditional(tab, at, value, calculation):
            whole = {**whole, **extra, "textFormat": {**whole["textFormat"], **extra.get("textFormat", {})}}
        found["effectiveFormat"] = pick(whole, below(mask, "effectiveFormat"))
    if wants(mask, "hyperlink") and (link := calculation.link(tab, at)):
        found["hyperlink"] = link
    return found


def number_format(kept: Json, calculation: "formulas.Calculation", tab: Tab, at: At) -> Json | None:
    form: Json | None = kept.get("userEnteredFormat", {}).get("numberFormat")
    return form


def _dimensions(book: Book, tab: Tab, area: Box, dimension: str, mask: Mask) -> list[Json]:
    kept, span = (tab.rows, area.rows) if dimension == "ROWS" else (tab.columns, area.columns)
    usual = {"pixelSize": _ROW_PIXELS if dimension == "ROWS" else _COLUMN_PIXELS}
    tags: dict[int, list[Json]] = defaultdict(list)
    if wants(mask, "developerMetadata"):
        for one in book.metadata:
            where = one["location"].get("dimensionRange", {})
            if where.get("dimension") == dimension and sheet_of(one) == tab.id:
                tags[where["startIndex"]].append(shown(one))
    found = []
    for n in span:
        line = {**usual, **kept.get(n, {})} | ({"developerMetadata": tags[n]} if n in tags else {})
        found.append(pick(line, mask))
    return found


def ranges_of(book: Book, texts: Sequence[str]) -> list[Json]:
    return [a1.grid_range(book, text) for text in texts]


def of_filters(book: Book, filters: Sequence[Json]) -> list[Json]:
    """The GridRanges that data filters select: ranges themselves, or rows, columns and sheets that bear metadata."""
    from tests.sheets_server.families.metadata import matching

    found: list[Json] = []
    for one in filters:
        if "gridRange" in one:
            book.tab(one["gridRange"].get("sheetId", 0))
            found.append(one["gridRange"])
        elif "a1Range" in one:
            found.append(a1.grid_range(book, one["a1Range"]))
        else:
            found += [_range_of(book, m) for m in matching(book, [one])]
    return found


def _range_of(book: Book, metadata: Json) -> Json:
    span = metadata["location"].get("dimensionRange")
    if span is None:
        return {"sheetId": metadata["location"].get("sheetId", book.tabs[0].id)}
    name = "Row" if span["dimension"] == "ROWS" else "Column"
    return {
        "sheetId": span["sheetId"],
        f"start{name}Index": span["startIndex"],
        f"end{name}Index": span["endIndex"],
    }
