"""What `kpi doctor` finds of Google where something is wrong. Settings and a session as a command has them."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.google.client import connect
from core.pipeline import google_doctor
from core.pipeline.findings import Finding
from core.pipeline.session import Session
from tests.google.played_time import PlayedTime
from tests.google.rude_server import Answer, fails, grants, rude_server, says
from tests.google.test_client import settings

SCORECARD = """
from core import Scorecard
scorecard = Scorecard(title="Sales", owner="Sales")
"""
BOOK = says(200, {"properties": {"title": "Sales"}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scorecards" / "sales").mkdir(parents=True)
    (tmp_path / "scorecards" / "sales" / "scorecard.py").write_text(SCORECARD)
    return tmp_path


def examined(
    folder: Path, *script: Answer, token: Answer = grants, time: PlayedTime | None = None, sales: str = "book"
) -> dict[str, Finding]:
    with rude_server(*script, token=token) as rude:
        set_up = settings(folder, rude.key_file(folder), rude.url)
        set_up = replace(set_up, scorecards=folder / "scorecards", spreadsheets={"sales": sales} if sales else {})
        session = Session(set_up)
        session.__dict__["sheets"] = connect(set_up, time=(time or PlayedTime()).as_time())
        return {found.what: found for found in google_doctor.examine(session)}


def test_all_is_well(folder: Path) -> None:
    found = examined(folder, BOOK, says(200, {}))
    assert found["spreadsheet sales"].said == '"Sales", may be edited'
    assert found["google quota"].said == "1 of 50 reads, 1 of 50 writes in the last minute"


def test_a_spreadsheet_that_may_only_be_read(folder: Path) -> None:
    found = examined(folder, BOOK, fails(403, "The caller does not have permission"))["spreadsheet sales"]
    assert not found.fine
    assert "as an editor" in found.said


def test_what_google_does_not_say_about_editing_is_not_made_up(folder: Path) -> None:
    found = examined(folder, BOOK, fails(400, "No metadata"))["spreadsheet sales"]
    assert found.fine
    assert "whether it may be edited the next publish will show (No metadata)" in found.said


@pytest.mark.parametrize(
    ("off", "fine", "told"),
    [
        (0, True, "agrees"),
        (-290, True, "290 seconds behind"),
        (310, False, "310 seconds ahead"),
        (-400, False, "400 seconds behind"),
    ],
)
def test_a_clock_is_compared_even_where_it_spoils_the_key(off: int, fine: bool, told: str, folder: Path) -> None:
    late = says(400, {"error": "invalid_grant", "error_description": "Check your iat and exp values in the claim."})
    date = fails(404, headers="Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n")
    found = examined(folder, date, token=late, time=PlayedTime(started=1_800_000_000 + off))
    assert "clock is wrong" in found["spreadsheet sales"].said
    assert found["clock"].fine is fine
    assert told in found["clock"].said


def test_a_clock_is_compared_where_no_spreadsheet_is_set(folder: Path) -> None:
    date = fails(404, headers="Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n")
    assert not examined(folder, date, time=PlayedTime(started=1_900_000_000), sales="")["clock"].fine


def test_nobody_answers_about_the_time(folder: Path) -> None:
    assert examined(folder, says(404), sales="")["clock"] == Finding(
        "clock", False, "cannot be compared with Google's: nobody answers there"
    )


def test_a_quota_that_others_use_up_is_told(folder: Path) -> None:
    found = examined(folder, fails(429), BOOK, says(200, {}))["google quota"]
    assert not found.fine
    assert "Google found it used up 1x" in found.said
