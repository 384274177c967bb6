"""Whatever people do in the workbook between two publishes: their cells stay, ours are found, every edit is told."""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from .once_broken import ONCE_BROKEN
from .sheet_scripts import ACTS, SCRIPTS, Session
from .watched_tabs import Watch
from .workbook_bench import WorkbookBench

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says that it drops them
Play = Callable[[int, int], Counter[str]]
SEED = 20261121


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays so many scripts from a seed; how often what was done."""
    numbers = count(1)

    def _play(many: int, seeded: int) -> Counter[str]:
        done: Counter[str] = Counter()

        @settings(
            max_examples=many,
            database=None,
            phases=[Phase.generate, Phase.shrink] if os.environ.get("KPI_TEST_SHRINK") else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(SCRIPTS)
        def one(script: Sequence[Session]) -> None:
            path = tmp_path / f"{next(numbers)}.xlsx"
            watch = Watch(WorkbookBench(path), done=done)
            try:
                watch.play(script)
            finally:
                done["scripts"] += 1
                path.unlink(missing_ok=True)

        seed(seeded)(one)()
        print(dict(done.most_common()))
        return done

    return _play


@pytest.mark.parametrize("script", ONCE_BROKEN.values(), ids=ONCE_BROKEN)
def test_what_once_broke_a_promise_keeps_it(script: Sequence[Session], tmp_path: Path) -> None:
    Watch(WorkbookBench(tmp_path / "shop.xlsx")).play(script)


def test_thirty_scripts_of_edits_leave_every_cell_of_people_as_it_was(play: Play) -> None:
    done = play(30, SEED)
    assert done["scripts"] >= 30
    assert len(set(ACTS) & done.keys()) > len(ACTS) * 0.8, "the scripts do a little of everything"


@pytest.mark.long
def test_two_thousand_scripts_of_edits_leave_every_cell_of_people_as_it_was(play: Play) -> None:
    chosen = int(os.environ.get("KPI_TEST_SEED") or random.SystemRandom().randrange(10**9))
    print(f"KPI_TEST_SEED={chosen}")
    assert play(2_000, chosen)["scripts"] >= 2_000
