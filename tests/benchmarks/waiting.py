"""100 KPIs whose queries wait in the database: whether as many wait at once as there are connections.

    .venv/bin/python -m tests.benchmarks.waiting [--quick]

Each KPI calls a function that sleeps, with an argument of its own, so that no two can be asked together. On eight
connections 100 of them take 13 turns at least, not 12.5.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg

from core.asking import Asking
from core.databases import Databases
from core.discovery import read_catalog
from core.evaluate import Sources, evaluate_all
from core.periods import parse
from core.plans import Plans
from core.settings import Settings
from tests.benchmarks.measured import measured
from tests.benchmarks.workplace import Workplace, workplace

KPIS, WAIT, POOL, ROUNDS = 100, 0.2, 8, 5
WEEKS = [f"2025-W{week}" for week in range(10, 20)]
GOAL = 1.1
FUNCTION = f"""
create function staging.answer_later(n integer) returns integer language plpgsql as $$
begin
    perform pg_sleep({WAIT});
    return n;
end
$$
"""
KPI = '''"""Benchmark KPI {n}: it waits."""

from core import KPI, Query

kpi = KPI(
    title="Waiting {n}",
    owner="Benchmark",
    unit="x",
    better="higher",
    measure=Query("select staging.answer_later({n}) as value where :start < :end"),
)
'''
CARD = 'from core import Scorecard\n\nscorecard = Scorecard(title="W", owner="B", timezone="Europe/London")\n'


def main() -> None:
    rounds = 1 if "--quick" in sys.argv else ROUNDS
    with workplace() as place:
        place.run("migrate")
        with psycopg.connect(place.url) as connection:
            connection.execute(FUNCTION)
        scorecards = write_kpis(place)
        command = [place.kpi, "run", "waiting", "--week"]
        environment = {**place.environment, "KPI_POOL": str(POOL), "KPI_SCORECARDS_DIR": str(scorecards)}
        times: list[tuple[float, float, float]] = []
        for week in WEEKS[: rounds + 1]:  # the first is the warm-up
            alone = one_alone(place)
            times.append((queries(place, scorecards, week), measured([*command, week], environment).seconds, alone))
        asked, whole, alone = (median(column) for column in zip(*times[1:], strict=True))
        least = KPIS * WAIT / POOL
        print(f"{KPIS} KPIs that wait {WAIT} s each, {POOL} connections; medians of {rounds} rounds")
        print(f"  one alone, by a bare connection {alone:.3f} s; {KPIS} x {WAIT} / {POOL} = {least:.2f} s")
        print(f"  queries       {asked:.2f} s, {asked / least:.2f} times that (goal <= {GOAL})")
        print(f"  whole process {whole:.2f} s, {whole / least:.2f} times that")


def write_kpis(place: Workplace) -> Path:
    folder = place.home / "waiting"
    (folder / "waiting").mkdir(parents=True)
    (folder / "waiting" / "scorecard.py").write_text(CARD)
    for n in range(1, KPIS + 1):
        (folder / "waiting" / f"kpi_{n:02}_waiting_{n}.py").write_text(KPI.format(n=n))
    return folder


def one_alone(place: Workplace) -> float:
    with psycopg.connect(place.url) as connection:
        began = perf_counter()
        connection.execute("select staging.answer_later(1)").fetchone()
        return perf_counter() - began


def queries(place: Workplace, scorecards: Path, week: str) -> float:
    """Seconds of evaluating all of them: connections are opened within, texts are read before."""
    home = place.home / ".waiting"
    settings = Settings(home=home, scorecards=scorecards, data=home, published=home, warehouse_url=place.url, pool=POOL)
    catalog, databases = read_catalog(scorecards), Databases(settings)
    plans = Plans(catalog, datetime.now(UTC))
    for definition in catalog.definitions:
        plans.anatomy(definition)
    work = [(definition, [parse(week)]) for definition in catalog.definitions]
    try:
        began = perf_counter()
        done = evaluate_all(work, Sources(databases, home, catalog, {}), POOL, Asking(databases, plans))
        found = {reading.kpi: reading for readings in done for _, reading in readings}
        seconds = perf_counter() - began
    finally:
        databases.close()
    for definition in catalog.definitions:
        if found[definition.key].value != int(definition.number):
            raise SystemExit(f"{definition.key} answered {found[definition.key]}")
    return seconds


if __name__ == "__main__":
    main()
