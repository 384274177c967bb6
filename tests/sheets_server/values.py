"""The values collection: ranges read and written as plain lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.sheets_server import a1
from tests.sheets_server.conditions import require_valid
from tests.sheets_server.display import ERRORS, formatted, is_date, sections
from tests.sheets_server.entry import raw, typed
from tests.sheets_server.families.arrange import put
from tests.sheets_server.families.cells import grow
from tests.sheets_server.formulas import Calculation
from tests.sheets_server.model import Book, Box, Json, Tab, invalid

Params = dict[str, Any]
_MOMENTS = ("DATE", "TIME", "DATE_TIME")


def get(book: Book, a1_range: str, params: Params) -> Json:
    found = a1.grid_range(book, a1_range)
    return read(book, found, params)


def read(book: Book, grid_range: Json, params: Params) -> Json:
    """The ValueRange of a range; `values` is absent where nothing stands."""
    tab = book.tab(grid_range.get("sheetId", 0))
    area = a1.clipped(tab, grid_range)
    columns = params.get("majorDimension") == "COLUMNS"
    rows = _lists(book, tab, area, params)
    if columns:
        width = max(map(len, rows), default=0)
        rows = [_cut([row[c] if c < len(row) else "" for row in rows]) for c in range(width)]
        while rows and not rows[-1]:
            rows.pop()
    told: Json = {"range": a1.echo(tab, area), "majorDimension": "COLUMNS" if columns else "ROWS"}
    return told | ({"values": rows} if rows else {})


def _lists(book: Book, tab: Tab, area: Box, params: Params) -> list[list[Any]]:
    """Rows without trailing empty cells, and no trailing empty rows."""
    calculation, lines = Calculation(book), {}
    places = {at for at, cell in tab.cells.items() if "userEnteredValue" in cell} | set(calculation.spilled(tab))
    for at in places:
        if at in area and (said := _shown(book, tab, at, calculation, params)) != "":
            lines.setdefault(at[0], {})[at[1]] = said
    rows = []
    for r in range(area.top, max(lines, default=area.top - 1) + 1):
        line = lines.get(r, {})
        rows.append([line.get(c, "") for c in range(area.left, max(line, default=area.left - 1) + 1)])
    return rows


def _cut(values: list[Any]) -> list[Any]:
    while values and values[-1] == "":
        values.pop()
    return values


def _shown(book: Book, tab: Tab, at: tuple[int, int], calculation: Calculation, params: Params) -> Any:
    cell, option = tab.cells.get(at, {}), params.get("valueRenderOption", "FORMATTED_VALUE")
    entered = cell.get("userEnteredValue", {})
    if option == "FORMULA" and "formulaValue" in entered:
        return entered["formulaValue"]
    value = calculation.value(tab, at)
    form = cell.get("userEnteredFormat", {}).get("numberFormat")
    if option == "FORMATTED_VALUE":
        return formatted(value, form, book)
    if "numberValue" in value:
        moment = form and (form.get("type") in _MOMENTS or is_date(sections(form.get("pattern", ""))[0]))
        if moment and params.get("dateTimeRenderOption") == "FORMATTED_STRING":
            return formatted(value, form, book)
        number = value["numberValue"]
        return int(number) if float(number).is_integer() and abs(number) < 1e15 else number
    if "boolValue" in value:
        return value["boolValue"]
    if "errorValue" in value:
        return ERRORS.get(value["errorValue"]["type"], "#ERROR!")
    return value.get("stringValue", "")


def batch_get(book: Book, params: Params) -> Json:
    found = [get(book, text, params) for text in params.get("ranges", [])]
    return {"spreadsheetId": book.id, "valueRanges": found}


def batch_get_by_data_filter(book: Book, body: Json) -> Json:
    from tests.sheets_server.resource import of_filters

    found = []
    for one in body.get("dataFilters", []):
        for area in of_filters(book, [one]):
            found.append({"valueRange": read(book, area, body), "dataFilters": [one]})
    return {"spreadsheetId": book.id, **({"valueRanges": found} if found else {})}


@dataclass(frozen=True, slots=True)
class Written:
    """What is told of an update, and the cells that it wrote: sheetId, row, column."""

    told: Json
    cells: frozenset[tuple[int, int, int]]


def _counted(cells: Iterable[tuple[int, int, int]], word: str) -> Json:
    """Rows and columns count where at least one of their cells was written, each once a sheet; zeros are left out."""
    every = frozenset(cells)
    rows, columns = {(sheet, row) for sheet, row, _ in every}, {(sheet, column) for sheet, _, column in every}
    counts = {f"{word}Rows": len(rows), f"{word}Columns": len(columns), f"{word}Cells": len(every)}
    return {name: count for name, count in counts.items() if count}


def _written(book: Book, tab: Tab, area: Box, given: Json, params: Params) -> Written:
    """Writes into a tab of a copied book from the area's corner; what was updated."""
    option = params.get("valueInputOption")
    if option not in ("RAW", "USER_ENTERED"):
        told = f"Invalid value at 'value_input_option', \"{option}\"" if option else ""
        raise invalid(told or "'valueInputOption' is required but not specified")
    rows = _by_rows(given)
    width = max(map(len, rows), default=0)
    touched = Box(area.top, area.top + len(rows), area.left, area.left + width)
    said_at = {(r, c): said for r, row in enumerate(rows, area.top) for c, said in enumerate(row, area.left)}
    entered = {at: said for at, said in said_at.items() if said is not None}
    for at, said in entered.items():
        _enter(book, tab, at, said, option)
    cells = frozenset((tab.id, *at) for at in entered)
    told: Json = {"spreadsheetId": book.id, "updatedRange": a1.echo(tab, touched if rows else area)}
    told |= _counted(cells, "updated")
    if params.get("includeValuesInResponse") in (True, "true", "True"):
        shown = {
            "valueRenderOption": params.get("responseValueRenderOption", "FORMATTED_VALUE"),
            "dateTimeRenderOption": params.get("responseDateTimeRenderOption", "SERIAL_NUMBER"),
            "majorDimension": given.get("majorDimension", "ROWS"),
        }
        told["updatedData"] = read(book, _as_range(tab, touched), shown)
    return Written(told, cells)


def _by_rows(given: Json) -> list[list[Any]]:
    values = given.get("values", [])
    for line in values:
        if not isinstance(line, list):
            raise invalid(f"Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), {line}")
        for one in line:
            if isinstance(one, dict | list):
                kind = "struct_value {\n}" if isinstance(one, dict) else "list_value {\n}"
                raise invalid(f"Invalid values[0][0]: {kind}")
    if given.get("majorDimension") != "COLUMNS":
        return [list(line) for line in values]
    height = max(map(len, values), default=0)
    return [[line[r] if r < len(line) else None for line in values] for r in range(height)]


def _enter(book: Book, tab: Tab, at: tuple[int, int], said: Any, option: str) -> None:
    value, form = (raw(said), None) if option == "RAW" else typed(said, book)
    require_valid(tab, at, value)
    cell = {k: v for k, v in tab.cells.get(at, {}).items() if k != "userEnteredValue"}
    if value:
        cell["userEnteredValue"] = value
    if form and "numberFormat" not in cell.get("userEnteredFormat", {}):
        cell["userEnteredFormat"] = {**cell.get("userEnteredFormat", {}), "numberFormat": form}
    put(tab, at, cell)


def _as_range(tab: Tab, area: Box) -> Json:
    rows = {"startRowIndex": area.top, "endRowIndex": area.bottom}
    return {"sheetId": tab.id, **rows, "startColumnIndex": area.left, "endColumnIndex": area.right}


def update(book: Book, a1_range: str, params: Params, body: Json) -> tuple[Book, Json]:
    after = book.copy()
    return after, _update(after, a1.grid_range(after, a1_range), params, body).told


def _update(book: Book, found: Json, params: Params, body: Json) -> Written:
    tab = book.tab(found.get("sheetId", 0))
    area = a1.clipped(tab, found)
    rows = _by_rows(body)
    width = max(map(len, rows), default=0)
    if "endRowIndex" in found and (len(rows) > len(area.rows)) and not _is_cell(found):
        last = a1.letters(area.left) + str(area.bottom + 1)
        raise invalid(f"Requested writing within range [{a1.echo(tab, area)}], but tried writing to row [{last[1:]}]")
    if "endColumnIndex" in found and width > len(area.columns) and not _is_cell(found):
        beyond = a1.letters(area.right)
        raise invalid(f"Requested writing within range [{a1.echo(tab, area)}], but tried writing to column [{beyond}]")
    if area.top + len(rows) > tab.row_count or area.left + width > tab.column_count:
        whole = Box(area.top, area.top + len(rows), area.left, area.left + max(width, 1))
        limits = f"Max rows: {tab.row_count}, max columns: {tab.column_count}"
        raise invalid(f"Range ({a1.echo(tab, whole)}) exceeds grid limits. {limits}")
    return _written(book, tab, area, body, params)


def _is_cell(found: Json) -> bool:
    """A single cell is only where writing begins."""
    rows = found.get("endRowIndex", 0) - found.get("startRowIndex", 0)
    columns = found.get("endColumnIndex", 0) - found.get("startColumnIndex", 0)
    return rows == 1 and columns == 1


def append(book: Book, a1_range: str, params: Params, body: Json) -> tuple[Book, Json]:
    """Below the table that the range touches; `tableRange` says which that was."""
    after = book.copy()
    found = a1.grid_range(after, a1_range)
    tab = after.tab(found["sheetId"])
    area = a1.clipped(tab, found)
    table = _table(after, tab, area)
    rows = _by_rows(body)
    top, left = (table.bottom, table.left) if table else (area.top, area.left)
    if params.get("insertDataOption") == "INSERT_ROWS" and rows and top < tab.row_count:
        from tests.sheets_server.families.dimensions import insert

        insert(after, tab, "ROWS", top, top + len(rows), before=top > 0)
    width = max(map(len, rows), default=0)
    grow(tab, top + len(rows), left + width)
    updates = _written(after, tab, Box(top, top + max(len(rows), 1), left, left + max(width, 1)), body, params)
    told: Json = {"spreadsheetId": book.id}
    if table:
        told["tableRange"] = a1.echo(tab, table)
    return after, told | {"updates": updates.told}


def _table(book: Book, tab: Tab, area: Box) -> Box | None:
    """The last block of filled cells within the range, grown to all that touches it."""
    calculation = Calculation(book)
    filled = {
        at
        for at in tab.cells
        if calculation.value(tab, at) or "formulaValue" in tab.cells[at].get("userEnteredValue", {})
    }
    seeds = sorted(at for at in filled if at in area)
    if not seeds:  # a cell beside a table is not in it
        return None
    top, left = seeds[-1]
    bottom, right = top + 1, left + 1
    while True:
        was = (top, bottom, left, right)
        while any((top - 1, c) in filled for c in range(left - 1, right + 1)):
            top -= 1
        while any((bottom, c) in filled for c in range(left - 1, right + 1)):
            bottom += 1
        left -= any((r, left - 1) in filled for r in range(top - 1, bottom + 1))
        right += any((r, right) in filled for r in range(top - 1, bottom + 1))
        if was == (top, bottom, left, right):
            return Box(top, bottom, left, right)


def clear(book: Book, a1_range: str, params: Params, body: Json) -> tuple[Book, Json]:
    after = book.copy()
    return after, {"spreadsheetId": book.id, "clearedRange": _cleared(after, a1.grid_range(after, a1_range))}


def _cleared(book: Book, found: Json) -> str:
    tab = book.tab(found.get("sheetId", 0))
    area = a1.clipped(tab, found)
    for at in [at for at in tab.cells if at in area]:
        put(tab, at, {k: v for k, v in tab.cells[at].items() if k != "userEnteredValue"})
    return a1.echo(tab, area)


def batch_clear(book: Book, body: Json) -> tuple[Book, Json]:
    after = book.copy()
    cleared = [_cleared(after, a1.grid_range(after, text)) for text in body.get("ranges", [])]
    return after, {"spreadsheetId": book.id, "clearedRanges": cleared}


def batch_clear_by_data_filter(book: Book, body: Json) -> tuple[Book, Json]:
    from tests.sheets_server.resource import of_filters

    after = book.copy()
    cleared = [_cleared(after, area) for area in of_filters(after, body.get("dataFilters", []))]
    return after, {"spreadsheetId": book.id, "clearedRanges": cleared}


def batch_update(book: Book, body: Json) -> tuple[Book, Json]:
    after = book.copy()
    done = [_update(after, a1.grid_range(after, one.get("range", "")), body, one) for one in body.get("data", [])]
    return after, _totals(book, done, [one.told for one in done])


def batch_update_by_data_filter(book: Book, body: Json) -> tuple[Book, Json]:
    from tests.sheets_server.resource import of_filters

    after, done, responses = book.copy(), [], []
    for one in body.get("data", []):
        for area in of_filters(after, [one.get("dataFilter", {})]):
            done.append(_update(after, area, body, one))
            told = {k: v for k, v in done[-1].told.items() if k != "spreadsheetId"}
            responses.append(told | {"dataFilter": one["dataFilter"]})
    return after, _totals(book, done, responses)


def _totals(book: Book, done: Sequence[Written], responses: list[Json]) -> Json:
    told: Json = {"spreadsheetId": book.id}
    told |= _counted((cell for one in done for cell in one.cells), "totalUpdated")
    sheets = {one["updatedRange"].rpartition("!")[0] for one in responses}
    return told | ({"totalUpdatedSheets": len(sheets)} if sheets else {}) | {"responses": responses}
