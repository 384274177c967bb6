"""`kpi publish --to files` as a person or cron meets it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Kpi


@pytest.fixture
def files(shop: None, write: Callable[..., None]) -> None:
    """The shop declares a file for each morning."""
    extract = 'Extract("orders.csv", last=2, columns={"orders": ref("orders")})'
    write("sales", "scorecard.py", f'scorecard = Scorecard(title="Sales", owner="Sales", files=({extract},))')


def test_files_are_written_named_and_left_alone(files: None, kpi: Kpi, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "published" / "sales" / "files"
    assert kpi("backfill", "sales", "--from", "2026-W45").code == 0
    told = kpi("publish", "sales", "--to", "files")
    assert (told.code, told.out) == (0, f"sales: {folder}: 1 change made\n")
    text = (folder / "orders.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines() == ["week,orders", "2026-W45,2", "2026-W46,3"]
    assert kpi("publish", "sales", "--to", "files", "--check").code == 0
    assert kpi("publish", "sales", "--to", "files", "--check", today="2026-11-17").code == 0


def test_without_a_number_the_sentence_says_what_to_do(files: None, kpi: Kpi) -> None:
    told = kpi("publish", "--to", "files")
    assert told.code == 1
    assert "orders.csv stays as it was: sales.orders 2026-W46 is missing. Run `kpi run sales`" in told.err


def test_a_scorecard_that_declares_none_is_told(shop: None, kpi: Kpi) -> None:
    told = kpi("publish", "sales", "--to", "files")
    assert told.code == 2
    assert "sales declares no files. Write files=(Extract(...),) in its scorecard.py." in told.err


def test_a_look_back_is_refused(files: None, kpi: Kpi) -> None:
    told = kpi("publish", "--to", "files", "--as-of", "2026-11-01")
    assert (told.code, "Files are of the last complete period" in told.err) == (2, True)
