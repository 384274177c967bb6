"""The weekly report of Customer Success lies in a Google Sheet: it is loaded from there, and Success KPI 16 asks it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.pipeline.loading import load
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.settings import Settings
from tests.sheets_server import people
from tests.sheets_server.__main__ import plant
from tests.sheets_server.faults import Fault
from tests.sheets_server.server import SheetsServer

Sql = Callable[..., list[tuple[Any, ...]]]
REPOSITORY = Path(__file__).parents[2]
HEAD = ["Remark", "Client Type", "Replacements", "Client", "Week Reported"]
ROWS: list[list[Any]] = [
    ["Weekly report"],
    [],
    HEAD,
    ["", "Existing", 2, "Client 1", "2026-W44"],
    ["", "New", 5, "Client 2", "2026-W44"],
    [],
    ["", "Existing client", "'3", "Client 3", "2026-W45"],
    ["on leave", "Existing", 1, "Client 1", "2026-W45"],
]


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        plant(server, "report", {"tabs": {"Weekly": ROWS}})
        yield server


@pytest.fixture
def shop(settings: Settings, scorecards: Path, google: SheetsServer, tmp_path: Path) -> Iterator[Session]:
    shutil.copytree(REPOSITORY / "scorecards" / "success", scorecards / "success")
    own = replace(
        settings,
        google_key=google.key_file(tmp_path / "key.json"),
        sheets_endpoint=google.url,
        google_budget=1,
        sheets={"cs_weekly_report": "report"},
    )
    session = Session(own, date(2026, 11, 20))
    yield session
    session.close()


def numbers(sql: Sql) -> dict[str, tuple[Any, str]]:
    found = sql(
        "select period, field_value, state from vl_analytics.scorecard_success where kpi_number = '16' order by 1"
    )
    return {period: (value, state) for period, value, state in found}


def test_the_report_is_loaded_from_its_sheet_and_kpi_16_counts_in_it(shop: Session, sql: Sql) -> None:
    report = load(shop, ["cs_weekly_report"], files={})
    assert (report.exit_code, report.problems) == (0, [])
    assert sql("select week_reported, client_type, replacements from staging.cs_weekly_report order by 1, 3") == [
        ("2026-W44", "Existing", 2),
        ("2026-W44", "New", 5),
        ("2026-W45", "Existing", 1),
        ("2026-W45", "Existing client", 3),
    ]
    ((source, checksum),) = sql("select source, checksum from kpi.load")
    assert source == "https://docs.google.com/spreadsheets/d/report, tab Weekly"
    assert len(checksum) == 64
    backfill(shop, ["success.16"], "2026-W43", "2026-W45")
    assert {period: value for period, (value, _) in numbers(sql).items()} == {
        "2026-W43": None,
        "2026-W44": 2,
        "2026-W45": 4,
    }


def test_a_word_in_a_number_cell_keeps_the_last_good_rows_and_is_no_0(
    shop: Session, google: SheetsServer, sql: Sql
) -> None:
    load(shop, ["cs_weekly_report"], files={})
    backfill(shop, ["success.16"], "2026-W44", "2026-W45")
    google.keep(people.type_in(google.books["report"], 0, (3, 2), "two"))
    shop.__dict__.pop("tabs")  # the next command
    told = load(shop, ["cs_weekly_report"], files={})
    assert told.exit_code == 1
    assert "Weekly!C4" in told.problems[0]
    assert sql("select count(*) from staging.cs_weekly_report") == [(4,)]
    report = backfill(shop, ["success.16"], "2026-W44", "2026-W45")
    assert report.exit_code == 1
    assert {value for value, _ in numbers(sql).values()} == {2, 4}


def test_google_is_down(shop: Session, google: SheetsServer, sql: Sql) -> None:
    load(shop, ["cs_weekly_report"], files={})
    backfill(shop, ["success.16"], "2026-W44", "2026-W44")
    google.faults.script.extend([Fault("503")] * 500)
    for name in ("tabs", "sheets"):
        shop.__dict__.pop(name)
    told = load(shop, ["cs_weekly_report"], files={})
    assert (told.exit_code, "could not be reached" in told.problems[0]) == (1, True)
    report = backfill(shop, ["success.16"], "2026-W44", "2026-W45")
    assert report.exit_code == 1
    assert numbers(sql)["2026-W44"][0] == 2
    assert numbers(sql)["2026-W45"] == (None, "failed")
