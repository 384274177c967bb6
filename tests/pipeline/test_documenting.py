"""`kpi docs`: writes what changed, takes away what it made and nobody needs, leaves everything else alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.catalog import Catalog
from core.discovery import read_catalog
from core.errors import DefinitionError, MisuseError, PublishError
from core.pipeline.documenting import document, usual_folder

Write = Callable[..., None]
QUERY = "select count(*) as value from x where at >= :start and at < :end"


@pytest.fixture
def shop(write: Write, scorecards: Path) -> Callable[[str], Catalog]:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="O")')
    write("board", "scorecard.py", 'scorecard = Scorecard(title="Board", owner="O")')

    def _shop(title: str) -> Catalog:
        body = f'kpi = KPI(title="{title}", owner="O", unit="u", better="higher", measure=Query("{QUERY}"))'
        write("sales", "kpi_01_orders.py", body)
        return read_catalog(scorecards)

    return _shop


def test_only_what_changed_is_written(shop: Callable[[str], Catalog], tmp_path: Path) -> None:
    first = document(shop("Orders"), tmp_path / "a" / "b", dry_run=False)
    assert (len(first.outdated), first.current) == (6, 0)
    again = document(shop("Orders"), first.folder, dry_run=False)
    assert (again.outdated, again.current, again.is_current) == ((), 6, True)
    changed = document(shop("Sales"), first.folder, dry_run=False)
    assert set(changed.outdated) == {"README.md", "sales.md", "sales.svg"}
    assert "## 01 Sales" in (first.folder / "sales.md").read_text()


def test_a_dry_run_writes_nothing(shop: Callable[[str], Catalog], tmp_path: Path) -> None:
    found = document(shop("Orders"), tmp_path / "pages", dry_run=True)
    assert (len(found.outdated), found.is_current) == (6, False)
    assert not (tmp_path / "pages").exists()


def test_pages_that_nobody_needs_go_and_those_of_people_stay(shop: Callable[[str], Catalog], tmp_path: Path) -> None:
    document(shop("Orders"), tmp_path, dry_run=False)
    for suffix in ("md", "svg"):
        (tmp_path / f"gone.{suffix}").write_text((tmp_path / f"board.{suffix}").read_text())
    (tmp_path / "notes.md").write_text("Ours.")
    (tmp_path / "photo.svg").write_bytes(b"\xff\xfe")
    found = document(shop("Orders"), tmp_path, dry_run=False)
    assert found.needless == ("gone.md", "gone.svg")
    assert {path.name for path in tmp_path.iterdir()} >= {"notes.md", "photo.svg", "board.md"}
    assert not (tmp_path / "gone.md").exists()
    assert document(shop("Orders"), tmp_path, dry_run=True).is_current


def test_pages_are_not_made_of_half_a_catalog(shop: Callable[[str], Catalog], write: Write, tmp_path: Path) -> None:
    write("sales", "kpi_02_broken.py", 'kpi = KPI(titel="x")')
    with pytest.raises(DefinitionError, match='no field "titel"'):
        document(shop("Orders"), tmp_path / "pages", dry_run=False)
    assert not (tmp_path / "pages").exists()


def test_an_empty_folder_is_no_dictionary(scorecards: Path, tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="There are no scorecards"):
        document(read_catalog(scorecards), tmp_path / "pages", dry_run=False)


def test_a_folder_that_takes_no_files_is_told(shop: Callable[[str], Catalog], tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file")
    with pytest.raises(PublishError, match=r"takes no files: .*\. Name another with --to\."):
        document(shop("Orders"), tmp_path / "pages", dry_run=False)


def test_the_usual_folder_lies_beside_the_scorecards() -> None:
    assert usual_folder(Path("/srv/shop/scorecards")) == Path("/srv/shop/docs/reference/metrics")
