"""Sheets that people keep: titles, blank rows and numbers as text are normal, words in number cells are not."""

import shutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from core import Column, Dataset, Sheet
from core.errors import ContractError, SourceError
from core.sources.files import open_table
from core.sources.samples import Sample, write_sample_workbook
from core.sources.sheets import read_sheet

from .conftest import Bind

Write = Callable[..., Path]
Duck = duckdb.DuckDBPyConnection
SHEET = Sheet("report", "Weekly", {"week": "text", "replacements": "integer"})
KEPT_BY_HAND = [
    ["Weekly report of Customer Success"],
    [],
    ["Remark", "Replacements", None, "WEEK"],
    ["", 3, None, "2026-W46"],
    [],
    ["only a remark"],
    ["", "12", None, "2026-W47"],
    ["", " 7 ", None, "2026-W47"],
]


def test_a_tab_kept_by_hand_is_read_by_its_headers(duck: Duck, tmp_path: Path, workbook: Write) -> None:
    workbook(KEPT_BY_HAND)
    opened = read_sheet(SHEET, tmp_path, duck, "report")
    assert duck.execute("select * from report").fetchall() == [("2026-W46", 3), ("2026-W47", 12), ("2026-W47", 7)]
    assert (opened.source, opened.ignored) == ("report.xlsx, tab Weekly", ["Remark"])


@pytest.mark.parametrize("word", ["n/a", "twelve", "1,5"])
def test_a_word_in_a_number_cell_is_told_by_its_cell_alone(
    word: str, duck: Duck, tmp_path: Path, workbook: Write
) -> None:
    workbook([*KEPT_BY_HAND, [], ["", word, None, "2026-W48"]])
    with pytest.raises(ContractError, match=r"the first at Weekly!B10 \(•••\)"):
        read_sheet(SHEET, tmp_path, duck, "report")


def test_cells_arrive_as_the_sheet_shows_them(duck: Duck, workbook: Write) -> None:
    moment = datetime(2026, 11, 20, 8, 30)  # noqa: DTZ001 - sheets know no zones
    path = workbook([["key", "price", "at", "yes"], [17850, 2.55, moment, True], ["C5364", 3, moment, False]])
    columns = [Column("key"), Column("price", "decimal(9,2)"), Column("at", "timestamp"), Column("yes", "boolean")]
    open_table(duck, "t", path, columns, "Weekly")
    assert duck.execute('select key, price::text, "at", yes from t').fetchall() == [
        ("17850", "2.55", moment, True),
        ("C5364", "3.00", moment, False),
    ]


def test_a_missing_tab_is_told_with_those_there_are(duck: Duck, tmp_path: Path, workbook: Write) -> None:
    workbook(KEPT_BY_HAND, tab="Weekly 2026")
    with pytest.raises(SourceError, match='has no tab "Weekly"; it has Read me, Weekly 2026. Did you mean "Weekly'):
        read_sheet(SHEET, tmp_path, duck, "report")


def test_a_missing_header_is_told_although_rows_follow(duck: Duck, tmp_path: Path, workbook: Write) -> None:
    workbook([["Title"], ["week", "replacement"], ["2026-W46", 1]])
    with pytest.raises(SourceError, match=r'"replacements" is missing \(did you mean the header "replacement"\?\)'):
        read_sheet(SHEET, tmp_path, duck, "report")


@pytest.mark.parametrize(("rows", "sentence"), [([], "is empty"), ([["week", "replacements"]], "but no rows")])
def test_an_empty_tab_is_told(
    rows: list[list[str]], sentence: str, duck: Duck, tmp_path: Path, workbook: Write
) -> None:
    workbook(rows)
    with pytest.raises(SourceError, match=sentence):
        read_sheet(SHEET, tmp_path, duck, "report")


def test_a_workbook_that_was_cut_short_is_told(duck: Duck, workbook: Write) -> None:
    path = workbook(KEPT_BY_HAND)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(SourceError, match="is not a whole workbook"):
        open_table(duck, "t", path, [Column("week")])


def test_a_cell_of_10_million_characters_is_told(duck: Duck, workbook: Write, tmp_path: Path) -> None:
    path, long = workbook([["week"], ["PLACEHOLDER"]]), tmp_path / "long.xlsx"
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(long, "w", zipfile.ZIP_DEFLATED) as changed:
        for part in parts.namelist():
            changed.writestr(part, parts.read(part).replace(b"PLACEHOLDER", b"x" * 10_000_000))
    with pytest.raises(SourceError, match="cell A2 holds 10,000,000 characters"):
        open_table(duck, "t", long, [Column("week")], "Weekly")


SAMPLE = """
select 'W' || dayofmonth(day) as week, day, dayofmonth(day)::integer as replacements, day + interval 9 hour as seen_at
from   (select unnest(generate_series($first, $last - 1, interval 1 day))::date as day) as days
order  by day;
"""
REPORT = Dataset(
    owner="Success",
    source=Sheet("report", "Weekly"),
    columns=(
        Column("week", also=("Week reported",)),
        Column("day", "date"),
        Column("replacements", "integer"),
        Column("seen_at", "timestamptz"),
    ),
)


def test_the_sample_workbook_looks_kept_by_hand_and_is_read_back(duck: Duck, tmp_path: Path, bind: Bind) -> None:
    from python_calamine import CalamineWorkbook

    bound = bind(REPORT, "report")
    bound.sample.write_text(SAMPLE)
    path = write_sample_workbook(bound, Sample(date(2026, 7, 1), date(2026, 8, 1)), tmp_path / "data")
    open_table(duck, "t", path, REPORT.columns, "Weekly")
    summed = "select count(*), sum(replacements), min(day), max(seen_at)::text from t"
    assert duck.execute(summed).fetchall() == [(31, 496, date(2026, 7, 1), "2026-07-31 09:00:00+01")]
    with CalamineWorkbook.from_path(path) as book:
        cells = book.get_sheet_by_name("Weekly").to_python()
    assert cells[0][0] == "Report"
    assert cells[2][0] == "Week reported"
    assert [""] * 4 in cells[3:]
    assert any(isinstance(row[2], str) and row[2].strip().isdigit() for row in cells)


def test_sample_rows_are_never_written_over_a_persons_file(tmp_path: Path, bind: Bind, workbook: Write) -> None:
    bound, days = bind(REPORT, "report"), Sample(date(2026, 7, 1), date(2026, 7, 5))
    bound.sample.write_text(SAMPLE)
    first = write_sample_workbook(bound, days, tmp_path / "ours")
    assert write_sample_workbook(bound, days, tmp_path / "ours") == first
    theirs = workbook(KEPT_BY_HAND)
    kept = shutil.copy(theirs, tmp_path / "copy.xlsx").read_bytes()
    with pytest.raises(SourceError, match="not written over it"):
        write_sample_workbook(bound, days, tmp_path)
    assert theirs.read_bytes() == kept
