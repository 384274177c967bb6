"""As much of the Drive API as clients of spreadsheets need: files made, listed, copied, deleted, shared."""

import csv
import io
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.sheets_server import values
from tests.sheets_server.a1 import quoted
from tests.sheets_server.families.sheets import fresh_id
from tests.sheets_server.model import COLUMNS, ROWS, ApiError, Book, Json

if TYPE_CHECKING:
    from tests.sheets_server.server import SheetsServer

KIND = "application/vnd.google-apps.spreadsheet"
Params = Mapping[str, Sequence[str]]
Answer = tuple[int, Any]


def _file(server: "SheetsServer", book: Book) -> Json:
    made, changed = (server.times[book.id][n] for n in (0, 1))
    return {
        "kind": "drive#file",
        "id": book.id,
        "name": book.properties["title"],
        "mimeType": KIND,
        "createdTime": _stamp(made),
        "modifiedTime": _stamp(changed),
    }


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _masked(found: Json, params: Params, usual: Sequence[str]) -> Json:
    from tests.sheets_server.fields import parse, pick

    text = params.get("fields", [""])[-1]
    return dict(pick(found, parse(text))) if text else {name: found[name] for name in usual if name in found}


def _found(server: "SheetsServer", name: str) -> Book:
    if name not in server.books:
        info = {"domain": "global", "reason": "notFound", "message": f"File not found: {name}."}
        raise ApiError(404, "NOT_FOUND", f"File not found: {name}.", [info])
    return server.books[name]


def _create(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    book = server.new_book((body or {}).get("name", "Untitled spreadsheet"))
    return 200, _masked(_file(server, book), params, ("kind", "id", "name", "mimeType"))


def _list(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    named = re.search(r"name\s*=\s*[\"'](.*?)[\"'](?:\s|$)", params.get("q", [""])[-1])
    files = [_file(server, book) for book in server.books.values() if not named or book.properties["title"] == named[1]]
    found = {"kind": "drive#fileList", "incompleteSearch": False, "files": files}
    return 200, _masked(found, params, tuple(found))


def _get(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    return 200, _masked(_file(server, _found(server, parts[0])), params, ("kind", "id", "name", "mimeType"))


def _rename(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    book = _found(server, parts[0])
    if "name" in (body or {}):
        server.keep(replace(book, properties={**book.properties, "title": body["name"]}))
    return 200, _masked(_file(server, server.books[book.id]), params, ("kind", "id", "name", "mimeType"))


def _copy(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    source = _found(server, parts[0])
    name = (body or {}).get("name") or f"Copy of {source.properties['title']}"
    twin = replace(source.copy(), id=secrets.token_urlsafe(33), properties={**source.properties, "title": name})
    server.keep(twin)
    return 200, _masked(_file(server, twin), params, ("kind", "id", "name", "mimeType"))


def _delete(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    del server.books[_found(server, parts[0]).id]
    return 204, None


def _comments(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    _found(server, parts[0])
    return 200, {"comments": []}


def _export(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    """The first sheet as text."""
    separator = {"text/csv": ",", "text/tab-separated-values": "\t"}.get(params.get("mimeType", [""])[-1])
    if separator is None:
        raise ApiError(400, "INVALID_ARGUMENT", "This server exports CSV and TSV alone.")
    book = _found(server, parts[0])
    said = io.StringIO()
    rows = values.read(book, {"sheetId": book.tabs[0].id}, {}).get("values", [])
    csv.writer(said, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return 200, said.getvalue().removesuffix("\r\n")


def _import(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    """CSV as the only sheet, named like the file; what it says is read as if it had been typed.

    The API makes the spreadsheet anew: with a sheetId of chance, and in its own time zone.
    """
    book = _found(server, parts[0])
    rows = list(csv.reader(io.StringIO(body)))
    size = {"rowCount": max(ROWS, len(rows)), "columnCount": max(COLUMNS, *map(len, rows), 0)}
    sheet = {"sheetId": fresh_id(set()), "title": book.properties["title"], "gridProperties": size}
    made = {"properties": {"timeZone": "America/Los_Angeles"}, "sheets": [{"properties": sheet}]}
    twin = server.new_book(book.properties["title"], given=made, name=book.id)
    given = {"valueInputOption": "USER_ENTERED"}
    after, _ = values.update(twin, quoted(twin.tabs[0].title) + "!A1", given, {"values": rows})
    server.keep(after)
    return 200, _file(server, after)


def _permissions(server: "SheetsServer", name: str) -> list[Json]:
    _found(server, name)
    owner = {"kind": "drive#permission", "id": "owner", "type": "user", "emailAddress": server.address, "role": "owner"}
    return server.permissions.setdefault(name, [owner])


def _share(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    given = {k: v for k, v in (body or {}).items() if k != "emailMessage"}
    one = {"kind": "drive#permission", "id": str(secrets.randbelow(10**18)), **given}
    _permissions(server, parts[0]).append(one)
    return 200, _masked(one, params, ("kind", "id", "type", "role"))


def _shared(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    return 200, {"kind": "drive#permissionList", "permissions": _permissions(server, parts[0])}


def _unshare(server: "SheetsServer", parts: list[str], params: Params, body: Any) -> Answer:
    kept = _permissions(server, parts[0])
    server.permissions[parts[0]] = [one for one in kept if one["id"] != parts[1]]
    return 204, None


_FILES = r"/drive/v3/files"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("POST", _FILES, _create),
    ("GET", _FILES, _list),
    ("GET", _FILES + "/([^/]+)", _get),
    ("PATCH", _FILES + "/([^/]+)", _rename),
    ("DELETE", _FILES + "/([^/]+)", _delete),
    ("POST", _FILES + "/([^/]+)/copy", _copy),
    ("PUT", r"/upload/drive/v2/files/([^/]+)", _import),
    ("PATCH", r"/upload/drive/v3/files/([^/]+)", _import),
    ("GET", _FILES + "/([^/]+)/comments", _comments),
    ("GET", _FILES + "/([^/]+)/export", _export),
    ("GET", _FILES + "/([^/]+)/permissions", _shared),
    ("POST", _FILES + "/([^/]+)/permissions", _share),
    ("DELETE", _FILES + "/([^/]+)/permissions/([^/]+)", _unshare),
]
