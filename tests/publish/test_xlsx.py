"""A workbook is made, read by other programs, and published again."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from core.errors import PublishError
from core.grid import Grid
from core.pages import Page
from core.periods import Week
from core.publish.published import Published
from core.publish.xlsx import publish
from core.readings import State

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says that it drops them
MakeGrid = Callable[..., Grid]
Parts = Callable[[Path], dict[str, bytes]]
KPIS = {
    "05": {"title": "Offboarding forms", "unit": "forms", "better": "lower", "target": 12},
    "06": {"title": "Early offboarding share", "unit": "%", "better": "lower", "target": 0.12},
    "07": {"title": "Revenue", "unit": "GBP", "better": "higher", "target": 300_000},
    "16": {"title": "Replacement processes", "unit": "processes", "better": "neither"},
}
LATE = {("05", 3): ("11.75", State.PROVISIONAL, "rows up to Thursday.")}
MORE = {"title": "Churn", "unit": "%", "better": "lower", "target": 0.2, "owner": "Customer Success"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "success.xlsx"


def cells_of(path: Path, tab: str = "sc2026") -> dict[tuple[str, str], Any]:
    """What openpyxl reads, by KPI number and week label."""
    book = load_workbook(path)
    sheet = book[tab]
    head = next(row for row in sheet.iter_rows() if any(c.value == "W01" for c in row))
    keys = next(c.column for c in head if c.value == "#")
    names = {c.column: c.value for c in head if c.value}
    found = {
        (sheet.cell(row, keys).value, name): sheet.cell(row, column)
        for row in range(head[0].row + 1, sheet.max_row + 1)
        for column, name in names.items()
        if sheet.cell(row, keys).value
    }
    book.close()
    return found


def test_a_new_workbook_reads_the_same_everywhere(path: Path, make_grid: MakeGrid) -> None:
    outcome = publish([make_grid(changes=LATE)], path, Published())
    assert outcome.written
    cells = cells_of(path)
    assert cells["07", "W02"].value == 308185.02
    assert cells["06", "W01"].value == 0.118
    assert cells["05", "W04"].value is None
    assert cells["05", "W03"].comment.text == "Provisional: rows up to Thursday."
    assert cells["05", "KPI"].comment.text == "Offboarding forms."
    assert cells["05", "W03"].number_format.startswith('"○"')
    assert cells["05", "W01"].number_format.startswith('"●"')
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("sc2026").to_python()
    assert rows[4][:8] == ["#", "KPI", "Owner", "Unit", "Target", "Trend", "W01", "W02"]
    assert [row[0] for row in rows[5:]] == list(KPI_NUMBERS)


KPI_NUMBERS = ("05", "06", "07", "16")


def test_the_tab_is_laid_out_for_reading(path: Path, make_grid: MakeGrid, parts: Parts) -> None:
    publish([make_grid(upto=30)], path, Published())
    sheet = load_workbook(path)["sc2026"]
    pane = sheet.sheet_view.pane
    assert (pane.state, pane.xSplit, pane.ySplit) == ("frozen", 6, 5)
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$4:$5"
    assert not sheet.sheet_view.showGridLines
    xml = parts(path)["xl/worksheets/sheet1.xml"]
    assert xml.count(b"<x14:sparkline>") == len(KPI_NUMBERS)
    assert b'topLeftCell="AA6"' in xml, "W21 stands at the left edge, W30 in sight"


@pytest.mark.parametrize(("year", "weeks"), [(2025, 52), (2026, 53), (2020, 53)])
def test_every_week_of_the_year_has_its_column(path: Path, make_grid: MakeGrid, year: int, weeks: int) -> None:
    publish([make_grid(year)], path, Published())
    labels = {column for _, column in cells_of(path, f"sc{year}") if column.startswith("W")}
    assert len(labels) == weeks


def test_the_same_grid_gives_the_same_bytes(tmp_path: Path, make_grid: MakeGrid) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        publish([make_grid(changes=LATE)], tmp_path / name, Published())
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_publishing_again_without_news_does_not_touch_the_file(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid(changes=LATE)], path, Published())
    before = path.stat()
    again = publish([make_grid(changes=LATE)], path, first.published)
    assert (again.written, again.changes, again.edits_kept) == (False, [], [])
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_new_week_changes_the_sheet_part_alone(path: Path, make_grid: MakeGrid, parts: Parts) -> None:
    first = publish([make_grid(upto=2)], path, Published())
    before = parts(path)
    off = {("05", 3): ("20", State.FINAL, "")}
    second = publish([make_grid(upto=3, changes=off)], path, first.published)
    after = parts(path)
    assert second.written
    assert [name for name in after if after[name] != before.get(name)] == ["xl/worksheets/sheet1.xml"]
    assert list(after) == list(before)
    cells = cells_of(path)
    assert cells["05", "W03"].value == 20
    assert cells["05", "W03"].number_format.startswith('"◆"')


def test_an_unknown_number_is_an_empty_cell_that_says_so(path: Path, make_grid: MakeGrid) -> None:
    publish([make_grid(upto=3, changes={("06", 3): (None, State.FINAL, "")})], path, Published())
    cell = cells_of(path)["06", "W03"]
    assert cell.value is None
    assert cell.comment is not None
    assert cell.comment.text == "Unknown: nothing to measure in this week."


def test_a_note_that_comes_and_goes_changes_the_two_parts_of_notes(
    path: Path, make_grid: MakeGrid, parts: Parts
) -> None:
    first = publish([make_grid()], path, Published())
    before = parts(path)
    second = publish([make_grid(changes=LATE)], path, first.published)
    after = parts(path)
    notes = ["xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"]
    changed = [name for name in after if after[name] != before[name]]
    assert sorted(changed) == [*notes, "xl/worksheets/sheet1.xml"]
    assert cells_of(path)["05", "W03"].comment.text == "Provisional: rows up to Thursday."
    assert after[notes[1]].count(b"<v:shape ") == before[notes[1]].count(b"<v:shape ") + 1
    publish([make_grid()], path, second.published)
    assert cells_of(path)["05", "W03"].comment is None
    assert parts(path)[notes[1]] == before[notes[1]]


def test_restated_and_corrected_cells_carry_their_reason(path: Path, make_grid: MakeGrid) -> None:
    reason = {("success.07", Week.of(2026, 2)): "Restated: 307,001.10 -> 308,185.02 (late data)."}
    publish([make_grid(notes=reason)], path, Published())
    assert cells_of(path)["07", "W02"].comment.text.startswith("Restated: 307,001.10")


def test_last_years_week_never_reaches_this_years_tab(path: Path, make_grid: MakeGrid) -> None:
    old, new = make_grid(2025, upto=52), make_grid(2026, upto=1, changes={("05", 1): ("99", State.FINAL, "")})
    first = publish([old, new], path, Published())
    assert cells_of(path, "sc2025")["05", "W01"].value == 11.75
    assert cells_of(path, "sc2026")["05", "W01"].value == 99
    later = make_grid(2025, upto=52, changes={("05", 47): ("3", State.FINAL, "")})
    publish([later, new], path, first.published)
    assert cells_of(path, "sc2025")["05", "W47"].value == 3
    assert cells_of(path, "sc2026")["05", "W47"].value is None


def test_a_new_kpi_stands_in_its_order_in_an_untouched_file(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid()], path, Published())
    kpis = dict(sorted({**KPIS, "12": MORE}.items()))
    second = publish([make_grid(kpis=kpis)], path, first.published)
    assert list(dict.fromkeys(row for row, _ in cells_of(path))) == ["05", "06", "07", "12", "16"]
    assert not publish([make_grid(kpis=kpis)], path, second.published).written


def test_one_year_published_alone_leaves_the_other_in_the_file(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid(2025, upto=52)], path, Published())
    second = publish([make_grid(2026)], path, first.published)
    assert load_workbook(path).sheetnames == ["sc2025", "sc2026"]
    assert not publish([make_grid(2025, upto=52), make_grid(2026)], path, second.published).written


def test_a_dry_run_tells_and_writes_nothing(path: Path, make_grid: MakeGrid) -> None:
    assert len(publish([make_grid()], path, Published(), dry_run=True).changes) == 1
    assert not path.exists()
    first = publish([make_grid(upto=2)], path, Published())
    before = path.read_bytes()
    told = publish([make_grid(upto=3)], path, first.published, dry_run=True)
    assert told.changes
    assert told.published == first.published
    assert path.read_bytes() == before


def test_a_deleted_file_is_made_anew(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid()], path, Published())
    path.unlink()
    assert publish([make_grid()], path, first.published).written
    assert cells_of(path)["05", "W01"].value == 11.75


@pytest.mark.parametrize("title", ['=IMPORTXML("http://x","//a")', "+1+1", "@SUM(A1)", "-2", "_x0041_ & <b>"])
def test_untrusted_text_arrives_as_text(path: Path, make_grid: MakeGrid, title: str) -> None:
    named = {"05": {**KPIS["05"], "title": title, "owner": title}}
    publish([make_grid(kpis=named)], path, Published())
    read = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("sc2026").to_python()
    assert read[5][1] == title
    cell = load_workbook(path)["sc2026"]["B6"]
    assert cell.data_type == "s"


def test_characters_that_excel_refuses_are_left_out(path: Path, make_grid: MakeGrid) -> None:
    named = {"05": {**KPIS["05"], "title": "Forms\x00\x07\ud800 done\nnow\uffff"}}
    publish([make_grid(kpis=named)], path, Published())
    assert cells_of(path)["05", "KPI"].value == "Forms done now"


def test_money_keeps_its_pence_through_floats(path: Path, make_grid: MakeGrid) -> None:
    amounts = {("07", n): (text, State.FINAL, "") for n, text in enumerate(("9747747.93", "0.1", "-1566.23"), 1)}
    first = publish([make_grid(changes=amounts)], path, Published())
    assert [cells_of(path)["07", f"W0{n}"].value for n in (1, 2, 3)] == [9747747.93, 0.1, -1566.23]
    thirds = {("07", 1): (str(Decimal(1) / 3), State.FINAL, "")}
    second = publish([make_grid(changes=thirds)], path, first.published)
    assert not publish([make_grid(changes=thirds)], path, second.published).changes


def test_what_was_published_may_travel_as_json(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid(changes=LATE)], path, Published())
    kept = Published.from_json(json.loads(json.dumps(first.published.to_json())))
    assert publish([make_grid(changes=LATE)], path, kept).changes == []


@pytest.mark.parametrize("content", [b"", b"week,value\n2026-W47,12\n", b"PK\x03\x04 cut short", b"\xd0\xcf\x11\xe0"])
def test_a_file_that_is_no_workbook_is_left_alone(path: Path, make_grid: MakeGrid, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(PublishError, match="cannot be read as a workbook"):
        publish([make_grid()], path, Published())
    assert path.read_bytes() == content


def test_a_workbook_with_a_broken_part_is_left_alone(path: Path, make_grid: MakeGrid, rewrite: Any) -> None:
    first = publish([make_grid()], path, Published())
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2])
    before = path.read_bytes()
    with pytest.raises(PublishError, match=r"success\.xlsx cannot be read as a workbook"):
        publish([make_grid()], path, first.published)
    assert path.read_bytes() == before


def test_an_open_or_read_only_file_is_left_alone(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid()], path, Published())
    before = path.read_bytes()
    owner = path.with_name(f".~lock.{path.name}#")
    owner.write_text("")
    with pytest.raises(PublishError, match="is open in a spreadsheet program"):
        publish([make_grid(changes=LATE)], path, first.published)
    owner.unlink()
    path.chmod(0o444)
    with pytest.raises(PublishError, match="is read-only"):
        publish([make_grid(changes=LATE)], path, first.published)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name], "no temporary file stays behind"


def test_a_file_that_another_program_has_locked_is_left_alone(path: Path, make_grid: MakeGrid) -> None:
    fcntl = pytest.importorskip("fcntl")
    first = publish([make_grid()], path, Published())
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        with pytest.raises(PublishError, match="is locked"):
            publish([make_grid(changes=LATE)], path, first.published)


def test_a_kill_between_writing_and_swapping_leaves_the_old_file(path: Path, make_grid: MakeGrid) -> None:
    publish([make_grid()], path, Published())
    before = path.read_bytes()
    script = f"""
        import os, signal
        from pathlib import Path
        from core.publish.atomic import replace_file
        replace_file(Path({str(path)!r}), b"new", unchanged=lambda: os.kill(os.getpid(), signal.SIGKILL))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert publish([make_grid()], path, Published()).where == str(path), "what the kill left behind is in nobody's way"


def test_a_file_saved_while_we_publish_is_not_overwritten(path: Path) -> None:
    from core.publish.atomic import replace_file

    path.write_bytes(b"theirs")
    with pytest.raises(PublishError, match="theirs stays"):
        replace_file(path, b"ours", unchanged=lambda: False)
    assert path.read_bytes() == b"theirs"
    assert len(list(path.parent.iterdir())) == 1


PAGES = (Page("weekly", 2026), Page("monthly", 2026), Page("daily", 2026, 6), Page("daily", 2026, 7))
TABS = ["sc2026", "sc2026 months", "sc2026-06", "sc2026-07"]


def values_of(path: Path, tab: str) -> list[list[Any]]:
    """From the row of headings on."""
    book = load_workbook(path)
    found = [[cell.value for cell in row] for row in book[tab].iter_rows(min_row=5)]
    book.close()
    return found


def test_weeks_months_and_days_stand_in_one_workbook(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid(page=page, changes=LATE) for page in PAGES], path, Published())
    book = load_workbook(path)
    assert book.sheetnames == TABS
    assert book.active is not None
    assert book.active.title == "sc2026"
    assert [book[tab].max_column for tab in TABS] == [6 + 53, 6 + 12, 6 + 30, 6 + 31]
    assert [book[tab]["G5"].value for tab in TABS] == ["W01", "Jan", "Mon 1", "Wed 1"]
    assert [book[tab]["G4"].number_format for tab in TABS] == ["d mmm_0", "yyyy_0", "mmm_0", "mmm_0"]
    assert [book[tab].page_setup.fitToWidth or 1 for tab in TABS] == [2, 1, 2, 2]
    book.close()
    before = path.read_bytes()
    again = publish([make_grid(page=page, changes=LATE) for page in PAGES], path, first.published)
    assert (again.written, path.read_bytes()) == (False, before)


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)
def test_a_new_period_changes_its_own_tab_alone(path: Path, make_grid: MakeGrid, parts: Parts, page: Page) -> None:
    first = publish([make_grid(page=one) for one in PAGES], path, Published())
    before = parts(path)
    off = {("05", 4): ("20", State.FINAL, "")}
    changed = [make_grid(page=one, upto=4 if one == page else 3, changes=off) for one in PAGES]
    publish(changed, path, first.published)
    after, part = parts(path), f"xl/worksheets/sheet{PAGES.index(page) + 1}.xml"
    assert [name for name in after if after[name] != before.get(name)] == [part]
    assert values_of(path, page.name)[1][9] == 20


@pytest.mark.parametrize("tab", TABS[1:])
def test_a_tab_of_another_kind_is_set_into_a_workbook_that_people_use(
    path: Path, make_grid: MakeGrid, tab: str
) -> None:
    """Their tab has a date of ours in it, and one of the weeks' columns begins on the same day as ours."""
    first = publish([make_grid(page=PAGES[0], upto=30)], path, Published())
    book = load_workbook(path)
    book["sc2026"]["B12"] = "mine"
    for at, value in (("A1", "#"), ("B1", "KPI"), ("C1", "Owner"), ("D1", "Due"), ("D2", datetime(2026, 6, 1))):  # noqa: DTZ001
        (book["Actions"] if "Actions" in book.sheetnames else book.create_sheet("Actions"))[at] = value
    book.save(path)
    book.close()
    page = PAGES[TABS.index(tab)]
    grids = [make_grid(page=PAGES[0], upto=30), make_grid(page=page)]
    second = publish(grids, path, first.published)
    assert second.edits_kept == []
    assert load_workbook(path).sheetnames == ["sc2026", "Actions", tab]
    assert values_of(path, tab)[1][:9] == [
        "05",
        "Offboarding forms",
        "Customer Success",
        "forms",
        12,
        None,
        *[11.75] * 3,
    ]
    assert values_of(path, "sc2026")[7][1] == "mine"
    assert publish(grids, path, second.published).changes == []


def test_a_tab_is_found_by_its_dates_when_its_name_and_anchors_are_gone(path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid(page=page) for page in PAGES], path, Published())
    book = load_workbook(path)
    for name in list(book.defined_names):
        del book.defined_names[name]
    for number, sheet in enumerate(book.worksheets):
        sheet.title = f"Mine {number}"
    book.save(path)
    book.close()
    second = publish([make_grid(page=page, upto=4) for page in PAGES], path, first.published)
    assert second.edits_kept == []
    assert load_workbook(path).sheetnames == ["Mine 0", "Mine 1", "Mine 2", "Mine 3"]
    assert [values_of(path, f"Mine {n}")[1][9] for n in range(4)] == [11.75] * 4


def test_a_tier_comes_into_a_workbook_that_stands(path: Path, make_grid: MakeGrid) -> None:
    tier = {number: {**words, "tier": "executive", "type": "driver"} for number, words in KPIS.items()}
    first = publish([make_grid(kpis=KPIS)], path, Published())
    untouched = publish([make_grid(kpis=tier)], path, first.published)
    assert values_of(path, "sc2026")[0][:7] == ["#", "KPI", "Owner", "Unit", "Tier · type", "Target", "Trend"]
    assert values_of(path, "sc2026")[1][4] == "Executive · driver"
    assert publish([make_grid(kpis=tier)], path, untouched.published).changes == []


def test_a_tier_comes_at_the_right_end_where_people_work_in_the_tab(path: Path, make_grid: MakeGrid) -> None:
    tier = {number: {**words, "tier": "executive"} for number, words in KPIS.items()}
    first = publish([make_grid(kpis=KPIS)], path, Published())
    book = load_workbook(path)
    book["sc2026"]["B12"] = "mine"
    book.save(path)
    book.close()
    second = publish([make_grid(kpis=tier)], path, first.published)
    assert [row[-1] for row in values_of(path, "sc2026")[:3]] == ["Tier · type", "Executive", "Executive"]
    assert [row[6] for row in values_of(path, "sc2026")[:2]] == ["W01", 11.75]
    assert publish([make_grid(kpis=tier)], path, second.published).changes == []
