"""The index links every workbook and says how its scorecard stands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core.pipeline.publishing import publish
from core.pipeline.running import run
from core.pipeline.session import Session

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says so when it reads
Add = Callable[..., None]
Open = Callable[[str], Session]
TODAY = "2026-11-20"  # the last complete week is 2026-W46


@pytest.fixture
def shop(add: Add, count: Callable[..., str], write: Add, fill: Add, open_shop: Open) -> Session:
    """Two scorecards: one with a KPI on target, one off and one without a target; one of days."""
    add("01_many", count(), "target=3,")
    add("02_more", count(), "target=9,")
    add("03_others", count())
    write("daily", "scorecard.py", 'scorecard = Scorecard(title="Each day", owner="D")')
    words = 'title="Orders", owner="D", unit="orders", better="neither", cadence="daily"'
    body = f'kpi = KPI({words}, measure=Query("{count()}"))'
    write("daily", "kpi_01_orders.py", body)
    fill(reaches="2026-11-20", w2026_W46=4)
    session = open_shop(TODAY)
    assert run(session, []).problems == []
    return session


def rows(path: Path) -> dict[str, list[Any]]:
    sheet = load_workbook(path)["Scorecards"]
    return {str(row[0].value): [cell.value for cell in row] for row in sheet.iter_rows(min_row=5)}


def test_each_workbook_is_linked_at_the_tab_that_people_read_first(shop: Session) -> None:
    found = publish(shop, [])
    path = shop.settings.published / "index.xlsx"
    assert (found.problems, found.index) == ([], str(path))
    told = rows(path)
    assert list(told) == ["Each day", "Sales"]
    assert told["Each day"][1:] == ["D", 1, "2026-11-19", 0, 0, 0, 1, ""]
    assert told["Sales"][2:] == [3, "2026-W46", 1, 0, 1, 1, "02_more"]
    sheet = load_workbook(path)["Scorecards"]
    assert [sheet.cell(row, 1).hyperlink.target for row in (5, 6)] == ["daily.xlsx", "sales.xlsx"]
    assert [sheet.cell(row, 1).hyperlink.location for row in (5, 6)] == ["'sc2026-11'!A1", "'sc2026'!A1"]
    for row in (5, 6):
        link = sheet.cell(row, 1).hyperlink
        book = load_workbook(path.parent / link.target)
        assert link.location.partition("!")[0].strip("'") in book.sheetnames


def test_a_number_that_is_older_than_the_others_has_no_status_and_a_retired_kpi_is_not_counted(
    shop: Session, add: Add, count: Callable[..., str], fill: Add, open_shop: Open
) -> None:
    add("01_many", count(), 'target=3, retired="2026-W46",')
    add(
        "02_more", "select sum(amount) / 0.0 as value from staging.orders where at >= :start and at < :end", "target=9,"
    )
    fill(reaches="2026-12-05", w2026_W47=5)
    later = open_shop("2026-11-27")
    run(later, [])
    publish(later, [])
    assert rows(later.settings.published / "index.xlsx")["Sales"][2:] == [2, "2026-W47", 0, 0, 0, 2, ""]


def test_an_index_that_says_so_already_is_not_written_again(shop: Session) -> None:
    publish(shop, [])
    path = shop.settings.published / "index.xlsx"
    before = path.stat().st_mtime_ns
    assert publish(shop, []).index == ""
    assert path.stat().st_mtime_ns == before


def test_one_workbook_alone_and_a_look_need_no_index(shop: Session) -> None:
    path = shop.settings.published / "index.xlsx"
    assert publish(shop, ["sales"]).index == ""
    assert publish(shop, [], dry_run=True).index == ""
    assert not path.exists()
    assert publish(shop, ["daily"]).index == str(path)


def test_an_index_that_cannot_be_written_hinders_no_scorecard(shop: Session) -> None:
    (shop.settings.published / "index.xlsx").mkdir(parents=True)
    found = publish(shop, [])
    assert [outcome.scorecard for outcome in found.outcomes] == ["daily", "sales"]
    (problem,) = found.problems
    assert problem.startswith("index: index.xlsx cannot be read")
