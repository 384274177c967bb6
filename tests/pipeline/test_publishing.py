"""Publishing: the ledger's numbers in yearly tabs; only what changed is written, and people's edits stay."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core.pipeline.publishing import publish
from core.pipeline.running import backfill, run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
TODAY = "2026-11-20"
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says so when it reads


@pytest.fixture
def shop(
    add: Callable[..., None], count: Callable[..., str], fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> Session:
    """Three weeks of orders are on record; the last of them is W45."""
    add("01_orders", count(), "target=3,")
    add("02_revenue", count(chosen="sum(amount) as value"), unit="GBP")
    fill(reaches="2026-11-11", w2026_W43=3, w2026_W44=2, w2026_W45=5)
    session = open_shop("2026-11-10")
    backfill(session, [], "2026-W43", "last")
    return session


def cells(path: Path, tab: str = "sc2026") -> dict[str, tuple[Any, str]]:
    """Value and note by place: `01 W45`."""
    book = load_workbook(path)
    sheet = book[tab]
    heads = {cell.column: cell.value for row in sheet.iter_rows(min_row=5, max_row=5) for cell in row}
    found = {
        f"{sheet.cell(row, 1).value} {heads[column]}": (
            (cell := sheet.cell(row, column)).value,
            cell.comment.text if cell.comment else "",
        )
        for row in range(6, sheet.max_row + 1)
        for column in heads
    }
    book.close()
    return found


def book_of(session: Session) -> Path:
    return session.settings.published / "sales.xlsx"


def test_publishing_twice_changes_nothing(shop: Session, sql: Sql) -> None:
    first = publish(shop, [])
    assert first.exit_code == 0
    assert cells(book_of(shop))["01 W45"] == (5, "")
    before = book_of(shop).read_bytes(), book_of(shop).stat().st_mtime_ns
    again = publish(shop, ["sales.01"])
    assert again.lines() == [f"sales: {book_of(shop)}: up to date"]
    assert (book_of(shop).read_bytes(), book_of(shop).stat().st_mtime_ns) == before
    assert sql("select count(*) from kpi.publication") == [(1,)]


def test_a_new_week_changes_its_own_cells_only(
    shop: Session, fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> None:
    publish(shop, [])
    before = cells(book_of(shop))
    fill(reaches="2026-11-17", w2026_W46=6)
    later = open_shop(TODAY)
    run(later, [])
    report = publish(later, [])
    after = cells(book_of(shop))
    assert {place for place in after if after[place] != before.get(place)} == {"01 W46", "02 W46"}
    assert after["01 W46"][0] == 7  # one more order stood there, as far as the source had come
    assert 0 < report.outcomes[0].changes < 20


def test_a_late_number_is_restated_in_its_cell(shop: Session, fill: Callable[..., None]) -> None:
    publish(shop, [])
    fill(w2026_W44=2)
    backfill(shop, [], "2026-W44", "2026-W44")
    publish(shop, [])
    assert cells(book_of(shop))["01 W44"][0] == 4


def edit(path: Path, place: str, value: object) -> None:
    """As a person would in a spreadsheet program."""
    number, week = place.split()
    book = load_workbook(path)
    sheet = book["sc2026"]
    column = next(cell.column for cell in sheet[5] if cell.value == week)
    row = next(cell.row for cell in sheet["A"] if cell.value == number)
    sheet.cell(row, column).value = value  # type: ignore[assignment]
    book.save(path)
    book.close()


def test_a_hand_edit_stays_and_is_told_until_ours_is_taken(shop: Session, fill: Callable[..., None]) -> None:
    publish(shop, [])
    edit(book_of(shop), "01 W44", 99)
    kept = publish(shop, [])
    assert kept.exit_code == 0
    assert cells(book_of(shop))["01 W44"][0] == 99
    assert "kept a hand edit" in kept.lines()[1]
    assert "99" in kept.lines()[1]
    taken = publish(shop, [], take="ours")
    assert cells(book_of(shop))["01 W44"][0] == 2
    assert not [line for line in taken.lines() if "kept" in line]


def test_a_dry_run_says_what_would_change_and_writes_nothing(shop: Session, everything: Callable[[], Any]) -> None:
    before = everything()
    report = publish(shop, [], dry_run=True)
    assert report.outcomes[0].changes > 0
    assert report.lines()[0].endswith(" to make")
    assert not book_of(shop).exists()
    assert everything() == before


def test_csv_files_hold_the_exact_numbers(shop: Session) -> None:
    publish(shop, [], target="csv")
    with (shop.settings.published / "sales" / "sc2026.csv").open(encoding="utf-8-sig", newline="") as file:
        head, _, *lines = csv.reader(file)
    orders = dict(zip(head, lines[0], strict=True))
    assert [orders[f"2026-W{n}"] for n in (42, 43, 44, 45, 46)] == ["", "3", "2", "5", ""]
    assert publish(shop, [], target="csv").lines()[0].endswith("up to date")


def test_each_year_has_its_tab_and_a_week_53_stands_in_the_year_it_belongs_to(
    add: Callable[..., None],
    count: Callable[..., str],
    fill: Callable[..., None],
    open_shop: Callable[[str], Session],
) -> None:
    add("01_orders", count())
    fill(reaches="2027-01-20", w2026_W52=1, w2026_W53=2, w2027_W01=3)
    shop = open_shop("2027-01-12")
    backfill(shop, [], "2026-W52", "last")
    publish(shop, [], years=[2027])
    assert load_workbook(book_of(shop)).sheetnames == ["sc2027"]
    publish(shop, [])
    assert cells(book_of(shop), "sc2026")["01 W53"][0] == 2
    assert cells(book_of(shop), "sc2027")["01 W01"][0] == 3
    assert "01 W53" not in cells(book_of(shop), "sc2027")
    assert publish(shop, [], years=[2019]).problems == [
        "sales: numbers stand in 2026, 2027, none in the years asked for, so nothing is published. "
        "Choose another --year."
    ]


def test_a_year_whose_numbers_stay_is_not_touched(
    add: Callable[..., None],
    count: Callable[..., str],
    fill: Callable[..., None],
    open_shop: Callable[[str], Session],
) -> None:
    add("01_orders", count())
    fill(reaches="2027-01-20", w2026_W53=2, w2027_W01=3)
    shop = open_shop("2027-01-12")
    backfill(shop, [], "2026-W53", "last")
    publish(shop, [])
    fill(w2027_W01=4)
    later = replace(shop, fixed_now=datetime(2031, 5, 6, tzinfo=UTC))
    backfill(later, [], "2027-W01", "last")
    told = [str(step) for step in publish(later, [], dry_run=True).outcomes[0].steps]
    later.close()
    assert "KPI 01, 2027-W01: 3 -> 7" in told
    assert [step for step in told if step.startswith("number, about") and "06 May 2031" in step], told
    assert len([step for step in told if step.startswith("number, about")]) == 1, "of 2027 alone"


def test_held_provisional_failed_and_missing_weeks_say_so_in_the_workbook(
    shop: Session, fill: Callable[..., None], open_shop: Callable[[str], Session], sql: Sql, add: Callable[..., None]
) -> None:
    add("03_broken", "select 1 / 0 as value from staging.orders where at < :end")
    fill(reaches="2026-11-14")
    later = open_shop(TODAY)
    run(later, [])
    publish(later, [])
    assert "orders reaches 2026-11-14 12:00" in cells(book_of(later))["01 W46"][1]
    assert cells(book_of(later))["01 W46"][0] == 2
    assert cells(book_of(later))["03 W46"][0] is None
    assert "division by zero" in cells(book_of(later))["03 W46"][1]
    sql("insert into staging.orders values ('2026-11-14 13:00+00', -1)")
    run(later, [])
    publish(later, [])
    value, note = cells(book_of(later))["01 W46"]
    assert value == 2
    assert "orders breaks its contract" in note


def test_a_week_that_was_never_run_shows_as_missing_and_not_as_0(
    shop: Session, fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> None:
    fill(reaches="2026-11-17")
    later = open_shop(TODAY)
    publish(later, [])
    value, note = cells(book_of(later))["01 W46"]
    assert value is None
    assert "missing" in note.lower() or "not" in note.lower()


def test_where_nothing_is_recorded_nothing_is_published_and_that_is_a_failure(
    add: Callable[..., None], count: Callable[..., str], open_shop: Callable[[str], Session]
) -> None:
    add("01_orders", count())
    shop = open_shop(TODAY)
    report = publish(shop, [])
    assert report.exit_code == 1
    assert report.problems == ["sales: nothing is recorded yet, so nothing is published. Run `kpi run sales`."]
    assert not shop.settings.published.exists()


def test_a_workbook_that_is_damaged_is_left_as_it_is(shop: Session) -> None:
    publish(shop, [])
    book_of(shop).write_bytes(b"not a workbook")
    report = publish(shop, [])
    assert report.exit_code == 1
    assert report.problems[0].startswith("sales: ")
    assert book_of(shop).read_bytes() == b"not a workbook"


def test_exact_decimals_reach_the_workbook(
    add: Callable[..., None], fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> None:
    add("01_exact", "select 308185.02 as value where cast(:start as date) < :end")
    fill(reaches="2026-11-17")
    shop = open_shop(TODAY)
    run(shop, [])
    publish(shop, [])
    assert Decimal(str(cells(book_of(shop))["01 W46"][0])) == Decimal("308185.02")


def test_a_publish_that_was_killed_after_the_swap_is_not_taken_for_a_persons_edit(
    shop: Session, fill: Callable[..., None], sql: Sql
) -> None:
    publish(shop, [])
    fill(w2026_W45=3)
    backfill(shop, [], "2026-W45", "last")
    publish(shop, [])
    sql("update kpi.publication set landed_at = null where publication_id = 2")  # what a kill after the swap leaves
    fill(w2026_W45=1)
    backfill(shop, [], "2026-W45", "last")
    report = publish(shop, [])
    assert report.outcomes[0].kept == []
    assert cells(book_of(shop))["01 W45"][0] == 9
    assert sql("select landed_at is not null from kpi.publication order by publication_id") == [
        (True,),
        (False,),
        (True,),
    ]


def test_a_publish_that_was_killed_before_the_swap_is_done_again(
    shop: Session, fill: Callable[..., None], sql: Sql
) -> None:
    publish(shop, [])
    before = book_of(shop).read_bytes()
    fill(w2026_W45=3)
    backfill(shop, [], "2026-W45", "last")
    publish(shop, [])
    book_of(shop).write_bytes(before)
    sql("update kpi.publication set landed_at = null where publication_id = 2")  # what a kill before the swap leaves
    report = publish(shop, [])
    assert report.outcomes[0].kept == []
    assert cells(book_of(shop))["01 W45"][0] == 8
