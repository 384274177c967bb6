"""Publishing to a spreadsheet: what lands, what stays, and how many requests that takes."""

import pytest

from core.errors import PublishError
from core.google.answers import NotShared, Unreachable
from core.pages import Page
from core.readings import State
from tests.sheets.conftest import KPIS, Desk, at, by_size, make_grid, shown
from tests.sheets_server import people
from tests.sheets_server.faults import Fault
from tests.sheets_server.model import Box

NEWS = {("05", 3): ("20", State.FINAL, ""), ("07", 3): ("275000.5", State.PROVISIONAL, "rows up to Thursday.")}


def test_a_first_publish_takes_a_read_and_a_write_and_a_second_one_only_a_read(desk: Desk) -> None:
    assert desk.publish(make_grid()).written
    assert desk.requests() == [("GET", 200), ("POST", 200)]
    again = desk.publish(make_grid())
    assert (again.changes, again.edits_kept, again.written) == ([], [], False)
    assert desk.requests() == [("GET", 200)]
    desk.publish(make_grid(upto=4, changes=NEWS))
    assert desk.requests() == [("GET", 200), ("POST", 200)]


def test_the_tab_has_all_that_a_reader_needs(desk: Desk) -> None:
    desk.publish(make_grid(changes=NEWS))
    tab = desk.tab()
    assert shown(tab)["07", "W03"] == 275000.5
    assert shown(tab)["06", "Target"] == 0.12
    assert shown(tab)["05", "#"] == "05"
    assert shown(tab)["05", "Trend"] == "=SPARKLINE(G6:BG6)"
    row, column = at(tab, "07", "W03")
    assert tab.cells[row, column]["note"] == "Provisional: rows up to Thursday."
    assert "◇" in tab.cells[row, column]["userEnteredFormat"]["numberFormat"]["pattern"]
    size = tab.properties["gridProperties"]
    assert (size["frozenRowCount"], size["frozenColumnCount"], size["hideGridlines"]) == (5, 2, True)
    (protected,) = tab.protected_ranges
    assert protected["warningOnly"]
    assert [one["name"] for one in desk.book.named_ranges] == ["kpi_success_sc2026"]
    assert [t.title for t in desk.book.tabs] == ["Sheet1", "sc2026"]


@pytest.mark.parametrize(("year", "weeks"), [(2024, 52), (2025, 52), (2026, 53)])
def test_a_year_has_its_52_or_53_weeks(desk: Desk, year: int, weeks: int) -> None:
    desk.publish(make_grid(year=year))
    cells = desk.tab(f"sc{year}").cells
    names = {c["userEnteredValue"].get("stringValue") for c in cells.values() if "userEnteredValue" in c}
    assert {f"W{n:02}" for n in range(1, weeks + 1)} <= names
    assert f"W{weeks + 1:02}" not in names


def test_an_untrusted_title_arrives_as_text(desk: Desk) -> None:
    evil = '=IMPORTXML("http://example.com","//a")'
    desk.publish(make_grid(kpis={"05": {**KPIS["05"], "title": evil}}))
    row, column = at(desk.tab(), "05", "KPI")
    assert desk.tab().cells[row, column]["userEnteredValue"] == {"stringValue": evil}
    formulas = [
        c["userEnteredValue"].get("formulaValue", "") for c in desk.tab().cells.values() if "userEnteredValue" in c
    ]
    assert {f for f in formulas if f and not f.startswith("=SPARKLINE(")} == set()


def test_people_insert_sort_rename_and_colour_and_only_what_is_ours_changes(desk: Desk) -> None:
    desk.publish(make_grid())
    desk.change(people.insert, "ROWS", 7, 2)
    desk.change(people.type_in, (7, 3), "our own line")
    desk.change(people.insert, "COLUMNS", 8)
    desk.change(people.type_in, (9, 8), "=SUM(G6:G9)")
    desk.change(people.note, (9, 8), "mine")
    desk.change(people.hide, "COLUMNS", 6)
    desk.change(people.rename_tab, "Our weeks")
    before = dict(desk.tab("Our weeks").cells)
    outcome = desk.publish(make_grid(upto=4, changes=NEWS))
    tab = desk.tab("Our weeks")
    assert outcome.edits_kept == []
    assert shown(tab)["05", "W03"] == 20
    assert shown(tab)["16", "W04"] == 4
    for place in ((7, 3), (9, 8)):
        assert tab.cells[place] == before[place]
    assert tab.columns[6]["hiddenByUser"]
    assert len(desk.book.tabs) == 2


def test_segments_come_below_the_kpis_and_are_found_again_after_people_sort_them(desk: Desk) -> None:
    desk.publish(make_grid())
    desk.publish(make_grid(blocks=[by_size()]))
    told = shown(desk.tab())
    assert [told["size", "KPI"], told["size.small.orders", "KPI"], told["size.large.orders_share", "KPI"]] == [
        "By size",
        "Orders: small",
        "Share of orders: large",
    ]
    assert (told["size.large.orders", "W03"], told["size.small.orders", "Trend"]) == (2, "=SPARKLINE(G11:BG11)")
    assert ("size", "Trend") not in told
    assert desk.publish(make_grid(blocks=[by_size()])).changes == []
    desk.change(people.sort_rows, Box(5, 14, 0, 59), 1)
    desk.change(people.type_in, (at(desk.tab(), "size.large.orders", "W02")), "7")
    outcome = desk.publish(make_grid(upto=4, blocks=[by_size(upto=4)]))
    assert [str(edit) for edit in outcome.edits_kept] == [
        "sc2026, KPI size.large.orders, 2026-W02: someone wrote 7 where 2 was due; theirs stays."
    ]
    told = shown(desk.tab())
    assert [told[row, "W04"] for row in ("size.small.orders", "size.large.orders", "05")] == [1, 2, 11.75]


def test_a_set_of_segments_that_comes_between_takes_no_row_of_another(desk: Desk) -> None:
    desk.publish(make_grid(blocks=[by_size()]))
    desk.change(people.type_in, (at(desk.tab(), "size.small.orders", "W02")), "777")
    desk.publish(make_grid(blocks=[by_size("area"), by_size()]))
    told = shown(desk.tab())
    assert (told["size.small.orders", "W02"], told["area.small.orders", "W02"]) == (777, 1)


@pytest.mark.parametrize("carried", [False, True], ids=["tags stay behind", "tags go along"])
def test_sorted_rows_are_found_by_their_numbers_and_tagged_anew(desk: Desk, carried: bool) -> None:
    desk.publish(make_grid())
    desk.change(people.sort_rows, Box(5, 9, 0, 59), 1, carry_metadata=carried)
    looked = desk.publish(make_grid(), dry_run=True)
    assert (looked.changes, looked.healed) == (
        [],
        [] if carried else ["sc2026: new tags for 4 rows that had lost theirs"],
    )
    assert desk.publish(make_grid(upto=4, changes=NEWS)).healed == looked.healed
    assert shown(desk.tab())["05", "W03"] == 20
    assert shown(desk.tab())["07", "W03"] == 275000.5
    assert desk.publish(make_grid(upto=4, changes=NEWS)).changes == []
    desk.requests()
    desk.publish(make_grid(upto=4, changes=NEWS))
    assert desk.requests() == [("GET", 200)], "healed tags stay healed"


def test_weeks_are_as_wide_as_their_longest_number(desk: Desk) -> None:
    large = {("07", 2): ("-1234567890.5", State.FINAL, ""), ("07", 3): ("1" * 300, State.FINAL, "")}
    for year, changes, width in ((2024, NEWS, 76), (2025, {("07", 2): large["07", 2]}, 125), (2026, large, 167)):
        desk.publish(make_grid(year=year, changes=changes))
        assert {desk.tab(f"sc{year}").columns[at]["pixelSize"] for at in range(6, 58)} == {width}


def test_a_hand_edit_stays_and_is_told_until_ours_is_taken(desk: Desk) -> None:
    desk.publish(make_grid())
    place = at(desk.tab(), "05", "W02")
    desk.change(people.type_in, place, "99")
    kept = desk.publish(make_grid(upto=4))
    assert [str(edit) for edit in kept.edits_kept] == [
        "sc2026, KPI 05, 2026-W02: someone wrote 99 where 11.75 was due; theirs stays."
    ]
    assert shown(desk.tab())["05", "W02"] == 99
    assert len(desk.publish(make_grid(upto=4)).edits_kept) == 1, "it is told again"
    taken = desk.publish(make_grid(upto=4), policy="take ours")
    assert taken.edits_kept == []
    assert shown(desk.tab())["05", "W02"] == 11.75


def test_people_keep_their_own_notes_colours_and_formats(desk: Desk) -> None:
    desk.publish(make_grid())
    place = at(desk.tab(), "05", "W03")
    desk.change(people.note, place, "ask Finance")
    desk.change(people.dress, place, backgroundColor={"red": 1})
    desk.publish(make_grid(changes=NEWS))
    cell = desk.tab().cells[place]
    assert cell["userEnteredValue"] == {"numberValue": 20}
    assert cell["note"] == "ask Finance"
    assert cell["userEnteredFormat"]["backgroundColor"] == {"red": 1}
    assert "◆" in cell["userEnteredFormat"]["numberFormat"]["pattern"], "a mark never says what is not so"


def test_a_new_kpi_gets_its_row_in_its_order_and_its_trend(desk: Desk) -> None:
    less = {number: words for number, words in KPIS.items() if number != "06"}
    desk.publish(make_grid(kpis=less))
    desk.change(people.type_in, (8, 2), "a line of ours")  # right below the last KPI
    desk.publish(make_grid())
    order = [number for (number, name) in shown(desk.tab()) if name == "#"]
    assert sorted(order) == ["05", "06", "07", "16"]
    rows = [at(desk.tab(), number, "#")[0] for number in ("05", "06", "07", "16")]
    assert rows == [5, 6, 7, 8]
    assert shown(desk.tab())["06", "Trend"] == "=SPARKLINE(G7:BG7)"
    assert shown(desk.tab())["07", "Trend"] == "=SPARKLINE(G8:BG8)"
    assert desk.tab().cells[9, 2]["userEnteredValue"] == {"stringValue": "a line of ours"}
    assert desk.publish(make_grid()).changes == []


def test_a_row_that_a_person_removed_stays_away_until_ours_is_taken(desk: Desk) -> None:
    desk.publish(make_grid())
    desk.change(people.delete, "ROWS", at(desk.tab(), "06", "#")[0])
    told = desk.publish(make_grid(upto=4))
    assert [str(edit) for edit in told.edits_kept] == ["sc2026, KPI 06 was removed by hand; it stays away."]
    desk.publish(make_grid(upto=4), policy="take ours")
    assert shown(desk.tab())["06", "W04"] == 0.118


def test_a_copied_tab_belongs_to_the_person_who_made_it(desk: Desk) -> None:
    desk.publish(make_grid())
    book, copy = people.copy_tab(desk.book, desk.tab().id, metadata=True)
    desk.server.keep(book)
    before = dict(book.tab(copy).cells)
    desk.publish(make_grid(upto=4, changes=NEWS))
    assert desk.book.tab(copy).cells == before
    assert shown(desk.tab())["05", "W03"] == 20


def test_a_copy_that_takes_the_name_of_its_original_fools_nobody(desk: Desk) -> None:
    desk.publish(make_grid())
    ours = desk.tab().id
    book, copy = people.copy_tab(desk.book, ours, metadata=True)
    book = people.rename_tab(book, ours, "mine no more")
    desk.server.keep(people.rename_tab(book, copy, "sc2026"))
    before = dict(desk.book.tab(copy).cells)
    desk.publish(make_grid(upto=4, changes=NEWS))
    assert desk.book.tab(copy).cells == before
    assert shown(desk.book.tab(ours))["05", "W03"] == 20


def test_a_tab_of_that_name_that_is_a_persons_own_is_left_alone(desk: Desk) -> None:
    desk.server.keep(people.rename_tab(desk.book, 0, "sc2026"))
    desk.change(people.type_in, (0, 0), "my plans", sheet_id=0)
    desk.publish(make_grid())
    assert desk.book.tab(0).cells == {(0, 0): {"userEnteredValue": {"stringValue": "my plans"}}}
    assert [tab.title for tab in desk.book.tabs] == ["sc2026", "sc2026 success"]
    desk.requests()
    assert desk.publish(make_grid()).changes == []
    assert desk.requests() == [("GET", 200)]


def test_a_deleted_tab_is_made_anew(desk: Desk) -> None:
    desk.publish(make_grid())
    desk.server.keep(people.delete_tab(desk.book, desk.tab().id))
    desk.publish(make_grid(upto=4))
    assert shown(desk.tab())["05", "W04"] == 11.75


def test_a_named_range_that_outlived_its_tab_is_in_nobodys_way(desk: Desk) -> None:
    kept = {"namedRangeId": "x", "name": "KPI_success_sc2026", "range": {"sheetId": 0, "endRowIndex": 1}}
    desk.book.named_ranges.append(kept)
    desk.publish(make_grid())
    assert desk.book.named_ranges == [kept]


def test_a_tab_that_a_person_emptied_is_theirs_and_a_new_one_is_made(desk: Desk) -> None:
    desk.publish(make_grid())
    ours = desk.tab().id
    for place in list(desk.tab().cells):
        desk.change(people.type_in, place, None)
    desk.publish(make_grid(upto=4))
    assert [tab.title for tab in desk.book.tabs] == ["Sheet1", "sc2026", "sc2026 success"]
    assert shown(desk.tab("sc2026 success"))["05", "W04"] == 11.75
    assert not any("userEnteredValue" in cell for cell in desk.book.tab(ours).cells.values())
    assert desk.publish(make_grid(upto=4)).changes == []


def test_rows_inserted_between_read_and_write_make_us_look_again(desk: Desk) -> None:
    desk.publish(make_grid())

    def insert(server: object) -> None:
        desk.change(people.insert, "ROWS", 6, 3)
        desk.change(people.type_in, (6, 8), "an urgent line")

    desk.server.faults.before_writes.append(insert)
    desk.publish(make_grid(changes=NEWS))
    tab = desk.tab()
    assert tab.cells[6, 8]["userEnteredValue"] == {"stringValue": "an urgent line"}
    assert shown(tab)["05", "W03"] == 20
    assert shown(tab)["07", "W03"] == 275000.5
    assert [code for _, code in desk.requests()][-3:] == [400, 200, 200]


@pytest.mark.parametrize("dimension", ["ROWS", "COLUMNS"])
def test_moved_between_read_and_write(desk: Desk, dimension: str) -> None:
    desk.publish(make_grid())
    desk.server.faults.before_writes.append(lambda _: desk.change(people.move, dimension, 8, 6))
    desk.publish(make_grid(changes=NEWS))
    assert shown(desk.tab())["05", "W03"] == 20
    assert shown(desk.tab())["07", "W03"] == 275000.5
    assert shown(desk.tab())["07", "W02"] == 308185.02


@pytest.mark.parametrize("by", [1, 8], ids=["by name", "by a week"])
def test_a_sort_between_read_and_write_is_noticed_and_put_right(desk: Desk, by: int) -> None:
    desk.publish(make_grid())
    desk.change(people.insert, "ROWS", 7)
    desk.change(people.type_in, (7, 1), "Our own line")
    desk.change(people.type_in, (7, 8), "77")
    theirs = at(desk.tab(), "16", "W03")
    desk.change(people.type_in, theirs, "4444")
    desk.server.faults.before_writes.append(lambda _: desk.change(people.sort_rows, Box(5, 10, 0, 59), by))
    told = desk.publish(make_grid(changes=NEWS))
    seen = shown(desk.tab())
    assert (seen["05", "W03"], seen["06", "W03"], seen["07", "W03"], seen["16", "W03"]) == (20, 0.118, 275000.5, 4444)
    (line,) = [p for p, c in desk.tab().cells.items() if c.get("userEnteredValue") == {"stringValue": "Our own line"}]
    assert desk.tab().cells[line[0], 8]["userEnteredValue"] == {"numberValue": 77}
    assert [edit.place for edit in told.edits_kept] == [("16", "2026-W03")]
    assert desk.publish(make_grid(changes=NEWS)).changes == []


def test_a_dry_run_reads_and_tells_and_writes_nothing(desk: Desk) -> None:
    desk.publish(make_grid())
    desk.requests()
    told = [str(step) for step in desk.publish(make_grid(changes=NEWS), dry_run=True).changes]
    assert "KPI 05, 2026-W03: 11.75 -> 20" in told
    assert desk.requests() == [("GET", 200)]
    assert shown(desk.tab())["05", "W03"] == 11.75


def test_a_book_that_is_not_shared_is_told_with_the_address(desk: Desk) -> None:
    desk.book.forbidden = True
    with pytest.raises(NotShared, match=f"Share it with {desk.server.address} as an editor"):
        desk.publish(make_grid())


def test_who_cannot_be_reached_is_tried_until_the_budget_ends(desk: Desk) -> None:
    desk.server.faults.script.extend([Fault("503")] * 1000)
    with pytest.raises(Unreachable, match="Nothing is lost"):
        desk.publish(make_grid())
    desk.server.faults.script.clear()
    desk.publish(make_grid())
    assert shown(desk.tab())["05", "W03"] == 11.75


def test_a_tab_that_is_always_refused_is_told_in_the_end(desk: Desk) -> None:
    desk.publish(make_grid())
    for _ in range(50):
        desk.server.faults.before_writes.append(lambda _: desk.change(people.insert, "ROWS", 5))
    with pytest.raises(PublishError, match="refused to change"):
        desk.publish(make_grid(changes=NEWS))
    desk.server.faults.before_writes.clear()
    desk.publish(make_grid(changes=NEWS))
    assert shown(desk.tab())["05", "W03"] == 20


def test_two_years_and_two_scorecards_share_a_spreadsheet(desk: Desk) -> None:
    desk.publish(make_grid(year=2025), make_grid(year=2026))
    assert [tab.title for tab in desk.book.tabs] == ["Sheet1", "sc2025", "sc2026"]
    desk.requests()
    desk.publish(make_grid(year=2025), make_grid(year=2026, upto=4))
    assert desk.requests() == [("GET", 200), ("POST", 200)]


PAGES = (Page("weekly", 2026), Page("monthly", 2026), Page("daily", 2026, 6), Page("daily", 2026, 11))
TABS = ["sc2026", "sc2026 months", "sc2026-06", "sc2026-11"]


def test_weeks_months_and_days_stand_in_one_spreadsheet(desk: Desk) -> None:
    desk.publish(*(make_grid(page=page, changes=NEWS) for page in PAGES))
    assert [tab.title for tab in desk.book.tabs] == ["Sheet1", *TABS]
    assert [one["name"] for one in desk.book.named_ranges] == [
        "kpi_success_sc2026", "kpi_success_sc2026_months", "kpi_success_sc2026_06", "kpi_success_sc2026_11",
    ]  # fmt: skip
    for tab, last, heading, pattern in zip(
        TABS, ("BG", "R", "AJ", "AJ"), ("W03", "Mar", "Wed 3", "Tue 3"), ("d mmm", "yyyy", "mmm", "mmm"), strict=True
    ):
        assert shown(desk.tab(tab))["07", heading] == 275000.5
        assert shown(desk.tab(tab))["05", "Trend"] == f"=SPARKLINE(G6:{last}6)"
        assert desk.tab(tab).cells[3, 8]["userEnteredFormat"]["numberFormat"]["pattern"].startswith(pattern)
        (protected,) = desk.tab(tab).protected_ranges
        assert protected["range"]["endColumnIndex"] == len(desk.tab(tab).columns)
        assert desk.tab(tab).properties["gridProperties"]["frozenColumnCount"] == 2
    desk.requests()
    assert desk.publish(*(make_grid(page=page, changes=NEWS) for page in PAGES)).changes == []
    assert desk.requests() == [("GET", 200)]


@pytest.mark.parametrize(("page", "heading"), [(PAGES[1], "Apr"), (PAGES[2], "Thu 4"), (PAGES[3], "Wed 4")])
def test_only_the_tab_with_news_is_written(desk: Desk, page: Page, heading: str) -> None:
    desk.publish(*(make_grid(page=one) for one in PAGES))
    desk.change(people.sort_rows, Box(5, 9, 0, 18), 1, carry_metadata=False, title=page.name)
    desk.change(people.rename_tab, "Mine", title=page.name)
    desk.requests()
    outcome = desk.publish(*(make_grid(page=one, upto=4 if one == page else 3) for one in PAGES))
    assert outcome.edits_kept == []
    assert [code for method, code in desk.requests() if method == "POST"] == [200]
    assert shown(desk.tab("Mine"))["16", heading] == 4
    assert shown(desk.tab("Mine"))["05", heading] == 11.75


def test_a_persons_tab_with_the_name_of_a_month_is_left_alone(desk: Desk) -> None:
    desk.server.keep(people.rename_tab(desk.book, 0, "sc2026-11"))
    desk.change(people.type_in, (3, 2), "20 Nov 2026", title="sc2026-11")
    before = dict(desk.book.tab(0).cells)
    desk.publish(make_grid(page=PAGES[3]))
    assert desk.book.tab(0).cells == before
    assert [tab.title for tab in desk.book.tabs] == ["sc2026-11", "sc2026-11 success"]


def test_a_tier_comes_right_of_the_unit_into_a_tab_that_stands(desk: Desk) -> None:
    desk.publish(make_grid())
    tier = {number: {**words, "tier": "executive", "type": "driver"} for number, words in KPIS.items()}
    told = desk.publish(make_grid(kpis=tier, upto=4))
    assert told.edits_kept == []
    assert at(desk.tab(), "05", "Tier · type") == (5, 4)
    assert at(desk.tab(), "05", "Target") == (5, 5)
    assert shown(desk.tab())["16", "Tier · type"] == "Executive · driver"
    assert shown(desk.tab())["05", "W04"] == 11.75
    assert shown(desk.tab())["05", "Trend"] == "=SPARKLINE(H6:BH6)"
    assert desk.publish(make_grid(kpis=tier, upto=4)).changes == []
    desk.change(people.delete, "COLUMNS", 4)
    (edit,) = desk.publish(make_grid(kpis=tier, upto=4)).edits_kept
    assert str(edit) == "sc2026, column group was removed by hand; it stays away."


def test_people_who_sort_the_kpis_keep_each_with_its_tier(desk: Desk) -> None:
    tiers = dict(zip(KPIS, ("executive", "operational", "executive", ""), strict=True))
    kpis = {number: {**words, "tier": tiers[number]} for number, words in KPIS.items()}
    desk.publish(make_grid(kpis=kpis))
    assert [at(desk.tab(), number, "#")[0] for number in ("05", "07", "06", "16")] == [5, 6, 7, 8]
    desk.change(people.sort_rows, Box(5, 9, 0, 60), 0, carry_metadata=False)
    desk.publish(make_grid(kpis=kpis, upto=4))
    assert [at(desk.tab(), number, "#")[0] for number in KPIS] == [5, 6, 7, 8]
    said = {number: shown(desk.tab()).get((number, "Tier · type"), "") for number in KPIS}
    assert said == {number: tier.capitalize() for number, tier in tiers.items()}
    assert shown(desk.tab())["07", "W04"] == 308185.02
