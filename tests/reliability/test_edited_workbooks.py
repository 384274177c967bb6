"""Whatever people do in the workbook between two publishes: their cells stay, ours are found, every edit is told."""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from .moving_grid import News
from .sheet_scripts import ACTS, SCRIPTS, Act, Session
from .watched_tabs import Watch
from .workbook_bench import WorkbookBench

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says that it drops them
Play = Callable[[int, int | None], Counter[str]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays so many scripts, with a seed where one is given; how often what was done."""
    numbers = count(1)

    def _play(many: int, seeded: int | None) -> Counter[str]:
        done: Counter[str] = Counter()

        @settings(
            max_examples=many,
            derandomize=seeded is None,
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

        (one if seeded is None else seed(seeded)(one))()
        print(dict(done.most_common()))
        return done

    return _play


def _acts(*acts: tuple[str, int, int], **news: Any) -> Session:
    return Session(tuple(Act(*act) for act in acts), News(**{"weeks": 0, **news}))


ONCE_BROKEN = {
    "a new KPI took a row with a note": [_acts(("note", 79, 3), kpi=True)],
    "a new KPI took a number format of people": [_acts(("number_format", 226, 35), kpi=True)],
    "of two new rows the second looked like the last KPI": [_acts(("delete_rows", 42, 25), kpi=True, take_ours=True)],
    "a week that came again lost its looks": [_acts(("delete_columns", 384, 5), take_ours=True)],
    "a copy before the renamed tab was taken for it": [_acts(("rename", 198, 12), ("copy_tab", 13, 47), weeks=2)],
    "a copy was taken for the tab whose dates are gone": [
        _acts(("copy_tab", 1, 26)),
        _acts(("delete_rows", 3, 4), weeks=1),
    ],
    "a row was taken for the KPI whose number somebody gave it": [
        _acts(("sort", 0, 1)),
        _acts(("type_over_ours", 48, 6), weeks=1),
    ],
    "a KPI went where somebody had written its number": [
        _acts(kpi=True),
        _acts(("type_over_ours", 194, 59), weeks=2, state=1, unknown=True),
        _acts(weeks=1, state=3, kpi=True),
    ],
    "an old mark came back with a copy": [
        _acts(("insert_columns", 239, 28), weeks=2, restated=(298, 31), state=1),
        _acts(("copy_tab", 346, 38), restated=(1,)),
        _acts(("delete_tab", 155, 56), weeks=1),
    ],
}


@pytest.mark.parametrize("script", ONCE_BROKEN.values(), ids=ONCE_BROKEN)
def test_what_once_broke_a_promise_keeps_it(script: Sequence[Session], tmp_path: Path) -> None:
    Watch(WorkbookBench(tmp_path / "shop.xlsx")).play(script)


def test_a_hundred_scripts_of_edits_leave_every_cell_of_people_as_it_was(play: Play) -> None:
    done = play(100, None)
    assert done["scripts"] >= 100
    assert set(ACTS) <= done.keys()


@pytest.mark.long
def test_two_thousand_scripts_of_edits_leave_every_cell_of_people_as_it_was(play: Play) -> None:
    chosen = int(os.environ.get("KPI_TEST_SEED") or random.SystemRandom().randrange(10**9))
    print(f"KPI_TEST_SEED={chosen}")
    assert play(2_000, chosen)["scripts"] >= 2_000
