"""What is due: every complete week of a KPI's life without a final number, once, in order."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.catalog import Definition
from core.due import due_periods, revisits, without_holes
from core.kpi import KPI, Scorecard
from core.measures import Query
from core.periods import Period, Week
from core.readings import Reading, State

FRIDAY = date(2026, 11, 20)  # 2026-W47; the last complete week is 2026-W46


def definition(since: str = "", retired: str = "", revisit: tuple[int, ...] = (1, 2, 4, 13)) -> Definition:
    words = {"since": since, "retired": retired, "revisit": revisit}
    kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query(""), **words)  # type: ignore[arg-type]
    return Definition("sales", "01", "t", kpi, Scorecard(title="S", owner="O"), "D.", Path("kpi_01_t.py"))


def labels(periods: list[Period]) -> list[str]:
    return [period.label for period in periods]


def week(label: str) -> Week:
    return Week.of(int(label[:4]), int(label[6:]))


def test_a_new_kpi_owes_the_last_complete_week() -> None:
    assert labels(due_periods(definition(), {}, None, FRIDAY)) == ["2026-W46"]


def test_a_kpi_that_says_since_when_owes_everything_since() -> None:
    assert labels(due_periods(definition(since="2026-W44"), {}, None, FRIDAY)) == ["2026-W44", "2026-W45", "2026-W46"]


def test_weeks_that_a_switched_off_host_missed_are_due_in_order() -> None:
    recorded: dict[Period, State] = {week("2026-W42"): State.FINAL, week("2026-W43"): State.FINAL}
    assert labels(due_periods(definition(), recorded, week("2026-W42"), FRIDAY)) == ["2026-W44", "2026-W45", "2026-W46"]


@pytest.mark.parametrize("state", [State.PROVISIONAL, State.HELD, State.FAILED])
def test_a_week_without_its_final_number_stays_due(state: State) -> None:
    recorded: dict[Period, State] = {week("2026-W45"): state, week("2026-W46"): State.FINAL}
    assert labels(due_periods(definition(), recorded, week("2026-W45"), FRIDAY)) == ["2026-W45"]


def test_a_clock_that_was_set_back_makes_nothing_due_twice() -> None:
    recorded: dict[Period, State] = {week("2026-W46"): State.FINAL}
    assert due_periods(definition(), recorded, week("2026-W46"), date(2026, 10, 1)) == []


def test_a_sunday_still_belongs_to_its_week() -> None:
    assert labels(due_periods(definition(), {}, None, date(2026, 11, 22))) == ["2026-W46"]
    assert labels(due_periods(definition(), {}, None, date(2026, 11, 23))) == ["2026-W47"]


def test_a_retired_kpi_owes_nothing_after_its_end() -> None:
    recorded: dict[Period, State] = {week("2026-W40"): State.FINAL}
    assert labels(due_periods(definition(retired="2026-W41"), recorded, week("2026-W40"), FRIDAY)) == ["2026-W41"]


def test_the_grid_has_no_hole() -> None:
    kept = Reading("sales.01", week("2026-W43"))
    grid = without_holes(definition(retired="2026-W45"), {kept.period: kept}, week("2026-W43"), FRIDAY)
    assert [(r.period.label, r.state) for r in grid] == [
        ("2026-W43", State.FINAL),
        ("2026-W44", State.MISSING),
        ("2026-W45", State.MISSING),
        ("2026-W46", State.RETIRED),
    ]


def final(*weeks: int) -> dict[Period, State]:
    return {Week.of(2026, n): State.FINAL for n in weeks}


def revisited(recorded: Mapping[Period, State], visited: int | None, today: str, **words: Any) -> list[str]:
    kpi = definition(**words)
    last = Week.of(2026, visited) if visited else None
    return [p.label[5:] for p in revisits(kpi, recorded, last, date.fromisoformat(today))]


def test_closed_weeks_are_looked_at_again_at_the_ages_that_the_kpi_names() -> None:
    everything = final(*range(1, 47))
    assert revisited(everything, None, "2026-11-20") == ["W34", "W43", "W45", "W46"]
    assert revisited(everything, 46, "2026-11-20", revisit=(3,)) == ["W44"]
    assert revisited(everything, 46, "2026-11-20", revisit=()) == []


def test_ages_that_passed_while_nobody_ran_are_made_up_for() -> None:
    everything = final(*range(1, 47))
    assert revisited(everything, 44, "2026-11-20", revisit=(4,)) == ["W41", "W42", "W43"]
    assert revisited(everything, 40, "2026-11-20", revisit=(2,)) == [f"W{n}" for n in range(39, 46)]


def test_only_final_weeks_of_the_kpis_life_are_looked_at_again() -> None:
    assert revisited(final(45), 46, "2026-11-20") == ["W45"]
    assert revisited({Week.of(2026, 46): State.PROVISIONAL}, 46, "2026-11-20") == []
    assert revisited(final(*range(1, 47)), 46, "2026-11-20", retired="2026-W44") == ["W34", "W43"]


def test_a_clock_set_back_makes_up_for_nothing() -> None:
    assert revisited(final(*range(1, 47)), 46, "2026-11-06", revisit=(1,)) == ["W44"]
