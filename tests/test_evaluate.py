"""Evaluation: one reading a KPI and period, in the state that its sources allow, and never a number out of nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.catalog import Definition
from core.checks import Level
from core.databases import Databases
from core.discovery import read_catalog
from core.evaluate import Sources, derive, evaluate, evaluate_all, outlook
from core.ledger.runs import LoadOnRecord
from core.periods import Week
from core.readings import Number, Reading, State
from core.settings import Settings

WEEK = Week.of(2026, 46)  # Monday 9 to Sunday 15 November
LOAD = LoadOnRecord(
    dataset="orders",
    source="orders.csv",
    rows=9,
    begins=None,
    watermark=datetime(2026, 11, 18, tzinfo=UTC),
    level=Level.PASS,
    score=1.0,
    loaded_at=datetime(2026, 11, 18, tzinfo=UTC),
    broken=(),
    is_sample=False,
    brought_rows=9,
)
COUNT = "select count(*) as value from staging.orders where at >= :start and at < :end"


def kpi(measure: str) -> str:
    return f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={measure})'


@pytest.fixture
def sources(
    write: Callable[..., None], scorecards: Path, databases: Databases, sql: Callable[..., Any], settings: Settings
) -> Callable[..., Sources]:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="S", owner="S", timezone="America/New_York")')
    columns = 'columns=(Column("at", "timestamptz"),)'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", grace_days=1, {columns})')
    write("sales", "kpi_01_orders.py", kpi(f'Query("{COUNT}")'))
    write("sales", "kpi_02_share.py", kpi('ref("orders") / ref("orders").ago(weeks=1) - 1'))
    write("sales", "kpi_03_mixed.py", kpi('ref("ratio").sum(weeks=2)'))
    write("sales", "kpi_04_ratio.py", kpi('Query("select 1 as numerator, 4 as denominator")'))
    write("sales", "kpi_05_slow.py", kpi('Query("select 1 as value, pg_sleep(0.5)")'))
    sql(
        "create table staging.orders as select timestamptz '2026-11-09 05:00+00' as at union all "
        "select '2026-11-16 04:59:59.999999+00' union all select '2026-11-16 05:00+00'"
    )  # midnights of New York

    def _sources(**changes: Any) -> Sources:
        loads = {"orders": replace(LOAD, **changes)} if "none" not in changes else {}
        return Sources(databases, settings.data, read_catalog(scorecards), loads)

    return _sources


def named(sources: Sources, slug: str) -> Definition:
    return sources.catalog.by_name[f"sales.{slug}"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_week_is_cut_at_midnight_in_the_scorecards_zone(sources: Callable[..., Sources]) -> None:
    found = sources()
    ((_, reading),) = evaluate(named(found, "orders"), [WEEK], found)
    assert reading == Reading("sales.01", WEEK, Number(Decimal(2)), State.FINAL, "")


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({}, State.FINAL, ""),
        ({"watermark": moment("2026-11-17 05:00")}, State.FINAL, ""),
        ({"watermark": moment("2026-11-17 04:59")}, State.PROVISIONAL, "orders reaches 2026-11-16 23:59"),
        ({"watermark": moment("2026-11-09 05:01")}, State.PROVISIONAL, "orders reaches 2026-11-09 00:01"),
        ({"watermark": moment("2026-11-09 05:00")}, State.MISSING, "orders reaches only 2026-11-09 00:00: nothing of"),
        ({"level": Level.WARN}, State.FINAL, ""),
        ({"level": Level.FAIL, "broken": ("unique id (3)",)}, State.HELD, "orders breaks its contract: unique id (3)"),
        ({"level": Level.FAIL, "score": 0.5}, State.HELD, "orders breaks its contract: score 50.0"),
        ({"none": True}, State.PROVISIONAL, "orders has no load on record"),
    ],
)
def test_the_state_follows_from_how_far_the_sources_reach_and_whether_their_contract_holds(
    sources: Callable[..., Sources], changes: dict[str, Any], state: State, said: str
) -> None:
    found = sources(**changes)
    definition = named(found, "orders")
    told, note = outlook(definition, WEEK, found)
    assert told is state
    assert note.startswith(said)
    ((_, reading),) = evaluate(definition, [WEEK], found)
    assert (reading.state, reading.note) == (told, note)
    assert (reading.value is None) is (state in (State.MISSING, State.HELD))


def test_a_dataset_that_could_not_be_checked_holds_the_kpi(sources: Callable[..., Sources]) -> None:
    found = replace(sources(), unchecked={"orders": "There is no table."})
    assert outlook(named(found, "orders"), WEEK, found) == (
        State.HELD,
        "orders could not be checked: There is no table.",
    )


@pytest.mark.parametrize("state", [State.FAILED, State.HELD, State.MISSING, State.PROVISIONAL])
def test_a_formula_is_no_better_than_its_parts_and_says_which(sources: Callable[..., Sources], state: State) -> None:
    found = sources()

    def history(parent: Definition, period: Any) -> Reading:
        here = state if period == WEEK.shift(-1) else State.FINAL
        return Reading(parent.key, period, Number(Decimal(4)), here, "so it is")

    (reading,) = derive(named(found, "share"), [WEEK], found, history)
    assert reading.state is state
    assert reading.note == f"rests on sales.orders 2026-W45, which is {state}: so it is"
    assert reading.value == (Decimal(0) if state is State.PROVISIONAL else None)


def test_a_formula_that_makes_no_sense_fails_in_a_sentence(sources: Callable[..., Sources]) -> None:
    found = sources()
    (reading,) = derive(named(found, "mixed"), [WEEK], found, lambda *_: None)
    assert (reading.state, reading.value) == (State.FAILED, None)
    assert reading.note.startswith("Ratios have no sum.")


class Noted(list[Week]):
    """Periods that note when somebody begins with them."""

    begun = 0

    def __iter__(self) -> Iterator[Week]:
        type(self).begun += 1
        return super().__iter__()


def test_who_stops_listening_need_not_wait_for_what_has_not_begun(sources: Callable[..., Sources]) -> None:
    found = sources()
    work = [(named(found, "ratio"), [WEEK]), *((named(found, "slow"), Noted([WEEK])) for _ in range(9))]
    listening = evaluate_all(work, found, pool=1)
    ((_, reading),) = next(listening)
    assert reading.value == Decimal("0.25")
    listening.close()
    assert Noted.begun <= 1
