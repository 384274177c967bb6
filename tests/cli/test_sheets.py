"""`kpi publish` to a spreadsheet, `kpi load` from one: what a person types, what the sheet shows, the exit codes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sheets.conftest import at, shown
from tests.sheets_server import people
from tests.sheets_server.faults import Fault
from tests.sheets_server.model import Tab
from tests.sheets_server.server import SheetsServer

from .conftest import Kpi

Sql = Callable[..., list[tuple[Any, ...]]]
URL = "https://docs.google.com/spreadsheets/d/book"


@pytest.fixture
def google(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SheetsServer]:
    """A spreadsheet `book` that the scorecard `sales` is published to."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with SheetsServer() as server:
        server.new_book("Sales", name="book")
        environment |= {
            "KPI_GOOGLE_KEY_FILE": str(server.key_file(tmp_path / "key.json")),
            "KPI_SHEETS_API_ENDPOINT": server.url,
            "KPI_SPREADSHEET_SALES": f"{URL}/edit#gid=0",
        }
        yield server


@pytest.fixture
def published(google: SheetsServer, shop: None, kpi: Kpi) -> SheetsServer:
    assert kpi("backfill", "--from", "2026-W44").code == 0
    assert kpi("publish").code == 0
    return google


def tab(server: SheetsServer) -> Tab:
    found = server.books["book"].named("sc2026")
    assert found
    return found


def typed(server: SheetsServer, number: str, week: str, said: object) -> None:
    place = at(tab(server), number, week)
    server.keep(people.type_in(server.books["book"], tab(server).id, place, said))


def test_a_scorecard_goes_to_its_spreadsheet_and_then_only_what_changed(
    google: SheetsServer, shop: None, kpi: Kpi
) -> None:
    kpi("backfill", "--from", "2026-W44")
    first = kpi("publish")
    assert (first.code, first.out) == (0, f"sales: {URL}: 1 change made\n")
    assert shown(tab(google))["01", "W45"] == 2
    google.log.clear()
    assert kpi("publish").out == f"sales: {URL}: up to date\n"
    assert [one.method for one in google.log] == ["GET"]
    assert not (Path.cwd() / "home" / "published").exists()


def test_a_look_before_tells_every_cell(published: SheetsServer, sql: Sql, kpi: Kpi) -> None:
    sql("insert into staging.orders values ('2026-11-06 12:00+00', 10)")
    kpi("backfill", "--from", "2026-W45")
    told = kpi("publish", "--dry-run")
    assert told.out.splitlines()[0].startswith(f"sales: {URL}: ")
    assert "  KPI 01, 2026-W45: 2 -> 3" in told.out.splitlines()
    assert shown(tab(published))["01", "W45"] == 2


def test_drift_is_told_and_exits_with_1(published: SheetsServer, kpi: Kpi) -> None:
    assert kpi("publish", "--check").code == 0
    typed(published, "01", "W44", "77")
    told = kpi("publish", "--check")
    assert told.code == 1
    assert told.out.splitlines() == [
        f"sales: {URL}: differs from the ledger",
        "  a hand edit: sc2026, KPI 01, 2026-W44: someone wrote 77 where 1 was due; theirs stays.",
    ]
    assert shown(tab(published))["01", "W44"] == 77
    assert json.loads(kpi("publish", "--check", "--json").out)["outcomes"][0]["kept"]


def test_a_hand_edit_is_adopted_with_a_reason(published: SheetsServer, kpi: Kpi, sql: Sql) -> None:
    typed(published, "01", "W44", "77")
    typed(published, "01", "W46", "a word")
    told = kpi("publish", "--adopt", "counted by hand")
    assert "  adopted: sales.orders 2026-W44: 77 orders, was 1 orders (manual correction)." in told.out
    assert "KPI 01, 2026-W46: someone wrote a word where 3 was due; theirs stays." in told.out
    rows = sql("select field_value from vl_analytics.scorecard_sales where kpi_number = '01' and period = '2026-W44'")
    assert rows == [(77,)]
    cell = tab(published).cells[at(tab(published), "01", "W44")]
    assert cell["userEnteredValue"] == {"numberValue": 77}
    assert "counted by hand" in cell["note"]
    typed(published, "01", "W46", "3")
    assert kpi("publish", "--check").code == 0


def test_ours_is_taken_back(published: SheetsServer, kpi: Kpi) -> None:
    typed(published, "01", "W44", "77")
    assert kpi("publish", "--take", "ours").code == 0
    assert shown(tab(published))["01", "W44"] == 1
    both = kpi("publish", "--take", "ours", "--adopt", "why")
    assert both.code == 2
    assert "contradict" in both.err


def test_google_is_down_and_the_publish_waits_in_the_outbox(
    google: SheetsServer, shop: None, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_GOOGLE_BUDGET", "1")
    kpi("backfill", "--from", "2026-W44")
    google.faults.script.extend([Fault("503")] * 500)
    down = kpi("publish")
    assert down.code == 1
    assert "could not be reached within 1 seconds" in down.err
    assert "It waits in the outbox: the next `kpi publish` brings it." in down.err
    assert "sheets:book" in "".join(kpi("status")[1:])
    google.faults.script.clear()
    assert kpi("publish", "--owed").code == 0
    assert shown(tab(google))["01", "W45"] == 2
    assert "sheets:book" not in "".join(kpi("status")[1:])
    assert kpi("publish", "--owed").out == ""


def test_what_is_owed_to_one_spreadsheet_twice_is_brought_once(
    google: SheetsServer, shop: None, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    kpi("backfill", "--from", "2026-W44")
    monkeypatch.setenv("KPI_GOOGLE_BUDGET", "1")
    google.faults.script.extend([Fault("503")] * 50)
    for spreadsheet in ("before", "book"):
        monkeypatch.setenv("KPI_SPREADSHEET_SALES", spreadsheet)
        assert kpi("publish").code == 1
    google.faults.script.clear()
    assert kpi("publish", "--owed").out.splitlines() == [f"sales: {URL}: 1 change made"]
    assert kpi("publish", "--owed").out == ""


def test_rows_that_lost_their_tags_are_told(published: SheetsServer, kpi: Kpi) -> None:
    book = published.books["book"]
    tags = [one for one in book.metadata if "dimensionRange" not in one["location"]]
    after = book.copy()
    after.metadata = tags
    published.keep(after)
    news = "sc2026: new tags for 2 rows and 59 columns that had lost theirs"
    assert f"  to heal: {news}\n" in kpi("publish", "--dry-run").out
    assert kpi("publish").out == f"sales: {URL}: up to date\n  healed: {news}\n"
    assert kpi("publish").out == f"sales: {URL}: up to date\n"


def test_the_write_landed_and_the_line_dropped(published: SheetsServer, sql: Sql, kpi: Kpi) -> None:
    sql("insert into staging.orders values ('2026-11-06 12:00+00', 10)")
    kpi("backfill", "--from", "2026-W45")
    published.faults.script.extend([None, Fault("reset after")])
    published.log.clear()
    assert kpi("publish").code == 0
    assert shown(tab(published))["01", "W45"] == 3
    assert [one.method for one in published.log] == ["GET", "POST", "GET"], "it was looked at, not sent again"


def test_a_book_that_is_not_shared_names_the_address(published: SheetsServer, kpi: Kpi) -> None:
    published.books["book"].forbidden = True
    told = kpi("publish")
    assert told.code == 1
    assert f"Share it with {published.address} as an editor." in told.err


def test_another_target_and_a_look_back_leave_the_spreadsheet_alone(published: SheetsServer, kpi: Kpi) -> None:
    published.log.clear()
    assert kpi("publish", "--to", "xlsx").out.endswith("sales.xlsx: 1 change made\n")
    assert ".as-of-" in kpi("publish", "--as-of", "2030-01-01T00:00Z").out
    assert kpi("publish", "--as-of", "2030-01-01T00:00Z", "--to", "sheets").code == 2
    assert published.log == []


def test_a_spreadsheet_that_is_not_set_is_misuse(
    published: SheetsServer, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KPI_SPREADSHEET_SALES")
    told = kpi("publish", "--to", "sheets")
    assert (told.code, "Set KPI_SPREADSHEET_SALES" in told.err) == (2, True)


def test_the_receipt_of_a_number_names_the_sheet(published: SheetsServer, kpi: Kpi) -> None:
    assert "sheets:book" in kpi("why", "sales.01", "2026-W45").out


def test_the_doctor_examines_key_sharing_clock_and_quota(
    published: SheetsServer, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published.books["book"]
    well = kpi("doctor")
    assert f"spreadsheets are shared with {published.address}" in well.out
    assert '"Sales", may be edited' in well.out
    assert "of 50 writes in the last minute" in well.out
    assert published.books["book"].tabs[1].cells == before.tabs[1].cells
    published.books["book"].forbidden = True
    monkeypatch.setenv("KPI_SPREADSHEET_SALLES", "x")
    ill = kpi("doctor")
    assert ill.code == 1
    assert f"Share it with {published.address}" in ill.out
    assert 'Did you mean "sales"?' in ill.out
