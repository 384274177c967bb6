"""The server: loopback HTTP, books in memory, a door, a quota, and faults on demand."""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.sheets_server.auth import ADDRESS, Door
from tests.sheets_server.families.sheets import new_tab, place
from tests.sheets_server.faults import Fault, Faults, error_of
from tests.sheets_server.model import ApiError, Book, Json
from tests.sheets_server.paint import DEFAULT_FORMAT, DEFAULT_THEME
from tests.sheets_server.routes import answered, is_write

HTML = "<!DOCTYPE html><html><head><title>Error 502</title></head><body><h1>502. That's an error.</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Logged:
    """One API request as it came, and how it was answered; 0 where no answer was given."""

    method: str
    path: str
    at: float
    size: int
    code: int


class SheetsServer:
    """Books by their id. As a context manager it serves them on `url` until the end.

    `now` tells the time for quotas and tokens; `strict` admits only tokens that this server gave out.
    """

    def __init__(self, port: int = 0, *, strict: bool = True, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.books: dict[str, Book] = {}
        self.faults = Faults()
        self.log: list[Logged] = []
        self.times: dict[str, tuple[float, float]] = {}  # by spreadsheet: made, changed
        self.bugs: list[Exception] = []
        self.permissions: dict[str, list[Json]] = {}
        self.door = Door(now, strict=strict)
        self.alone = threading.RLock()
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.sheets = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> "SheetsServer":
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def serve_for_ever(self) -> None:
        self._http.serve_forever()

    def key_file(self, path: Path) -> Path:
        return self.door.write_key(self.url, path)

    def new_book(self, title: str = "Untitled spreadsheet", *, given: Json | None = None, name: str = "") -> Book:
        """A spreadsheet as Google makes it: one sheet of 1000 x 26 with the id 0."""
        given = given or {}
        properties = {"locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": "Etc/GMT"}
        properties |= {**given.get("properties", {}), "title": title, "defaultFormat": DEFAULT_FORMAT}
        properties["spreadsheetTheme"] = DEFAULT_THEME
        order = ("title", "locale", "autoRecalc", "timeZone", "defaultFormat", "spreadsheetTheme")
        book = Book(name or secrets.token_urlsafe(33), {key: properties[key] for key in order})
        for n, one in enumerate(given.get("sheets") or [{}]):
            first = {"sheetId": 0, "title": "Sheet1"} if n == 0 else {}
            place(book, new_tab(book, {**first, **one.get("properties", {})}), None)
        self.keep(book)
        return book

    def book(self, name: str) -> Book:
        """Raises the API's 404 and 403."""
        book = self.books.get(name)
        if book is None:
            raise ApiError(404, "NOT_FOUND", "Requested entity was not found.")
        if book.forbidden:
            raise ApiError(403, "PERMISSION_DENIED", "The caller does not have permission")
        return book

    def keep(self, book: Book) -> None:
        """The book as it is from now on."""
        now = self.now()
        self.times[book.id] = (self.times.get(book.id, (now, now))[0], now)
        self.books[book.id] = book

    @property
    def address(self) -> str:
        return ADDRESS


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    sheets: SheetsServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - as http.server calls them

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server calls it
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = urlsplit(self.path)
        if place.path == "/token":
            code, answer = self.server.sheets.door.token(body, self.server.sheets.url)
            self._send(code, answer)
        elif place.path.startswith(("/view/", "/control")) or place.path == "/":
            self._look(place.path, body)
        else:
            self._api(place.path, place.query, body)

    def _api(self, path: str, query: str, body: bytes) -> None:
        sheets, writes = self.server.sheets, is_write(self.command, path)
        with sheets.alone:
            fault = sheets.faults.next()
            code, answer = self._worked(path, query, body, fault, writes)
            gone = fault is not None and fault.kind in ("reset before", "reset after")
            sheets.log.append(Logged(self.command, path, sheets.now(), len(body), 0 if gone else code))
        if gone:
            self._drop()
        elif fault and fault.kind == "502 html":
            self._send(502, HTML, "text/html; charset=UTF-8")
        elif fault and fault.kind == "cut":
            self._send(code, answer, cut=fault.after)
        else:
            if fault and fault.kind == "delay":
                time.sleep(fault.after / 1000)
            self._send(code, answer)

    def _worked(self, path: str, query: str, body: bytes, fault: Fault | None, writes: bool) -> tuple[int, Any]:
        sheets, kind = self.server.sheets, "writes" if writes else "reads"
        try:
            sheets.faults.count(kind, sheets.now())
            if fault and not fault.applies:
                if error := error_of(fault, kind):
                    raise error
                return 0, None
            sheets.door.admit(self.headers.get("Authorization", ""))
            hands = sheets.faults.before_writes if writes else sheets.faults.before_reads
            if hands and (hand := hands.popleft()):
                hand(sheets)
            params, upload = parse_qs(query, keep_blank_values=True), path.startswith("/upload/")
            return answered(sheets, self.command, path, params, body.decode() if upload else _read(body))
        except ApiError as error:
            return error.code, _told(error)
        except Exception as error:  # a fault of this server must not look like one of the line
            sheets.bugs.append(error)
            return 500, _told(ApiError(500, "INTERNAL", f"A fault of the test server: {error!r}"))

    def _look(self, path: str, body: bytes) -> None:
        """What is no part of the API: pages for people, controls for tests."""
        from tests.sheets_server.pages import control, page

        try:
            with self.server.sheets.alone:
                if path.startswith("/control"):
                    self._send(200, control(self.server.sheets, self.command, path, _read(body)))
                else:
                    self._send(200, page(self.server.sheets, unquote(path)), "text/html; charset=UTF-8")
        except ApiError as error:
            self._send(error.code, _told(error))

    def _send(self, code: int, answer: Any, kind: str = "application/json; charset=UTF-8", cut: int = -1) -> None:
        """Headers and body in one segment: apart, each request would cost 40 ms."""
        data = b"" if answer is None else answer.encode() if isinstance(answer, str) else _json(answer)
        head = f"HTTP/1.1 {code} {self.responses.get(code, ('', ''))[0]}\r\nContent-Type: {kind}\r\n"
        head += f"Content-Length: {len(data)}\r\nDate: {formatdate(self.server.sheets.now(), usegmt=True)}\r\n\r\n"
        whole = head.encode() + data
        try:
            self.wfile.write(whole if cut < 0 else whole[:cut])
            self.wfile.flush()
        except OSError:
            self.close_connection = True
        if 0 <= cut < len(whole):
            self._drop()

    def _drop(self) -> None:
        import contextlib
        import socket

        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _read(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body, parse_constant=_no_number)
    except ValueError:
        raise ApiError(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected token.") from None


def _no_number(said: str) -> float:
    raise ValueError(said)


def _json(answer: Any) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _told(error: ApiError) -> Json:
    told = {"code": error.code, "message": error.message, "status": error.status}
    return {"error": told | ({"details": error.details} if error.details else {})}
