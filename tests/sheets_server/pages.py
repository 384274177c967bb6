"""What is no part of the API: pages to look at, and controls for tests and for the curious."""

import html
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.sheets_server import people
from tests.sheets_server.faults import KINDS, Fault
from tests.sheets_server.model import ApiError, Json, invalid

if TYPE_CHECKING:
    from tests.sheets_server.server import SheetsServer


def page(server: "SheetsServer", path: str) -> str:
    """`/` lists the spreadsheets, `/view/<id>` and `/view/<id>/<tab>` show one."""
    from tests.sheets_server.view import render

    parts = [part for part in path.split("/") if part]
    if not parts:
        lines = [
            f'<li><a href="/view/{book.id}">{html.escape(book.properties["title"])}</a> <code>{book.id}</code></li>'
            for book in server.books.values()
        ]
        return f"<!doctype html><title>Spreadsheets</title><h1>Spreadsheets</h1><ul>{''.join(lines)}</ul>"
    book = server.book(parts[1]) if len(parts) > 1 else None
    if book is None or parts[0] != "view":
        raise ApiError(404, "NOT_FOUND", f"There is no page {path}.")
    title = "/".join(parts[2:])
    tab = book.named(title) if title else book.tabs[0]
    if tab is None:
        raise ApiError(404, "NOT_FOUND", f"There is no tab {title}.")
    return render(book, tab)


def control(server: "SheetsServer", method: str, path: str, body: Any) -> Json:
    """`GET /control/log`, `POST /control/faults`, `/control/limits`, `/control/tokens`, `/control/person`."""
    what, given = path.removeprefix("/control/").strip("/"), body or {}
    if not isinstance(given, dict):
        raise invalid("A control takes an object.")
    match what:
        case "log":
            return {"requests": [asdict(one) for one in server.log]}
        case "faults":
            if set(given) != {"faults"}:
                raise invalid('Faults are told as {"faults": [{"kind": "503"}, null]}.')
            for one in given["faults"]:
                if one is not None and one.get("kind") not in KINDS:
                    raise invalid(f"A fault is one of {', '.join(KINDS)}.")
                server.faults.script.append(None if one is None else Fault(one["kind"], int(one.get("after", 0))))
            return {"waiting": len(server.faults.script)}
        case "limits":
            server.faults.limited = bool(given.get("limited", True))
            return {"limited": server.faults.limited}
        case "tokens":
            server.door.forget_tokens()
            return {"tokens": 0}
        case "forbid":
            server.books[given["spreadsheetId"]].forbidden = bool(given.get("forbidden", True))
            return {}
        case "person":
            return _person(server, given)
    raise ApiError(404, "NOT_FOUND", f"There is no control {path}. Known: log, faults, limits, tokens, forbid, person.")


_DOES = {
    "type": people.type_in,
    "note": people.note,
    "insert": people.insert,
    "delete": people.delete,
    "move": people.move,
    "hide": people.hide,
    "rename": people.rename_tab,
    "delete tab": people.delete_tab,
}


def _person(server: "SheetsServer", given: Json) -> Json:
    """`{"spreadsheetId": ..., "sheetId": ..., "does": "type", "with": [[4, 7], "12"]}`."""
    does = given.get("does", "")
    if does not in _DOES:
        raise invalid(f"A person can {', '.join(_DOES)}.")
    with_ = [tuple(one) if isinstance(one, list) else one for one in given.get("with", [])]
    book = server.book(given["spreadsheetId"])
    act: Any = _DOES[does]
    server.keep(act(book, given.get("sheetId", book.tabs[0].id), *with_))
    return {}
