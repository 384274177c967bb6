"""The test server as clients see it: the real gspread over HTTP, signed in with a key of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gspread
import pytest
import requests
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient

from tests.sheets_server import people
from tests.sheets_server.faults import Fault
from tests.sheets_server.model import Box
from tests.sheets_server.server import SheetsServer


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        yield server


@pytest.fixture
def book(server: SheetsServer, tmp_path: Path) -> gspread.Spreadsheet:
    """A new spreadsheet, as gspread makes one."""

    class Here(HTTPClient):
        def request(self, method: str, endpoint: str, *given: Any, **more: Any) -> requests.Response:
            for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
                endpoint = endpoint.replace(host, server.url)
            return super().request(method, endpoint, *given, **more)

    key = server.key_file(tmp_path / "key.json")
    from google.oauth2.service_account import Credentials

    credentials = Credentials.from_service_account_file(
        str(key), scopes=["https://www.googleapis.com/auth/spreadsheets"]
    )
    client = gspread.Client(credentials.with_subject(server.address), http_client=Here)
    return client.create("Try")


def ask(book: gspread.Spreadsheet, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    replies: list[dict[str, Any]] = book.batch_update({"requests": list(requests)})["replies"]
    return replies


def refused(book: gspread.Spreadsheet, *requests: dict[str, Any]) -> str:
    with pytest.raises(APIError) as caught:
        ask(book, *requests)
    assert caught.value.code == 400
    return str(caught.value.error["message"])


def test_a_new_spreadsheet_is_as_google_makes_it(book: gspread.Spreadsheet) -> None:
    (sheet,) = book.fetch_sheet_metadata()["sheets"]
    assert sheet["properties"] == {
        "sheetId": 0,
        "title": "Sheet1",
        "index": 0,
        "sheetType": "GRID",
        "gridProperties": {"rowCount": 1000, "columnCount": 26},
    }
    assert (book.locale, book.timezone) == ("en_US", "Etc/GMT")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("B2:A1", "Sheet1!A1:B2"),
        ("C3", "Sheet1!C3"),
        ("A1:1", "Sheet1!A1:Z1"),
        ("A1:C", "Sheet1!A1:C1000"),
        ("Y999:AB2000", "Sheet1!Y999:Z1000"),
        ("Sheet1", "Sheet1!A1:Z1000"),
        ("'Sheet1'!B:B", "Sheet1!B1:B1000"),
        ("R2C3:R1C1", "Sheet1!A1:C2"),
    ],
)
def test_ranges_are_put_right_and_clipped_to_the_grid(book: gspread.Spreadsheet, asked: str, told: str) -> None:
    answer = book.values_get(asked)
    assert answer["range"] == told
    assert "values" not in answer


def test_a_title_is_quoted_only_where_it_must_be(book: gspread.Spreadsheet) -> None:
    for title, told in (("It's", "'It''s'!A1"), ("Weekly", "Weekly!A1"), ("A1", "'A1'!A1"), ("2026", "'2026'!A1")):
        book.add_worksheet(title, 5, 5)
        assert book.values_get(told)["range"] == told


def test_what_is_typed_is_understood_and_what_is_raw_is_not(book: gspread.Spreadsheet) -> None:
    sheet = book.sheet1
    given = [["0042", "2,000,000.01", "12%", "1/31/2026", "=1+2", "TRUE", "'007"]]
    sheet.update(given, "A1", value_input_option="USER_ENTERED")
    assert sheet.get("A1:G1", value_render_option="UNFORMATTED_VALUE") == [
        [42, 2000000.01, 0.12, 46053, 3, True, "007"]
    ]
    assert sheet.get("A1:G1") == [["42", "2,000,000.01", "12%", "1/31/2026", "3", "TRUE", "007"]]
    sheet.update(given, "A2", value_input_option="RAW")
    assert sheet.get("A2:G2", value_render_option="UNFORMATTED_VALUE") == given


def test_trailing_nothing_is_cut(book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["a", "", ""], ["", "b", ""], ["", "", ""]], "A1")
    assert book.values_get("A1:C9")["values"] == [["a"], ["", "b"]]


def test_append_finds_its_table(book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["a", "b"], [1, 2]], "A1")
    book.sheet1.update([["c"], [3], [4]], "B4")
    answer = book.sheet1.append_row(["x"], table_range="A1:B9")
    assert answer["tableRange"] == "Sheet1!B4:B6"
    assert answer["updates"]["updatedRange"] == "Sheet1!B7"
    assert "tableRange" not in book.sheet1.append_row(["y"], table_range="E4")


def test_a_batch_lands_whole_or_not_at_all(book: gspread.Spreadsheet) -> None:
    add = {"addSheet": {"properties": {"title": "new"}}}
    told = refused(book, add, {"deleteSheet": {"sheetId": 77}})
    assert told == "Invalid requests[1].deleteSheet: No grid with id: 77"
    assert [sheet.title for sheet in book.worksheets()] == ["Sheet1"]


def test_what_the_schema_does_not_know_is_refused_as_google_words_it(book: gspread.Spreadsheet) -> None:
    told = refused(book, {"addSheet": {"properties": {"titel": "x"}}})
    assert "Invalid JSON payload received. Unknown name \"titel\" at 'requests[0].add_sheet.properties'" in told
    told = refused(book, {"addSheet": {"properties": {"index": "x"}}})
    assert told == "Invalid value at 'requests[0].add_sheet.properties.index' (TYPE_INT32), \"x\""
    ask(book, {"addSheet": {"properties": {"sheetId": "123"}}})  # numbers may come as text


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"addSheet": {"properties": {"title": "sheet1"}}}, 'A sheet with the name "sheet1" already exists'),
        ({"addSheet": {"properties": {"sheetId": 0}}}, "already exists"),
        ({"deleteSheet": {"sheetId": 0}}, "You can't remove all the visible sheets"),
        (
            {"updateCells": {"start": {"columnIndex": 26}, "rows": [{"values": [{}]}], "fields": "note"}},
            "beyond the last requested column of: 25",
        ),
        ({"repeatCell": {"cell": {}}}, "At least one field must be listed"),
    ],
)
def test_what_cannot_be_is_refused(book: gspread.Spreadsheet, request_: dict[str, Any], told: str) -> None:
    assert told in refused(book, request_)


def test_a_mask_says_what_is_answered_and_what_is_written(book: gspread.Spreadsheet) -> None:
    cell = {"userEnteredValue": {"numberValue": 1}, "note": "n", "userEnteredFormat": {"textFormat": {"bold": True}}}
    rows = [{"values": [cell]}]
    ask(book, {"updateCells": {"start": {}, "rows": rows, "fields": "note,userEnteredFormat.textFormat.bold"}})
    answer = book.fetch_sheet_metadata(
        {"fields": "sheets(data/rowData/values(userEnteredValue,note),properties.title)"}
    )
    assert answer == {
        "sheets": [{"data": [{"rowData": [{"values": [{"note": "n"}]}]}], "properties": {"title": "Sheet1"}}]
    }


def test_everything_follows_rows_that_are_inserted(book: gspread.Spreadsheet) -> None:
    book.sheet1.update([[1], [2], ["=SUM(A1:A2)"]], "A1", value_input_option="USER_ENTERED")
    where = {"dimensionRange": {"dimension": "ROWS", "startIndex": 1, "endIndex": 2}}
    tag = {"metadataId": 7, "metadataKey": "k", "visibility": "DOCUMENT", "location": where}
    named = {"name": "both", "namedRangeId": "n", "range": {"startRowIndex": 0, "endRowIndex": 2}}
    ask(book, {"createDeveloperMetadata": {"developerMetadata": tag}}, {"addNamedRange": {"namedRange": named}})
    span = {"dimension": "ROWS", "startIndex": 1, "endIndex": 3}
    ask(book, {"insertDimension": {"range": span, "inheritFromBefore": True}})
    assert book.sheet1.get("A5", value_render_option="FORMULA") == [["=SUM(A1:A4)"]]
    answer = book.fetch_sheet_metadata({"fields": "namedRanges,sheets.data.rowMetadata.developerMetadata.location"})
    assert answer["namedRanges"][0]["range"] == {"startRowIndex": 0, "endRowIndex": 4}
    tagged = [n for n, row in enumerate(answer["sheets"][0]["data"][0]["rowMetadata"]) if row]
    assert tagged == [3]


def test_metadata_is_found_by_its_exact_place_and_no_id_is_taken_twice(book: gspread.Spreadsheet) -> None:
    where = {"dimensionRange": {"dimension": "ROWS", "startIndex": 4, "endIndex": 5}}
    tag = {"metadataId": 7, "metadataKey": "k", "visibility": "DOCUMENT", "location": where}
    create = {"createDeveloperMetadata": {"developerMetadata": tag}}
    ask(book, create)
    assert "already exists" in refused(book, create)
    elsewhere = {"dimensionRange": {"dimension": "ROWS", "startIndex": 5, "endIndex": 6}}
    for place, found in ((elsewhere, 0), (where, 1)):
        lookup = {"metadataId": 7, "metadataLocation": place, "locationMatchingStrategy": "EXACT_LOCATION"}
        (reply,) = ask(book, {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": lookup}}})
        assert len(reply["deleteDeveloperMetadata"].get("deletedDeveloperMetadata", [])) == found


@pytest.mark.parametrize("carried", [False, True])
def test_a_sort_moves_cells_and_may_or_may_not_move_tags(
    server: SheetsServer, book: gspread.Spreadsheet, carried: bool
) -> None:
    book.sheet1.update([["b", "=A1"], ["a", "=A2"]], "A1", value_input_option="USER_ENTERED")
    where = {"dimensionRange": {"dimension": "ROWS", "startIndex": 0, "endIndex": 1}}
    tag = {"metadataId": 7, "metadataKey": "k", "visibility": "DOCUMENT", "location": where}
    ask(book, {"createDeveloperMetadata": {"developerMetadata": tag}})
    server.keep(people.sort_rows(server.books[book.id], 0, Box(0, 2, 0, 2), 0, carry_metadata=carried))
    assert book.sheet1.get("A1:B2") == [["a", "a"], ["b", "b"]]
    assert server.books[book.id].metadata[0]["location"]["dimensionRange"]["startIndex"] == int(carried)


def test_the_quota_is_told_as_google_tells_it(server: SheetsServer, book: gspread.Spreadsheet) -> None:
    server.faults.limited = True
    rename = {"updateSpreadsheetProperties": {"properties": {"title": "x"}, "fields": "title"}}
    for _ in range(60 - 1):  # the spreadsheet itself was one
        ask(book, rename)
    with pytest.raises(APIError) as caught:
        ask(book, rename)
    assert (caught.value.code, caught.value.error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "Quota exceeded for quota metric 'Write requests'" in caught.value.error["message"]
    assert "Retry-After" not in caught.value.response.headers


@pytest.mark.parametrize(("kind", "landed"), [("reset before", False), ("reset after", True), ("cut", True)])
def test_the_line_drops_before_or_after(
    server: SheetsServer, book: gspread.Spreadsheet, kind: str, landed: bool
) -> None:
    server.faults.script.append(Fault(kind, 30))
    with pytest.raises(requests.exceptions.RequestException):
        ask(book, {"addSheet": {"properties": {"title": "new"}}})
    assert (server.books[book.id].named("new") is not None) == landed


def test_who_is_not_signed_in_stays_outside(server: SheetsServer, book: gspread.Spreadsheet) -> None:
    url = f"{server.url}/v4/spreadsheets/{book.id}"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, headers={"Authorization": "Bearer made-up"}, timeout=5).status_code == 401
    forged = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "e30.e30.e30"}
    answer = requests.post(f"{server.url}/token", data=forged, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_tab_can_be_looked_at(server: SheetsServer, book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["<b>", 1234.5], ["=SPARKLINE(B1:C1)", 2, 3]], "A1", value_input_option="USER_ENTERED")
    page = requests.get(f"{server.url}/view/{book.id}/Sheet1", timeout=5).text
    assert "&lt;b&gt;" in page
    assert "1234.5" in page
    assert requests.get(f"{server.url}/view/{book.id}/nothing", timeout=5).status_code == 404


def test_a_copy_of_a_tab_has_ids_of_its_own(book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["x"]], "A1")
    whole = {"protectedRange": {"range": {"endRowIndex": 1}, "warningOnly": True, "protectedRangeId": 5}}
    ask(book, {"addProtectedRange": whole})
    assert "duplicate id" in refused(book, {"addProtectedRange": whole})
    copy = book.duplicate_sheet(0, new_sheet_name="copy")
    assert copy.get("A1") == [["x"]]
    sheets = book.fetch_sheet_metadata()["sheets"]
    ids = [one["protectedRangeId"] for sheet in sheets for one in sheet["protectedRanges"]]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [(0.5, 0.49803922), (66 / 255, 0.25882354), (0.25882354, 0.25882354), (0.999, 0.99607843), (1, 1)],
)
def test_a_colour_is_cut_to_eight_bits_and_told_in_single_precision(
    book: gspread.Spreadsheet, given: float, told: float
) -> None:
    tab = {"sheetId": 0, "tabColorStyle": {"rgbColor": {"red": given}}}
    ask(book, {"updateSheetProperties": {"properties": tab, "fields": "tabColorStyle"}})
    (sheet,) = book.fetch_sheet_metadata({"fields": "sheets.properties(tabColor,tabColorStyle)"})["sheets"]
    assert sheet["properties"] == {"tabColor": {"red": told}, "tabColorStyle": {"rgbColor": {"red": told}}}


def test_only_rows_and_columns_that_were_written_are_counted(book: gspread.Spreadsheet) -> None:
    first = {"range": "A1:D3", "values": [["a", None, None, "d"], [None], ["x", ""]]}
    answer = book.values_batch_update({"valueInputOption": "RAW", "data": [first, {"range": "A9", "values": [["z"]]}]})
    told = {name: answer["responses"][0][f"updated{name}"] for name in ("Range", "Rows", "Columns", "Cells")}
    assert told == {"Range": "Sheet1!A1:D3", "Rows": 2, "Columns": 3, "Cells": 4}
    assert [answer[f"totalUpdated{name}"] for name in ("Rows", "Columns", "Cells", "Sheets")] == [3, 3, 5, 1]


@pytest.mark.parametrize("editors", [None, {"users": [], "groups": []}])
def test_who_protects_a_range_is_its_editor(
    server: SheetsServer, book: gspread.Spreadsheet, editors: dict[str, Any] | None
) -> None:
    protected = {"range": {"endRowIndex": 1}, "warningOnly": True, "editors": editors}
    (reply,) = ask(book, {"addProtectedRange": {"protectedRange": protected}})
    assert reply["addProtectedRange"]["protectedRange"]["editors"] == {}
    (kept,) = book.fetch_sheet_metadata()["sheets"][0]["protectedRanges"]
    assert (kept["editors"], kept["requestingUserCanEdit"]) == ({"users": [server.address]}, True)


def test_a_csv_file_makes_the_spreadsheet_anew(book: gspread.Spreadsheet) -> None:
    book.client.import_csv(book.id, "a,0042\n" + "b\n" * 1000)
    (sheet,) = book.fetch_sheet_metadata()["sheets"]
    assert (sheet["properties"]["title"], sheet["properties"]["gridProperties"]["rowCount"]) == ("Try", 1001)
    assert sheet["properties"]["sheetId"] != 0
    assert book.values_get("A1:B2")["values"] == [["a", "42"], ["b"]]
