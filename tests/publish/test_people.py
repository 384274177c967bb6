"""People work in the workbook between two publishes. What is theirs stays; our numbers still land in their cells."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from core.errors import PublishError
from core.grid import Grid
from core.publish.published import Published
from core.publish.xlsx import publish
from core.readings import State

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says that it drops them
MakeGrid = Callable[..., Grid]
Parts = Callable[[Path], dict[str, bytes]]
Rewrite = Callable[[Path, str, Callable[[bytes], bytes]], None]
SHEET = "xl/worksheets/sheet1.xml"
NEWS = {("05", 3): ("20", State.FINAL, ""), ("07", 3): ("275000.5", State.PROVISIONAL, "rows up to Thursday.")}
CHURN = {"title": "=Churn", "unit": "%", "better": "lower", "target": 0.2}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "success.xlsx"


@pytest.fixture
def first(path: Path, make_grid: MakeGrid) -> Published:
    return publish([make_grid(upto=2)], path, Published()).published


@pytest.fixture
def news(make_grid: MakeGrid) -> Grid:
    return make_grid(upto=3, changes=NEWS)


def edited(path: Path, change: Callable[[Workbook, Any], None]) -> None:
    book = load_workbook(path)
    change(book, book.worksheets[0])
    book.save(path)
    book.close()


def shift_names(book: Workbook, rows_from: int = 10**6, columns_from: int = 10**6) -> None:
    """What Excel does to names when a row or column goes in, and openpyxl does not."""
    for name in book.defined_names.values():
        match = re.fullmatch(r"(.*!)\$([A-Z]+)\$(\d+)", name.attr_text)
        assert match
        column = 0
        for letter in match[2]:
            column = column * 26 + ord(letter) - 64
        column += column >= columns_from
        letters = ""
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        row = int(match[3]) + (int(match[3]) >= rows_from)
        name.attr_text = f"{match[1]}${letters}${row}"


def values(path: Path, tab: str | None = None) -> dict[tuple[str, str], Any]:
    book = load_workbook(path)
    sheet = book[tab] if tab else book.worksheets[0]
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


def lands(path: Path, tab: str | None = None) -> None:
    found = values(path, tab)
    assert found["05", "W03"].value == 20
    assert found["07", "W03"].value == 275000.5
    assert found["06", "W03"].value == 0.118
    assert found["05", "W03"].number_format.lstrip('"\\').startswith("◆")
    assert found["07", "W03"].comment.text == "Provisional: rows up to Thursday."
    assert found["05", "W04"].value is None


@pytest.mark.parametrize("names_follow", [True, False])
def test_numbers_follow_an_inserted_row_and_column(
    path: Path, first: Published, news: Grid, names_follow: bool
) -> None:
    def insert(book: Workbook, sheet: Any) -> None:
        sheet.insert_rows(7)
        sheet.insert_cols(8)
        sheet["B7"], sheet["H6"] = "their own line", "talk to Finance"
        if names_follow:
            shift_names(book, rows_from=7, columns_from=8)

    edited(path, insert)
    outcome = publish([news], path, first)
    assert outcome.edits_kept == []
    lands(path)
    sheet = load_workbook(path).worksheets[0]
    assert (sheet["B7"].value, sheet["H6"].value) == ("their own line", "talk to Finance")


def test_numbers_follow_sorted_rows(path: Path, first: Published, news: Grid) -> None:
    def turn_over(_: Workbook, sheet: Any) -> None:
        block = [[cell.value for cell in row] for row in sheet["A6:BG9"]]
        for row, old in zip(sheet["A6:BG9"], reversed(block), strict=True):
            for cell, value in zip(row, old, strict=True):
                cell.value = value

    edited(path, turn_over)
    assert publish([news], path, first).edits_kept == []
    assert list(dict.fromkeys(row for row, _ in values(path))) == ["16", "07", "06", "05"]
    found = values(path)
    assert (found["05", "W03"].value, found["07", "W03"].value) == (20, 275000.5)


def test_an_edited_number_stays_and_is_told(path: Path, first: Published, make_grid: MakeGrid) -> None:
    edited(path, lambda _, sheet: sheet.__setitem__("G6", 13))
    due = make_grid(upto=2, changes={("05", 1): ("12", State.FINAL, "")})
    kept = publish([due], path, first)
    assert values(path)["05", "W01"].value == 13
    assert [str(e) for e in kept.edits_kept] == [
        "sc2026, KPI 05, 2026-W01: someone wrote 13 where 12 was due; theirs stays."
    ]
    assert not kept.written
    taken = publish([due], path, kept.published, "take ours")
    assert (values(path)["05", "W01"].value, taken.edits_kept) == (12, [])


def test_their_formulas_notes_formats_and_tabs_stay(path: Path, first: Published, news: Grid, parts: Parts) -> None:
    def work(book: Workbook, sheet: Any) -> None:
        sheet["BI6"] = "=AVERAGE(G6:BG6)"
        sheet["B12"] = "Agreed on Monday: look at churn"
        sheet["I7"].comment = Comment("why so low?", "a colleague")
        sheet["I9"].fill = PatternFill("solid", fgColor="FFFF00")
        sheet["I6"].font = Font(name="Courier New", italic=True)
        sheet.column_dimensions["G"].hidden = True
        book.create_sheet("Ideas")["A1"] = "=1+1"

    edited(path, work)
    before = parts(path)
    publish([news], path, first)
    lands(path)
    after = parts(path)
    sheet = load_workbook(path).worksheets[0]
    assert sheet["BI6"].value == "=AVERAGE(G6:BG6)"
    assert sheet["B12"].value == "Agreed on Monday: look at churn"
    assert sheet["I7"].comment.text == "why so low?"
    assert sheet["I9"].fill.fgColor.rgb == "00FFFF00"
    assert (sheet["I6"].font.name, sheet["I6"].font.italic) == ("Courier New", True)
    assert sheet.column_dimensions["G"].hidden
    changed = {name for name in after if after[name] != before.get(name)}
    notes = {name for name in changed if "comment" in name.lower()}
    # openpyxl has thinned the styles out, so that the part grows by those that are needed again.
    assert changed - notes == {SHEET, "xl/styles.xml"}


def test_a_highlight_stays_while_the_mark_tells_the_truth(path: Path, first: Published, make_grid: MakeGrid) -> None:
    def highlight(_: Workbook, sheet: Any) -> None:
        sheet["H6"].fill = PatternFill("solid", fgColor="FFFF00")

    edited(path, highlight)
    publish([make_grid(upto=2, changes={("05", 2): ("20", State.FINAL, "")})], path, first)
    cell = values(path)["05", "W02"]
    assert cell.fill.fgColor.rgb[-6:] == "FFFF00"
    assert cell.number_format.lstrip('"\\').startswith("◆")


def test_a_renamed_tab_is_found(path: Path, first: Published, news: Grid, rewrite: Rewrite) -> None:
    rewrite(path, "xl/workbook.xml", lambda xml: xml.replace(b"sc2026", b"Our numbers"))
    assert publish([news], path, first).edits_kept == []
    assert load_workbook(path).sheetnames == ["Our numbers"]
    lands(path)


def test_a_tab_renamed_by_a_program_that_forgets_the_names_is_found(path: Path, first: Published, news: Grid) -> None:
    edited(path, lambda _, sheet: setattr(sheet, "title", "Weekly"))
    assert publish([news], path, first).edits_kept == []
    assert load_workbook(path).sheetnames == ["Weekly"]
    lands(path)


def test_last_years_tab_renamed_to_this_years_takes_no_number(path: Path, make_grid: MakeGrid) -> None:
    publish([make_grid(2025, upto=52)], path, Published())
    edited(path, lambda _, sheet: setattr(sheet, "title", "sc2026"))
    before = path.read_bytes()
    with pytest.raises(PublishError, match="does not hold the weeks of 2026"):
        publish([make_grid(2026)], path, Published())
    assert path.read_bytes() == before


def test_every_other_part_is_byte_identical_in_a_workbook_full_of_their_things(
    path: Path, first: Published, make_grid: MakeGrid, parts: Parts, rewrite: Rewrite
) -> None:
    """Raw edits, as Excel leaves them: attributes in another order, a name of their own, a drawing, a theme."""
    rewrite(path, "xl/theme/theme1.xml", lambda xml: xml.replace(b"Office", b"Ours"))
    rewrite(path, SHEET, lambda xml: re.sub(rb'<c r="(H6)" s="(\d+)">', rb"<c s='\2'  r='\1' >", xml))
    rewrite(path, SHEET, lambda xml: xml.replace(b"<sheetData>", b"<!-- theirs --><sheetData>"))
    before = parts(path)
    publish([make_grid(upto=3)], path, first)
    after = parts(path)
    assert [name for name in after if after[name] != before[name]] == [SHEET]
    outside = re.compile(rb"<row .*?</row>", re.DOTALL)
    assert outside.sub(b"", before[SHEET]) == outside.sub(b"", after[SHEET])
    assert b"<!-- theirs -->" in after[SHEET]
    assert b"<c s='" in after[SHEET], "a cell that does not change keeps its spelling"


def test_a_new_kpi_goes_below_in_a_workbook_they_have_edited(path: Path, first: Published, make_grid: MakeGrid) -> None:
    def note_below(_: Workbook, sheet: Any) -> None:
        sheet["B10"] = "Their line right below the block"

    edited(path, note_below)
    kpis = {**KPIS, "32": CHURN}
    outcome = publish([make_grid(upto=3, kpis=kpis, changes={("32", 3): ("0.25", State.FINAL, "")})], path, first)
    found = values(path)
    assert found["32", "W03"].value == 0.25
    assert found["32", "W03"].number_format.lstrip('"').startswith("◆")
    assert (found["32", "KPI"].value, found["32", "KPI"].data_type) == ("=Churn", "s")
    assert found["32", "Target"].number_format.startswith('"≤ "0.0%')
    assert found["32", "#"].row == 11
    assert load_workbook(path).worksheets[0]["B10"].value == "Their line right below the block"
    again = publish(
        [make_grid(upto=3, kpis=kpis, changes={("32", 3): ("0.25", State.FINAL, "")})], path, outcome.published
    )
    assert (again.written, again.edits_kept) == (False, [])


def test_a_new_row_gets_its_trend_where_trends_stand(
    path: Path, first: Published, make_grid: MakeGrid, parts: Parts, rewrite: Rewrite
) -> None:
    rewrite(path, "xl/theme/theme1.xml", lambda xml: xml.replace(b"Office", b"Ours"))
    publish([make_grid(kpis={**KPIS, "32": CHURN})], path, first)
    assert b"<xm:f>'sc2026'!G10:BG10</xm:f><xm:sqref>F10</xm:sqref>" in parts(path)[SHEET]


def test_a_new_year_is_set_into_a_workbook_they_have_edited(
    path: Path, first: Published, make_grid: MakeGrid, parts: Parts, rewrite: Rewrite
) -> None:
    rewrite(path, SHEET, lambda xml: re.sub(rb'(<c r="G6" s="\d+"><v>)[^<]*', rb"\g<1>13", xml))
    before = parts(path)
    old, new = make_grid(upto=2), make_grid(2027, upto=1, changes={("05", 1): ("20", State.PROVISIONAL, "late.")})
    outcome = publish([old, new], path, first)
    after = parts(path)
    assert after[SHEET] == before[SHEET]
    assert len(outcome.edits_kept) == 1
    assert load_workbook(path).sheetnames == ["sc2026", "sc2027"]
    found = values(path, "sc2027")
    assert found["05", "W01"].value == 20
    assert found["05", "W01"].comment.text == "Provisional: late."
    assert found["05", "W01"].number_format.startswith('"◇"')
    assert found["05", "W01"].font.name == "Arial"
    again = publish([old, new], path, outcome.published)
    assert (again.written, len(again.edits_kept)) == (False, 1)
    later = publish([old, make_grid(2027, upto=2)], path, outcome.published)
    assert later.written
    assert values(path, "sc2027")["05", "W02"].value == 11.75


def test_a_workbook_of_theirs_gets_the_tab_beside_their_own(path: Path, make_grid: MakeGrid) -> None:
    book = Workbook()
    book.active.title = "Plans"  # type: ignore[union-attr]
    book.active["A1"] = "ours"  # type: ignore[index]
    book.save(path)
    outcome = publish([make_grid()], path, Published())
    assert load_workbook(path).sheetnames == ["Plans", "sc2026"]
    assert values(path, "sc2026")["05", "W01"].value == 11.75
    assert not publish([make_grid()], path, outcome.published).written


def test_a_removed_row_stays_away(path: Path, first: Published, news: Grid) -> None:
    edited(path, lambda _, sheet: sheet.delete_rows(9))
    outcome = publish([news], path, first)
    assert [str(e) for e in outcome.edits_kept] == ["sc2026, KPI 16 was removed by hand; it stays away."]
    lands(path)


def test_all_notes_deleted_by_hand_can_be_written_again(path: Path, first: Published, news: Grid) -> None:
    def clear(_: Workbook, sheet: Any) -> None:
        for row in sheet.iter_rows():
            for cell in row:
                cell.comment = None

    edited(path, clear)
    publish([news], path, first)
    lands(path)
    assert values(path)["05", "KPI"].comment is None, "a note they removed, and that says nothing new, stays away"


def test_formulas_are_computed_again_when_excel_opens_the_file(
    path: Path, first: Published, news: Grid, parts: Parts, rewrite: Rewrite
) -> None:
    edited(path, lambda _, sheet: sheet.__setitem__("BI6", "=SUM(G6:I6)"))
    rewrite(path, "xl/workbook.xml", lambda xml: xml.replace(b' fullCalcOnLoad="1"', b""))
    chain = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="BI6" i="1"/></calcChain>'
    )
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    rewrite(
        path,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(
            b"</Relationships>",
            b'<Relationship Id="rId99" Type="' + kind + b'" Target="calcChain.xml"/></Relationships>',
        ),
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/calcChain.xml", chain)
    publish([news], path, first)
    assert b'fullCalcOnLoad="1"' in parts(path)["xl/workbook.xml"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_file_saved_by_libreoffice_is_published_to(
    path: Path, tmp_path: Path, make_grid: MakeGrid, news: Grid
) -> None:
    first = publish([make_grid(upto=2)], path, Published()).published
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    saved = tmp_path / "saved" / path.name
    unchanged = publish([make_grid(upto=2)], saved, first)
    assert (unchanged.changes, unchanged.edits_kept) == ([], [])
    outcome = publish([news], saved, first)
    assert outcome.edits_kept == []
    lands(saved)
    publish([news, make_grid(2027, upto=1)], saved, outcome.published)
    assert values(saved, "sc2027")["05", "W01"].value == 11.75


def test_a_formula_in_our_cell_gives_way_only_by_policy(path: Path, first: Published, news: Grid, parts: Parts) -> None:
    edited(path, lambda _, sheet: sheet.__setitem__("G6", "=5+5"))
    kept = publish([news], path, first)
    assert values(path)["05", "W01"].value == "=5+5"
    assert [e.theirs for e in kept.edits_kept] == ["=5+5"]
    publish([news], path, kept.published, "take ours")
    assert values(path)["05", "W01"].value == 11.75


KPIS: Mapping[str, Mapping[str, Any]] = {
    "05": {"title": "Offboarding forms", "unit": "forms", "better": "lower", "target": 12},
    "06": {"title": "Early offboarding share", "unit": "%", "better": "lower", "target": 0.12},
    "07": {"title": "Revenue", "unit": "GBP", "better": "higher", "target": 300_000},
    "16": {"title": "Replacement processes", "unit": "processes", "better": "neither"},
}
