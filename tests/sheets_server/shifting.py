"""Everything that has a place, carried along when rows or columns are inserted, deleted or moved."""

from collections.abc import Callable

from tests.sheets_server.formula_text import moved
from tests.sheets_server.model import Book, Json, Tab

Map = Callable[[int], int | None]
"""Where a row or column is now; None: it is gone."""

_RULES = ("merges", "conditional_formats", "protected_ranges", "banded_ranges", "filter_views", "tables")


def shift(book: Book, tab: Tab, dimension: str, place: Map, count: int) -> None:
    """`place` tells where each of the `count` old rows or columns of the tab is now. Sizes are the caller's."""
    rows = dimension == "ROWS"
    same: Map = lambda n: n  # noqa: E731 - a name for what does not move
    row, column = (place, same) if rows else (same, place)
    tab.cells = {
        (r, c): cell
        for at, cell in tab.cells.items()
        if (r := row(at[0])) is not None and (c := column(at[1])) is not None
    }
    kept = tab.rows if rows else tab.columns
    shifted = {at: what for n, what in kept.items() if (at := place(n)) is not None}
    if rows:
        tab.rows = shifted
    else:
        tab.columns = shifted
    _ranges(book, tab, "Row" if rows else "Column", place, count)
    _metadata(book, tab, dimension, place)
    _formulas(book, tab, row, column)


def _ranges(book: Book, tab: Tab, name: str, place: Map, count: int) -> None:
    for kept in _RULES:
        setattr(tab, kept, [new for one in getattr(tab, kept) if (new := _ranged(one, name, place, count)) is not None])
    if tab.basic_filter:
        tab.basic_filter = _ranged(tab.basic_filter, name, place, count)
    groups = "row_groups" if name == "Row" else "column_groups"
    setattr(tab, groups, [new for one in getattr(tab, groups) if (new := _grouped(one, place)) is not None])
    found = []
    for one in book.named_ranges:
        if one["range"].get("sheetId", 0) == tab.id:
            new = _ranged(one, name, place, count)
            found += [new] if new else []
        else:
            found.append(one)
    book.named_ranges = found


def _ranged(thing: Json, name: str, place: Map, count: int) -> Json | None:
    """A rule or a bare range after the shift; None when nothing of it is left."""
    if "ranges" in thing:
        left = [new for one in thing["ranges"] if (new := _span(one, name, place, count)) is not None]
        return {**thing, "ranges": left} if left else None
    if "range" in thing:
        new = _span(thing["range"], name, place, count)
        return {**thing, "range": new} if new is not None else None
    return _span(thing, name, place, count)


def _span(area: Json, name: str, place: Map, count: int) -> Json | None:
    first, last = f"start{name}Index", f"end{name}Index"
    if first not in area and last not in area:
        return area
    low, high = area.get(first, 0), area.get(last)
    start = next((n for at in range(low, high or count) if (n := place(at)) is not None), None)
    if start is None:
        return None
    found = {**area, first: start}
    if high is not None:
        end = next(n for at in range(high - 1, low - 1, -1) if (n := place(at)) is not None)
        found[first], found[last] = min(start, end), max(start, end) + 1
    return found


def _grouped(group: Json, place: Map) -> Json | None:
    span = group["range"]
    left = [n for at in range(span["startIndex"], span["endIndex"]) if (n := place(at)) is not None]
    return {**group, "range": {**span, "startIndex": min(left), "endIndex": max(left) + 1}} if left else None


def _metadata(book: Book, tab: Tab, dimension: str, place: Map) -> None:
    found = []
    for one in book.metadata:
        span = one["location"].get("dimensionRange")
        if span is None or span["sheetId"] != tab.id or span["dimension"] != dimension:
            found.append(one)
        elif (at := place(span["startIndex"])) is not None:
            there = {**span, "startIndex": at, "endIndex": at + 1}
            found.append({**one, "location": {**one["location"], "dimensionRange": there}})
    book.metadata = found


def _formulas(book: Book, of: Tab, row: Map, column: Map) -> None:
    for tab in book.tabs:
        for at, cell in list(tab.cells.items()):
            formula = cell.get("userEnteredValue", {}).get("formulaValue")
            if formula and (said := moved(formula, tab.title, of.title, row, column)) != formula:
                tab.cells[at] = {**cell, "userEnteredValue": {"formulaValue": said}}
        for n, rule in enumerate(tab.conditional_formats):
            tab.conditional_formats[n] = _rule(rule, tab.title, of.title, row, column)


def _rule(rule: Json, in_tab: str, of_tab: str, row: Map, column: Map) -> Json:
    condition = rule.get("booleanRule", {}).get("condition", {})
    values = condition.get("values", [])
    said = [
        {**v, "userEnteredValue": moved(v["userEnteredValue"], in_tab, of_tab, row, column)}
        if v.get("userEnteredValue", "").startswith("=")
        else v
        for v in values
    ]
    if said == values:
        return rule
    boolean = {**rule["booleanRule"], "condition": {**condition, "values": said}}
    return {**rule, "booleanRule": boolean}


def resize(tab: Tab, dimension: str, count: int) -> None:
    size = {**tab.properties["gridProperties"], "rowCount" if dimension == "ROWS" else "columnCount": count}
    tab.properties = {**tab.properties, "gridProperties": size}
