"""python -m tests.sheets_server --port 8642: a Google Sheets to try things on."""

import argparse
import json
from pathlib import Path

from tests.sheets_server.entry import typed
from tests.sheets_server.model import Book
from tests.sheets_server.server import SheetsServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sheets_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8642)
    parser.add_argument("--seed", type=Path, help='JSON: {"<id>": {"title": "...", "tabs": {"Tab": [["a", 1], ...]}}}')
    parser.add_argument("--key", type=Path, help="write the key file of a service account here")
    parser.add_argument("--strict", action="store_true", help="admit only tokens that this server gave out")
    parser.add_argument("--limits", action="store_true", help="60 writes and 300 reads a minute, as Google has it")
    given = parser.parse_args()
    server = SheetsServer(given.port, strict=given.strict)
    server.faults.limited = given.limits
    for name, seed in json.loads(given.seed.read_text()).items() if given.seed else ():
        plant(server, name, seed)
    print(f"Sheets at {server.url} (endpoint: KPI_SHEETS_API_ENDPOINT={server.url})", flush=True)
    if given.key:
        print(f"Key file: KPI_GOOGLE_KEY_FILE={server.key_file(given.key).resolve()}", flush=True)
    print(f"Look at {server.url}/, ask {server.url}/v4/spreadsheets/<id>; stop with Ctrl-C.", flush=True)
    try:
        server.serve_for_ever()
    except KeyboardInterrupt:
        print("stopped")


def plant(server: SheetsServer, name: str, seed: dict[str, object]) -> Book:
    """A spreadsheet with an id of one's choice; values as if they had been typed."""
    tabs: dict[str, list[list[object]]] = seed.get("tabs") or {"Sheet1": []}  # type: ignore[assignment]
    given = {
        "properties": {k: seed[k] for k in ("locale", "timeZone") if k in seed},
        "sheets": [
            {
                "properties": {
                    "title": title,
                    "gridProperties": {
                        "rowCount": max(1000, len(rows)),
                        "columnCount": max(26, *(len(r) for r in rows), 0) if rows else 26,
                    },
                }
            }
            for title, rows in tabs.items()
        ],
    }
    book = server.new_book(str(seed.get("title", name)), given=given, name=name)
    for tab in book.tabs:
        for r, row in enumerate(tabs[tab.title]):
            for c, said in enumerate(row):
                if said not in (None, ""):
                    value, form = typed(said, book)
                    tab.cells[r, c] = {"userEnteredValue": value} | (
                        {"userEnteredFormat": {"numberFormat": form}} if form else {}
                    )
    return book


if __name__ == "__main__":
    main()
