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
from core.pipeline.receipts import receipt
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


def edit(path: Path, place: str, value: object, tab: str = "sc2026") -> None:
    """As a person would in a spreadsheet program."""
    number, period = place.split(" ", 1)
    book = load_workbook(path)
    sheet = book[tab]
    column = next(cell.column for cell in sheet[5] if cell.value == period)
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


@pytest.fixture
def mixed(
    add: Callable[..., None], count: Callable[..., str], fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> Session:
    """The same orders counted by weeks, months and days. 1 June 2026 is a Monday."""
    add("01_orders", count(), "target=3,")
    add("02_orders_of_the_month", count(), 'cadence="monthly", target=20,')
    add("03_orders_of_the_day", count(), 'cadence="daily", target=1, tier="operational", type="driver",')
    orders = {"w2026_05_30": 1, "w2026_06_01": 2, "w2026_06_02": 3, "w2026_06_07": 4, "w2026_06_09": 5}
    fill(reaches="2026-07-20", **orders)
    session = open_shop("2026-07-03")
    backfill(session, ["sales.01"], "2026-W22", "2026-W24")
    backfill(session, ["sales.02"], "2026-05", "last")
    backfill(session, ["sales.03"], "2026-05-30", "last")
    return session


MIXED = ["sc2026", "sc2026 months", "sc2026-05", "sc2026-06", "sc2026-07"]


def test_weeks_months_and_days_have_tabs_of_their_own(mixed: Session) -> None:
    report = publish(mixed, [])
    assert report.exit_code == 0
    path = book_of(mixed)
    assert load_workbook(path).sheetnames == MIXED
    weeks, months = cells(path), cells(path, "sc2026 months")
    assert [weeks[f"01 W{n}"][0] for n in (22, 23, 24)] == [1, 9, 5]
    assert [months[f"02 {n}"][0] for n in ("Apr", "May", "Jun", "Jul")] == [None, 1, 14, None]
    days = cells(path, "sc2026-06")
    assert [days[f"03 {day}"][0] for day in ("Mon 1", "Tue 2", "Wed 3", "Sun 7")] == [2, 3, 0, 4]
    assert days["03 Tier · type"][0] == "Operational · driver"
    assert [cells(path, tab)[f"03 {day}"][0] for tab, day in (("sc2026-05", "Sat 30"), ("sc2026-07", "Thu 2"))] == [
        1,
        0,
    ]
    assert "01 Tier · type" not in weeks
    assert {place[:2] for place in days if place[:2].isdigit()} == {"03"}
    before = path.read_bytes()
    assert publish(mixed, []).lines() == [f"sales: {path}: up to date; periods without a number: 2 missing"]
    assert publish(mixed, [], check=True).exit_code == 0
    assert path.read_bytes() == before


def test_a_new_month_brings_its_tab_and_the_day_its_cell(
    mixed: Session, fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> None:
    publish(mixed, [])
    edit(book_of(mixed), "03 KPI", "Orders, by the day", tab="sc2026-06")
    fill(reaches="2026-08-02", w2026_07_31=7, w2026_08_01=8)
    later = open_shop("2026-08-02")
    run(later, ["sales.03"])
    report = publish(later, [])
    assert load_workbook(book_of(later)).sheetnames == [*MIXED, "sc2026-08"]
    assert cells(book_of(later), "sc2026-07")["03 Fri 31"][0] == 7
    assert cells(book_of(later), "sc2026-08")["03 Sat 1"][0] == 8
    assert [edit.partition(": someone")[0] for edit in report.outcomes[0].kept] == ["sc2026-06, KPI 03, title"]


def test_year_brings_all_tabs_of_the_year_up_to_date(
    add: Callable[..., None],
    count: Callable[..., str],
    fill: Callable[..., None],
    open_shop: Callable[[str], Session],
) -> None:
    add("01_months", count(), 'cadence="monthly",')
    add("02_days", count(), 'cadence="daily",')
    fill(reaches="2026-02-20", w2025_12_30=1, w2026_01_02=2)
    shop = open_shop("2026-02-03")
    backfill(shop, ["sales.01"], "2025-12", "last")
    backfill(shop, ["sales.02"], "2025-12-30", "2026-01-02")
    publish(shop, [], years=[2025])
    assert load_workbook(book_of(shop)).sheetnames == ["sc2025 months", "sc2025-12"]
    publish(shop, [], target="csv")
    assert sorted(file.name for file in (shop.settings.published / "sales").iterdir()) == [
        "sc2025-12.csv", "sc2025-months.csv", "sc2026-01.csv", "sc2026-02.csv", "sc2026-months.csv",
    ]  # fmt: skip
    assert publish(shop, [], years=[2019]).problems == [
        "sales: numbers stand in 2025, 2026, none in the years asked for, so nothing is published. "
        "Choose another --year."
    ]


def test_numbers_written_into_a_day_or_a_month_become_corrections(mixed: Session) -> None:
    publish(mixed, [])
    edit(book_of(mixed), "03 Tue 2", 30, tab="sc2026-06")
    edit(book_of(mixed), "02 Jun", 140, tab="sc2026 months")
    assert len(publish(mixed, [], check=True).outcomes[0].kept) == 2
    (outcome,) = publish(mixed, [], adopt="counted by hand").outcomes
    assert len(outcome.adopted) == 2
    assert outcome.kept == []
    value, note = cells(book_of(mixed), "sc2026-06")["03 Tue 2"]
    assert (value, "counted by hand" in note) == (30, True)
    assert cells(book_of(mixed), "sc2026 months")["02 Jun"][0] == 140


def test_a_receipt_finds_the_cell_of_a_day_and_of_a_month(mixed: Session) -> None:
    publish(mixed, [])
    assert [sent.cell for sent in receipt(mixed, "sales.03", "2026-06-02").sent] == ["sc2026-06!I6"]
    assert [sent.cell for sent in receipt(mixed, "sales.02", "2026-06").sent] == ["sc2026 months!L6"]
    assert [sent.now for sent in receipt(mixed, "sales.01", "2026-W23").sent] == ["9"]


def test_a_look_back_shows_months_and_days_with_their_tiers(
    mixed: Session, fill: Callable[..., None], sql: Sql
) -> None:
    publish(mixed, [])
    before = sql("select clock_timestamp()")[0][0]
    fill(w2026_06_02=1)
    backfill(mixed, ["sales.03"], "2026-06-02", "2026-06-02")
    publish(mixed, [])
    assert cells(book_of(mixed), "sc2026-06")["03 Tue 2"][0] == 4
    (outcome,) = publish(mixed, [], as_of=before).outcomes
    assert load_workbook(outcome.path).sheetnames == MIXED
    then = cells(Path(outcome.path), "sc2026-06")
    assert (then["03 Tue 2"][0], then["03 Tier · type"][0]) == (3, "Operational · driver")


def test_the_newest_cell_says_which_limit_its_change_breaks(
    add: Callable[..., None], count: Callable[..., str], fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> None:
    add("01_orders", count(), 'limits=(Limit(-0.05, severity="high"), Limit(0.3, severity="low")),')
    add("02_few", count(), "limits=(Limit(-0.5),),")
    fill(reaches="2026-11-11", w2026_W43=8, w2026_W44=2, w2026_W45=3)
    backfill(open_shop("2026-11-03"), [], "2026-W43", "last")
    session = open_shop("2026-11-10")
    publish(open_shop("2026-11-03"), [])
    first = cells(book_of(session))
    assert (first["01 W44"], first["01 W43"]) == ((2, "Fell by 75.0 % from the week before: high severity."), (8, ""))
    assert first["02 W44"][1] == "Fell by 75.0 % from the week before: medium severity."
    run(session, [])
    publish(session, [])
    then = cells(book_of(session))
    assert (then["01 W44"], then["01 W45"]) == ((2, ""), (3, "Rose by 50.0 % from the week before: low severity."))
    assert then["02 W45"] == (3, "")
