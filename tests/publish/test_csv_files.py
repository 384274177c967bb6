import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import PublishError
from core.grid import Grid
from core.pages import Page
from core.publish.csv_files import harmless, publish
from core.publish.published import Published
from core.readings import State

MakeGrid = Callable[..., Grid]


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_csv_file_is_laid_out_like_the_tab(tmp_path: Path, make_grid: MakeGrid) -> None:
    held = {("05", 3): ("16", State.HELD, "3 rows are doubled."), ("06", 2): (None, State.FINAL, "")}
    outcome = publish([make_grid(changes=held)], tmp_path / "success", Published())
    head, dates, *kpis = rows(tmp_path / "success" / "sc2026.csv")
    assert head[:6] == ["#", "KPI", "Owner", "Unit", "Target", "2026-W01"]
    assert (len(head), head[-1]) == (5 + 53 + 1, "Notes")
    assert dates[5] == "2025-12-29"
    assert kpis[0][4:9] == ["12", "11.75", "11.75", "16", ""]
    assert kpis[0][-1] == "2026-W03 Held: 3 rows are doubled."
    assert kpis[1][6] == "", "unknown is empty, never 0"
    assert kpis[2][5] == "308185.02"
    assert outcome.written


def test_a_csv_file_is_written_only_when_it_changes(tmp_path: Path, make_grid: MakeGrid) -> None:
    first = publish([make_grid()], tmp_path, Published())
    before = (tmp_path / "sc2026.csv").stat().st_ino
    again = publish([make_grid()], tmp_path, first.published)
    assert (again.written, again.changes) == (False, [])
    assert (tmp_path / "sc2026.csv").stat().st_ino == before
    told = publish([make_grid(upto=4)], tmp_path, first.published, dry_run=True)
    assert (told.written, told.published) == (False, first.published)
    assert ("05", "2026-W04") in {step.place for step in told.changes}  # type: ignore[union-attr]
    assert (tmp_path / "sc2026.csv").stat().st_ino == before
    assert publish([make_grid(upto=4)], tmp_path, first.published).written


def test_each_year_has_its_file(tmp_path: Path, make_grid: MakeGrid) -> None:
    publish([make_grid(2025, upto=52), make_grid(2026, upto=1)], tmp_path, Published())
    assert rows(tmp_path / "sc2025.csv")[2][5 + 46] == "11.75"
    assert rows(tmp_path / "sc2026.csv")[2][5 + 46] == ""
    assert len(rows(tmp_path / "sc2025.csv")[0]) == 5 + 52 + 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless("1+1") == "1+1"


def test_an_untrusted_title_or_note_is_disarmed_and_a_negative_number_is_not(
    tmp_path: Path, make_grid: MakeGrid
) -> None:
    kpis = {"05": {"title": '=IMPORTXML("x")', "owner": "@team", "unit": "-", "better": "neither"}}
    grid = make_grid(kpis=kpis, changes={("05", 1): ("-3", State.FINAL, "=1+1")})
    publish([grid], tmp_path, Published())
    row = rows(tmp_path / "sc2026.csv")[2]
    assert row[1:4] == ['\'=IMPORTXML("x")', "'@team", "'-"]
    assert row[5] == "-3"
    assert row[-1] == "2026-W01 =1+1"


def test_a_folder_that_is_a_file_is_told(tmp_path: Path, make_grid: MakeGrid) -> None:
    (tmp_path / "success").write_text("not a folder")
    with pytest.raises(PublishError, match=r"sc2026\.csv cannot be"):
        publish([make_grid()], tmp_path / "success", Published())


@pytest.mark.parametrize(
    ("page", "name", "first", "last", "told"),
    [
        (Page("monthly", 2026), "sc2026-months.csv", "2026-01", "2026-12", "month from"),
        (Page("daily", 2026, 11), "sc2026-11.csv", "2026-11-01", "2026-11-30", "day"),
    ],
)
def test_months_and_days_have_files_of_their_own(
    tmp_path: Path, make_grid: MakeGrid, page: Page, name: str, first: str, last: str, told: str
) -> None:
    tier = {"05": {"title": "Forms", "unit": "forms", "better": "lower", "tier": "executive"}}
    held = {("05", 2): ("16", State.HELD, "3 rows are doubled.")}
    publish([make_grid(page=page, changes=held, kpis=tier)], tmp_path, Published())
    head, dates, forms = rows(tmp_path / name)
    assert head[:7] == ["#", "KPI", "Owner", "Unit", "Tier · type", "Target", first]
    assert (head[-2], head[-1]) == (last, "Notes")
    assert dates[5:7] == [told, f"2026-{'01' if page.month == 0 else '11'}-01"]
    assert forms[4:9] == ["Executive", "", "11.75", "16", "11.75"]
    assert forms[-1] == f"{head[7]} Held: 3 rows are doubled."
