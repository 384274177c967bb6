"""What is asked for by which path: the API's methods on the server's books."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.sheets_server import batch, drive, values
from tests.sheets_server.families.metadata import matching, shown
from tests.sheets_server.families.sheets import copy_to
from tests.sheets_server.fields import below, parse, pick, selected
from tests.sheets_server.model import ApiError, Book, Json
from tests.sheets_server.resource import of_filters, ranges_of, spreadsheet
from tests.sheets_server.schema import validated

if TYPE_CHECKING:
    from tests.sheets_server.server import SheetsServer

Params = Mapping[str, Sequence[str]]
Answer = tuple[int, Json | None]
_V4 = r"/v4/spreadsheets"


def answered(server: "SheetsServer", method: str, path: str, params: Params, body: Any) -> Answer:
    """The answer of the API. Raises ApiError."""
    for verb, pattern, handle in _ROUTES:
        found = re.fullmatch(pattern, path)
        if found and verb == method:
            code, answer = handle(server, [unquote(part) for part in found.groups()], params, body)
            fields = _last(params, "fields")
            filtered = fields and not path.startswith("/drive") and handle is not _get
            return code, pick(answer, parse(fields)) if filtered and fields else answer
    raise ApiError(404, "NOT_FOUND", f"The requested URL {path} was not found on this server.")


def is_write(method: str, path: str) -> bool:
    """As the quota counts: asking by data filter is a POST, and a read."""
    reading = ("ByDataFilter", "developerMetadata:search")
    return method in ("POST", "PUT", "DELETE", "PATCH") and not (path.endswith(reading) and "Update" not in path)


def _last(params: Params, name: str) -> str:
    return params[name][-1] if params.get(name) else ""


def _true(params: Params, name: str) -> bool:
    return _last(params, name).lower() == "true"


def _flat(params: Params) -> dict[str, Any]:
    """One value a name, but for ranges."""
    return {name: list(found) if name == "ranges" else found[-1] for name, found in params.items()}


def _create(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    given = validated("Spreadsheet", body)
    book = server.new_book(given.get("properties", {}).get("title", "Untitled spreadsheet"), given=given)
    return 200, spreadsheet(book, {})


def _get(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    book = server.book(parts[0])
    mask = selected(_last(params, "fields"), "Spreadsheet")
    ranges = ranges_of(book, params.get("ranges", ()))
    return 200, spreadsheet(book, mask, ranges=ranges, grid_data=_true(params, "includeGridData"))


def _get_by_filter(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    book, given = server.book(parts[0]), validated("GetSpreadsheetByDataFilterRequest", body)
    mask = selected(_last(params, "fields"), "Spreadsheet")
    ranges = of_filters(book, given.get("dataFilters", []))
    if given.get("dataFilters") and not ranges:
        return 200, {name: what for name, what in spreadsheet(book, mask).items() if name != "sheets"}
    return 200, spreadsheet(book, mask, ranges=ranges, grid_data=given.get("includeGridData", False))


def _batch(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    book, given = server.book(parts[0]), validated("BatchUpdateSpreadsheetRequest", body)
    after, replies = batch.apply(book, given.get("requests", []))
    server.keep(after)
    answer: Json = {"spreadsheetId": book.id, "replies": replies}
    if given.get("includeSpreadsheetInResponse"):
        ranges = ranges_of(after, given.get("responseRanges", ()))
        mask = below(selected(_last(params, "fields"), "BatchUpdateSpreadsheetResponse"), "updatedSpreadsheet")
        data = given.get("responseIncludeGridData", False)
        answer["updatedSpreadsheet"] = spreadsheet(after, mask, ranges=ranges, grid_data=data)
    return 200, answer


def _metadata(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    book = server.book(parts[0])
    for one in book.metadata:
        if one["metadataId"] == int(parts[1]):
            return 200, shown(one)
    raise ApiError(404, "NOT_FOUND", f"No developer metadata with id: {parts[1]}")


def _search(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    book, given = server.book(parts[0]), validated("SearchDeveloperMetadataRequest", body)
    filters = given.get("dataFilters", [])
    found = [
        {"developerMetadata": shown(m), "dataFilters": [f for f in filters if m in matching(book, [f])]}
        for m in matching(book, filters)
    ]
    return 200, {"matchedDeveloperMetadata": found} if found else {}


def _copy(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    given = validated("CopySheetToAnotherSpreadsheetRequest", body)
    target = server.book(given.get("destinationSpreadsheetId", ""))
    after, properties = copy_to(server.book(parts[0]), int(parts[1]), target)
    server.keep(after)
    return 200, properties


def _values_get(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    return 200, values.get(server.book(parts[0]), parts[1], _flat(params))


def _values_batch_get(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    return 200, values.batch_get(server.book(parts[0]), _flat(params))


def _values_filtered(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    given = validated("BatchGetValuesByDataFilterRequest", body)
    return 200, values.batch_get_by_data_filter(server.book(parts[0]), given)


Writer = Callable[..., tuple[Book, Json]]


def _in_range(write: Writer, schema: str) -> Callable[..., Answer]:
    def handle(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
        after, answer = write(server.book(parts[0]), parts[1], _flat(params), validated(schema, body, "data"))
        server.keep(after)
        return 200, answer

    return handle


def _in_book(write: Writer, schema: str) -> Callable[..., Answer]:
    def handle(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
        after, answer = write(server.book(parts[0]), validated(schema, body))
        server.keep(after)
        return 200, answer

    return handle


_BOOK = _V4 + r"/([^/:]+)"
_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("POST", _V4, _create),
    ("GET", _BOOK, _get),
    ("POST", _BOOK + ":getByDataFilter", _get_by_filter),
    ("POST", _BOOK + ":batchUpdate", _batch),
    ("GET", _BOOK + r"/developerMetadata/(\d+)", _metadata),
    ("POST", _BOOK + "/developerMetadata:search", _search),
    ("POST", _BOOK + r"/sheets/(\d+):copyTo", _copy),
    ("GET", _BOOK + "/values:batchGet", _values_batch_get),
    ("POST", _BOOK + "/values:batchGetByDataFilter", _values_filtered),
    ("POST", _BOOK + "/values:batchUpdate", _in_book(values.batch_update, "BatchUpdateValuesRequest")),
    (
        "POST",
        _BOOK + "/values:batchUpdateByDataFilter",
        _in_book(values.batch_update_by_data_filter, "BatchUpdateValuesByDataFilterRequest"),
    ),
    ("POST", _BOOK + "/values:batchClear", _in_book(values.batch_clear, "BatchClearValuesRequest")),
    (
        "POST",
        _BOOK + "/values:batchClearByDataFilter",
        _in_book(values.batch_clear_by_data_filter, "BatchClearValuesByDataFilterRequest"),
    ),
    ("POST", _BOOK + "/values/(.+):append", _in_range(values.append, "ValueRange")),
    ("POST", _BOOK + "/values/(.+):clear", _in_range(values.clear, "ClearValuesRequest")),
    ("GET", _BOOK + "/values/(.+)", _values_get),
    ("PUT", _BOOK + "/values/(.+)", _in_range(values.update, "ValueRange")),
    *drive.ROUTES,
]
