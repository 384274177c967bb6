"""One writer: sixteen processes set off for the same KPI and week at the same moment; one records, once."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.pipeline.drill_forks import Command, Forks

Sql = Callable[..., list[tuple[Any, ...]]]
PROCESSES = 16
BUSY = "kpi: Another process is working on race. Try again when it is done, or add --wait 600.\n"
GATE = 4_711  # an advisory lock of the test's: while the test holds it alone, the query of the KPI does not return
LOCKS = """
select count(*) from pg_locks where locktype = 'advisory'
and database = (select oid from pg_database where datname = current_database())
"""


@pytest.fixture
def race(
    write: Callable[..., None], sql: Sql, forks: Forks, ledger_url: str, scorecards: Path, tmp_path: Path
) -> Callable[..., "Race"]:
    """A KPI that counts the orders of a week, through a view that can be held up; nobody has recorded anything yet."""
    write("race", "scorecard.py", 'scorecard = Scorecard(title="Race", owner="Sales")')
    column = 'Column("at", "timestamptz", nulls=0)'
    for name in ("orders", "gated"):
        write("race", f"dataset_{name}.py", f'dataset = Dataset(owner="Sales", watermark="at", columns=({column},))')
    query = "select count(*) as value from staging.gated where at >= :start and at < :end"
    body = f'kpi = KPI(title="Orders", owner="Sales", unit="orders", better="higher", measure=Query("{query}"))'
    write("race", "kpi_01_orders.py", body)
    sql("create table staging.orders (at timestamptz)")
    sql("insert into staging.orders values ('2026-11-17 12:00+00')")  # the week before it is whole
    gate = f"(select pg_advisory_xact_lock_shared({GATE})) as gate"
    sql(f"create view staging.gated as select at from staging.orders cross join {gate}")
    settings = {"KPI_WAREHOUSE_URL": ledger_url, "KPI_SCORECARDS_DIR": str(scorecards), "KPI_HOME": str(tmp_path)}
    return lambda: Race(forks, sql, settings, tmp_path)


class Race:
    """Rounds of sixteen processes; the source changes before each."""

    def __init__(self, forks: Forks, sql: Sql, settings: dict[str, str], folder: Path) -> None:
        self.forks, self.sql, self.settings, self.folder = forks, sql, settings, folder
        self.rounds = 0

    def round(self, *, wait: bool) -> list[int]:
        """Their exit codes, sorted, once the source has changed."""
        self.rounds += 1
        self.sql("insert into staging.orders values ('2026-11-12 12:00+00')")
        outputs = [self.folder / f"{self.rounds}_{n}.txt" for n in range(PROCESSES)]
        if not wait:
            self.sql(f"select pg_advisory_lock({GATE})")
        started = self.forks.start(*[self._command(output, wait=wait) for output in outputs])
        if not wait:
            self._until_the_others_have_left(outputs)
            self.sql(f"select pg_advisory_unlock({GATE})")
        codes = sorted(self.forks.wait(process) for process in started)
        for output in outputs:
            output.unlink()
        return codes

    def check(self) -> None:
        """Exactly one new line a round, each after the one before; nothing is left behind."""
        lines = self.sql("select value, follows from kpi.reading order by reading_id")
        assert [int(value) for value, _ in lines] == list(range(1, self.rounds + 1))
        assert len({follows for _, follows in lines}) == self.rounds
        assert self.sql("select field_value from vl_analytics.scorecard") == [(self.rounds,)]
        assert self.sql("select distinct state from kpi.run") == [("done",)]
        assert self.sql(LOCKS) == [(0,)]
        assert self.sql("select deadlocks from pg_stat_database where datname = current_database()") == [(0,)]

    def _command(self, output: Path, *, wait: bool) -> Command:
        words = ["--today", "2026-11-20", "run", "race.01", "--week", "2026-W46", *(["--wait", "120"] if wait else [])]
        return Command(words, self.settings, str(self.folder), str(output))

    def _until_the_others_have_left(self, outputs: list[Path]) -> None:
        """Whoever has the lock stands at the gate; all the others have said that they are busy."""
        for _ in range(1_200):
            said = [output.read_text() for output in outputs if output.exists()]
            if said.count(BUSY) >= PROCESSES - 1:
                return
            time.sleep(0.05)
        pytest.fail(f"they never left: {said}")


def raced(race: Race, rounds: int, *, wait: bool) -> None:
    wanted = [0] * PROCESSES if wait else [0, *[75] * (PROCESSES - 1)]
    begun = time.monotonic()
    for number in range(rounds):
        assert race.round(wait=wait) == wanted, f"round {number + 1}"
    race.check()
    how = "waiting" if wait else "leaving with 75"
    seconds = time.monotonic() - begun
    print(f"\n{date.today()}: {rounds} rounds of {PROCESSES} processes, {how}: one line each; {seconds:.0f} s")  # noqa: DTZ011


def test_of_sixteen_processes_one_records_and_the_others_leave_with_75(race: Callable[[], Race]) -> None:
    raced(race(), 10, wait=False)


def test_of_sixteen_processes_that_wait_one_records_and_the_others_find_nothing_new(race: Callable[[], Race]) -> None:
    raced(race(), 3, wait=True)


@pytest.mark.long
@pytest.mark.parametrize(("rounds", "wait"), [(850, False), (150, True)])
def test_a_thousand_rounds_of_sixteen_processes(race: Callable[[], Race], rounds: int, wait: bool) -> None:
    raced(race(), rounds, wait=wait)
