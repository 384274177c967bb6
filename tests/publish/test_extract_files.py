"""Extracts as files: a fixed head, exact numbers, disarmed texts, and a file that is swapped whole or not at all."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core import write_points
from core.errors import PublishError
from core.publish.extract_files import Cell, Lines, Table, write


def cells(*values: Cell) -> list[str]:
    told = Table("t.csv", [str(n) for n in range(len(values))], [values]).data().decode("utf-8-sig")
    return list(csv.reader(told.splitlines(keepends=True)))[1]


def test_numbers_are_exact_to_six_digits_and_unknown_is_empty() -> None:
    told = cells(Decimal("2251"), Decimal(2) / 3, Decimal("-0.00000001"), Decimal("1E+3"), None, Decimal("NaN"))
    assert told == ["2251", "0.666667", "0", "1000", "", ""]


def test_days_moments_and_flags() -> None:
    assert cells(date(2026, 11, 19), datetime(2026, 11, 19, 8, 30, 5, 999, tzinfo=UTC), True, False) == [
        *("2026-11-19", "2026-11-19 08:30:05+00:00", "true", "false"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_text_that_came_with_the_data_never_becomes_a_formula(text: str) -> None:
    assert cells(text)[0].startswith("'")


def test_commas_quotes_and_lines_stay_within_their_cell() -> None:
    assert cells('a "b", c', "one\ntwo") == ['a "b", c', "one\ntwo"]


def test_without_a_row_the_head_stands_there_all_the_same(tmp_path: Path) -> None:
    assert write([Table("empty.csv", ["day", "open_cases"], [])], tmp_path, dry_run=False) == ["empty.csv"]
    assert (tmp_path / "empty.csv").read_bytes() == b"\xef\xbb\xbfday,open_cases\r\n"


def test_a_file_is_written_only_when_it_changes(tmp_path: Path) -> None:
    files = [Table("a.csv", ["n"], [[Decimal(1)]]), Lines("b.txt", ["one", "two"])]
    assert write(files, tmp_path / "new", dry_run=True) == ["a.csv", "b.txt"]
    assert not (tmp_path / "new").exists()
    assert write(files, tmp_path, dry_run=False) == ["a.csv", "b.txt"]
    before = (tmp_path / "a.csv").stat().st_ino
    assert write([*files, Lines("b.txt", ["three"])], tmp_path, dry_run=False) == ["b.txt"]
    assert (tmp_path / "a.csv").stat().st_ino == before
    assert (tmp_path / "b.txt").read_text() == "three\n"


def test_whoever_is_stopped_between_two_writes_leaves_the_old_file_whole(tmp_path: Path) -> None:
    write([Lines("a.txt", ["old"])], tmp_path, dry_run=False)

    def stop() -> None:
        raise KeyboardInterrupt

    write_points.arm("file written", act=stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            write([Lines("a.txt", ["new"])], tmp_path, dry_run=False)
    finally:
        write_points.disarm()
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old\n"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file in its place")
    with pytest.raises(PublishError, match=r"a\.txt cannot be written"):
        write([Lines("a.txt", [])], tmp_path / "files", dry_run=False)
