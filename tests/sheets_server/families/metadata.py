"""Developer metadata: what programs leave on rows, columns, sheets and spreadsheets, and find again."""

import random
from collections.abc import Iterator

from tests.sheets_server.families.sheets import sheet_of
from tests.sheets_server.fields import assign, require
from tests.sheets_server.model import Book, Handler, Json, box, invalid


def located(book: Book, given: Json) -> Json:
    """A location as it is kept: its kind said, its sheet known to exist."""
    if given.get("spreadsheet"):
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if "dimensionRange" in given:
        span = given["dimensionRange"]
        tab = book.tab(span.get("sheetId", 0))
        kind = span.get("dimension")
        start, end = span.get("startIndex", 0), span.get("endIndex")
        if kind not in ("ROWS", "COLUMNS") or end is None or end - start != 1:
            raise invalid("Developer metadata can only be associated with a single row or column.")
        if end > (tab.row_count if kind == "ROWS" else tab.column_count):
            raise invalid("The dimension range lies outside of the grid.")
        kept = {"sheetId": tab.id, "dimension": kind, "startIndex": start, "endIndex": end}
        return {"locationType": kind.removesuffix("S"), "dimensionRange": kept}
    if "sheetId" in given:
        return {"locationType": "SHEET", "sheetId": book.tab(given["sheetId"]).id}
    raise invalid("Developer metadata must have a location.")


def _create(book: Book, request: Json) -> Json:
    given = request.get("developerMetadata", {})
    if not given.get("metadataKey"):
        raise invalid("Developer metadata must have a key.")
    if given.get("visibility", "DEVELOPER_METADATA_VISIBILITY_UNSPECIFIED").endswith("UNSPECIFIED"):
        raise invalid("Developer metadata must have a visibility.")
    taken = {m["metadataId"] for m in book.metadata}
    number = given.get("metadataId")
    if number is None:
        while (number := random.randrange(1, 2**31)) in taken:
            pass
    if number in taken:
        raise invalid(f"Developer metadata with ID {number} already exists.")
    kept = {"metadataId": number, "metadataKey": given["metadataKey"]}
    if given.get("metadataValue"):
        kept["metadataValue"] = given["metadataValue"]
    kept |= {"location": located(book, given.get("location", {})), "visibility": given["visibility"]}
    book.metadata.append(kept)
    return {"createDeveloperMetadata": {"developerMetadata": shown(kept)}}


def _delete(book: Book, request: Json) -> Json:
    gone = list(matching(book, [request.get("dataFilter", {})]))
    book.metadata = [m for m in book.metadata if m not in gone]
    return {"deleteDeveloperMetadata": {"deletedDeveloperMetadata": [shown(m) for m in gone]}}


def _update(book: Book, request: Json) -> Json:
    mask = require(request.get("fields"), "DeveloperMetadata")
    given = request.get("developerMetadata", {})
    changed = []
    for n, old in enumerate(book.metadata):
        if any(_matches(book, old, one) for one in request.get("dataFilters", [])):
            new = {**assign(old, given, mask), "metadataId": old["metadataId"]}
            if "location" in mask:
                new["location"] = located(book, new.get("location", {}))
            book.metadata[n] = new
            changed.append(new)
    return {"updateDeveloperMetadata": {"developerMetadata": [shown(m) for m in changed]}}


def matching(book: Book, filters: list[Json]) -> Iterator[Json]:
    """Metadata that any of the filters selects."""
    for metadata in book.metadata:
        if any(_matches(book, metadata, one) for one in filters):
            yield metadata


def _matches(book: Book, metadata: Json, data_filter: Json) -> bool:
    if "developerMetadataLookup" in data_filter:
        return _found(metadata, data_filter["developerMetadataLookup"])
    if "gridRange" in data_filter:
        return _lies_in(book, metadata, data_filter["gridRange"])
    if "a1Range" in data_filter:
        from tests.sheets_server.a1 import grid_range

        return _lies_in(book, metadata, grid_range(book, data_filter["a1Range"]))
    raise invalid("Must specify a data filter.")


def _found(metadata: Json, lookup: Json) -> bool:
    for name in ("metadataId", "metadataKey", "metadataValue", "visibility"):
        if name in lookup and metadata.get(name) != lookup[name]:
            return False
    location = metadata["location"]
    kind = lookup.get("locationType")
    if kind and not kind.endswith("UNSPECIFIED") and location["locationType"] != kind:
        return False
    if "metadataLocation" not in lookup:
        return True
    exact = lookup.get("locationMatchingStrategy", "EXACT_LOCATION") != "INTERSECTING_LOCATION"
    return _here(location, lookup["metadataLocation"], exact)


def _here(location: Json, asked: Json, exact: bool) -> bool:
    if asked.get("spreadsheet"):
        return not exact or bool(location.get("spreadsheet"))
    if "dimensionRange" in asked:
        mine, theirs = location.get("dimensionRange"), asked["dimensionRange"]
        if mine is None:
            return not exact and location.get("sheetId") == theirs.get("sheetId", 0)
        same = mine["sheetId"] == theirs.get("sheetId", 0)
        crossing = mine["dimension"] != theirs.get("dimension")
        start, end = theirs.get("startIndex", 0), theirs.get("endIndex", 2**31)
        if exact:
            return same and not crossing and (mine["startIndex"], mine["endIndex"]) == (start, end)
        return same and (crossing or start <= mine["startIndex"] < end)
    if exact:
        return bool(location.get("sheetId") == asked.get("sheetId"))
    return sheet_of({"location": location}) in (None, asked.get("sheetId", 0))


def _lies_in(book: Book, metadata: Json, grid_range: Json) -> bool:
    """Metadata of rows and columns that the range covers; of the sheet for a range that is all of it."""
    tab = book.tab(grid_range.get("sheetId", 0))
    area, location = box(tab, grid_range), metadata["location"]
    if sheet_of(metadata) != tab.id:
        return False
    span = location.get("dimensionRange")
    if span is None:
        return not set(grid_range) - {"sheetId"}
    return span["startIndex"] in (area.rows if span["dimension"] == "ROWS" else area.columns)


def shown(metadata: Json) -> Json:
    """As the API answers it: sheet 0 goes without saying in a range."""
    span = metadata["location"].get("dimensionRange")
    if span is None or span["sheetId"]:
        return metadata
    bare = {name: what for name, what in span.items() if name != "sheetId"}
    return {**metadata, "location": {**metadata["location"], "dimensionRange": bare}}


HANDLERS: dict[str, Handler] = {
    "createDeveloperMetadata": _create,
    "updateDeveloperMetadata": _update,
    "deleteDeveloperMetadata": _delete,
}
