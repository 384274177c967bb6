"""`kpi new`: the file it writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.discovery import read_catalog
from core.errors import MisuseError
from core.scaffold import draft_kpi

CARD = 'scorecard = Scorecard(title="Sales", owner="Sales")'
BODY = 'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("select 1 as value"))'


@pytest.fixture
def make(write: Callable[..., None], scorecards: Path) -> Callable[..., Path]:
    write("sales", "scorecard.py", CARD)

    def _make(title: str, unit: str = "orders") -> Path:
        draft = draft_kpi(
            read_catalog(scorecards), scorecards, "sales", title, owner='The "A" team', unit=unit, better="lower"
        )
        draft.write()
        return draft.path

    return _make


def test_the_file_holds_what_was_said_and_nothing_else_is_touched(make: Callable[..., Path], scorecards: Path) -> None:
    path = make("Calls held.", "calls\\day")
    (definition,) = read_catalog(scorecards).definitions
    assert (path.name, definition.key) == ("kpi_01_calls_held.py", "sales.01")
    kpi = definition.kpi
    assert (kpi.title, kpi.owner, kpi.unit, kpi.better) == ("Calls held", 'The "A" team', "calls\\day", "lower")
    assert sorted(p.name for p in (scorecards / "sales").glob("*.py")) == ["kpi_01_calls_held.py", "scorecard.py"]


def test_the_number_is_the_next_after_the_highest_also_of_files_with_faults(
    make: Callable[..., Path], write: Callable[..., None]
) -> None:
    write("sales", "kpi_07_orders.py", BODY)
    write("sales", "kpi_16a_broken.py", "kpi = 3")
    write("sales", "kpi_2B_misnamed.py", BODY)
    write("sales", "kpi_99.py", BODY)
    assert make("Calls held").name == "kpi_17_calls_held.py"


def test_the_query_starts_from_a_dataset_that_knows_when_things_happened(
    make: Callable[..., Path], write: Callable[..., None]
) -> None:
    write("sales", "dataset_aaa.py", 'dataset = Dataset(owner="O", columns=(Column("n"),))')
    assert "from   staging.your_table" in make("First").read_text()
    columns = 'columns=(Column("placed_at", "timestamptz"),)'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="placed_at", {columns})')
    text = make("Second").read_text()
    assert "from   staging.orders\n        where  placed_at >= :start\n        and    placed_at <  :end" in text


def test_a_folder_that_takes_no_file_is_told_in_a_sentence(make: Callable[..., Path], scorecards: Path) -> None:
    with pytest.raises(MisuseError, match="takes no file"):
        make("x" * 300)
    assert [p.name for p in (scorecards / "sales").iterdir()] == ["scorecard.py"]
