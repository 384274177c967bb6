"""Texts in ranges: found and replaced, pasted, trimmed, made distinct."""

import re
from typing import Any

from tests.sheets_server.display import formatted
from tests.sheets_server.entry import typed
from tests.sheets_server.families.arrange import area_of, put
from tests.sheets_server.formulas import Calculation
from tests.sheets_server.model import At, Book, Handler, Json, Tab, box


def _find_replace(book: Book, request: Json) -> Json:
    if "range" in request:
        places = [area_of(book, request["range"])]
    elif request.get("allSheets"):
        places = [(tab, box(tab, {})) for tab in book.tabs]
    else:
        tab = book.tab(request.get("sheetId", 0))
        places = [(tab, box(tab, {}))]
    found = request.get("find", "")
    pattern = re.compile(
        found if request.get("searchByRegex") else re.escape(found), 0 if request.get("matchCase") else re.IGNORECASE
    )
    counts = {"values": 0, "formulas": 0, "occurrences": 0, "rows": set(), "sheets": set()}
    for tab, area in places:
        for at in sorted(at for at in tab.cells if at in area):
            _replaced(book, tab, at, pattern, request, counts)
    told = {
        "valuesChanged": counts["values"],
        "formulasChanged": counts["formulas"],
        "rowsChanged": len(counts["rows"]),
    }
    told |= {"sheetsChanged": len(counts["sheets"]), "occurrencesChanged": counts["occurrences"]}
    return {"findReplace": {k: v for k, v in told.items() if v}}


def _replaced(book: Book, tab: Tab, at: At, pattern: "re.Pattern[str]", request: Json, counts: dict[str, Any]) -> None:
    cell = tab.cells[at]
    value = cell.get("userEnteredValue", {})
    formula = "formulaValue" in value
    if formula and not request.get("includeFormulas"):
        return
    said = (
        value["formulaValue"]
        if formula
        else formatted(value, cell.get("userEnteredFormat", {}).get("numberFormat"), book)
    )
    if request.get("matchEntireCell") and not pattern.fullmatch(said):
        return
    replacement = request.get("replacement", "")
    groups = re.sub(r"\$(\d)", r"\\\1", replacement.replace("\\", r"\\"))
    new, count = pattern.subn(groups if request.get("searchByRegex") else (lambda _: replacement), said)
    if not count:
        return
    entered, _ = typed(new, book)
    put(
        tab,
        at,
        {k: v for k, v in cell.items() if k != "userEnteredValue"} | ({"userEnteredValue": entered} if entered else {}),
    )
    counts["formulas" if formula else "values"] += 1
    counts["occurrences"] += count
    counts["rows"].add((tab.id, at[0]))
    counts["sheets"].add(tab.id)


def _paste_data(book: Book, request: Json) -> Json:
    to, said = request.get("coordinate", {}), request.get("data", "")
    tab = book.tab(to.get("sheetId", 0))
    for r, line in enumerate(said.splitlines()):
        for c, text in enumerate(line.split(request.get("delimiter") or "\t")):
            at = (to.get("rowIndex", 0) + r, to.get("columnIndex", 0) + c)
            value, _ = typed(text, book)
            put(
                tab,
                at,
                {k: v for k, v in tab.cells.get(at, {}).items() if k != "userEnteredValue"}
                | ({"userEnteredValue": value} if value else {}),
            )
    return {}


def _trim(book: Book, request: Json) -> Json:
    tab, area = area_of(book, request.get("range", {}))
    changed = 0
    for at in [at for at in tab.cells if at in area]:
        said = tab.cells[at].get("userEnteredValue", {}).get("stringValue")
        if said is not None and (new := " ".join(said.split())) != said:
            tab.cells[at] = {**tab.cells[at], "userEnteredValue": {"stringValue": new}}
            changed += 1
    return {"trimWhitespace": {"cellsChangedCount": changed} if changed else {}}


def _distinct(book: Book, request: Json) -> Json:
    tab, area = area_of(book, request.get("range", {}))
    compared = request.get("comparisonColumns") or [{"startIndex": area.left, "endIndex": area.right}]
    columns = [c for one in compared for c in range(one.get("startIndex", area.left), one.get("endIndex", area.right))]
    calculation, seen, kept = Calculation(book), set(), []
    for r in area.rows:
        key = tuple(str(calculation.value(tab, (r, c))).casefold() for c in columns)
        if key not in seen:
            seen.add(key)
            kept.append({c: tab.cells.get((r, c), {}) for c in area.columns})
    gone = len(area.rows) - len(kept)
    for n, r in enumerate(area.rows):
        for c in area.columns:
            put(tab, (r, c), kept[n][c] if n < len(kept) else {})
    return {"deleteDuplicates": {"duplicatesRemovedCount": gone} if gone else {}}


HANDLERS: dict[str, Handler] = {
    "findReplace": _find_replace,
    "pasteData": _paste_data,
    "trimWhitespace": _trim,
    "deleteDuplicates": _distinct,
}
