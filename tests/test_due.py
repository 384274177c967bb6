"""What is due: every complete week of a KPI's life without a final number, once, in order."""

from datetime import date
from pathlib import Path

import pytest

from core.catalog import Definition
from core.due import due_periods, without_holes
from core.kpi import KPI, Scorecard
from core.measures import Query
from core.periods import Period, Week
from core.readings import Reading, State

FRIDAY = date(2026, 11, 20)  # 2026-W47; the last complete week is 2026-W46


def definition(since: str = "", retired: str = "") -> Definition:
    kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query(""), since=since, retired=retired)
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
