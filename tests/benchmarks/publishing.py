"""Publishing 100 KPIs x 53 weeks to a spreadsheet, beside the usual script that calls gspread cell by cell.

.venv/bin/python -m tests.benchmarks.publishing

Both talk to the same test server on this machine, without a quota, so a request costs next to nothing here. At Google
it costs a fraction of a second, and only 60 writes a minute are allowed: the requests are what counts.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import gspread
from gspread.http_client import HTTPClient

from core.grid import LEFT_BLOCK, Grid
from core.publish.published import Published
from core.publish.sheets.publish import Target, publish
from tests.google.played_time import PlayedTime
from tests.sheets.conftest import Desk, make_grid
from tests.sheets_server.server import SheetsServer

KPIS, WEEKS = 100, 53
GOAL = 2


def grid(upto: int) -> Grid:
    kpis = {
        f"{n:03}": {"title": f"KPI {n}", "unit": "orders", "better": "lower", "target": 6 + n % 3}
        for n in range(1, KPIS + 1)
    }
    return make_grid(upto=upto, kpis=kpis)


class Loopback(HTTPClient):
    """gspread as it is, at the test server."""

    endpoint = ""

    def request(self, method: str, endpoint: str, *given: object, **more: object):  # type: ignore[no-untyped-def]
        return super().request(method, endpoint.replace("https://sheets.googleapis.com", self.endpoint), *given, **more)


def cell_by_cell(server: SheetsServer, folder: Path, spreadsheet: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """The first build of a tab and the next week's column, each number with a call of its own."""
    Loopback.endpoint = server.url
    client = gspread.service_account(str(server.key_file(folder / "usual.json")), http_client=Loopback)
    whole = grid(WEEKS)

    def build() -> None:
        tab = client.open_by_key(spreadsheet).add_worksheet("usual", len(whole.rows) + 20, len(whole.columns))
        for r, row in enumerate(whole.rows, start=1):
            for c, column in enumerate(whole.columns, start=1):
                cell = whole.cells.get((row, column))
                if cell is not None and cell.value is not None:
                    tab.update_cell(r, c, str(cell.value))

    def week() -> None:
        tab = client.open_by_key(spreadsheet).worksheet("usual")
        column = len(LEFT_BLOCK) + WEEKS
        for r, row in enumerate(whole.rows, start=1):
            value = whole.cells.get((row, whole.columns[column - 1]))
            if value is not None and value.value is not None:
                tab.update_cell(r, column, str(value.value))

    return build, week


def reconciled(desk: Desk) -> tuple[Callable[[], None], Callable[[], None]]:
    def bring(upto: int) -> None:
        target = Target(desk.sheets(), desk.spreadsheet, "success", list(desk.stored))
        left: list[Published] = []
        desk.stored = [publish([grid(upto)], target, intend=left.append).published]

    return lambda: bring(WEEKS - 1), lambda: bring(WEEKS)


def measured(server: SheetsServer, act: Callable[[], None]) -> tuple[float, int]:
    server.log.clear()
    began = perf_counter()
    act()
    return perf_counter() - began, len(server.log)


def main() -> None:
    with SheetsServer() as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = server.new_book("Scorecards")
        ours = reconciled(Desk(server, folder, PlayedTime(), book.id))
        usual = cell_by_cell(server, folder, book.id)
        for what, mine, theirs in zip(("first build", "weekly publish"), ours, usual, strict=True):
            (seconds, requests), (slow, many) = measured(server, mine), measured(server, theirs)
            print(
                f"{what:15} {requests:3} requests {seconds:6.2f} s    cell by cell {many:5,} requests {slow:6.2f} s"
                f"    {many / requests:6.0f} times fewer, {slow / seconds:5.1f} times faster"
            )
    print(f"goal: {GOAL} requests against hundreds")


if __name__ == "__main__":
    main()
