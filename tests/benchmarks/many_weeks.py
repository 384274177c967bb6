"""The 16 KPIs of the shop over a year of weeks, queries only, against the loop. Prints ratios of one run.

    .venv/bin/python -m tests.benchmarks.many_weeks [--quick] [indexed] [scanned] [far] [parquet]

The loop is a script that asks the same statements one by one on one open connection. The factory asks as a backfill
does, in the form that the engine's words suggest, also one statement after the other: with the sample that proves each
of them anew, and without. Its queries are read and planned already, as they are from the second run on; what the first
costs is told apart. All answers are compared.
"""

import sys
from collections.abc import Mapping, Sequence
from statistics import median
from time import perf_counter

from core.asking import Answers
from core.catalog import Definition
from core.discovery import read_catalog
from core.errors import FactoryError
from core.periods import Day, Period, parse, span
from core.plans import Plans
from core.sources.shape import number_of
from tests.benchmarks.grounds import Ask, Ground, far, near, parquet, without_index
from tests.benchmarks.workplace import workplace

SIMPLE = ("01", "02", "03", "04", "05", "06", "07", "11")
FIRST, LAST, WEEKS, QUICK_WEEKS, ROUNDS = "2010-W48", "2011-W49", 54, 13, 5
GROUNDS = {"indexed": near, "scanned": without_index, "far": far, "parquet": parquet}
COUNTS, QUICK_COUNTS = (1, 5, 13, 54, 260), (1, 5, 13)
SPAN = 1.0  # seconds that the rounds of a single KPI take together, about
GOALS = {"with the index": (2.5, 8), "without it": (15, 16), "20 ms away": (15, 16), "DuckDB over Parquet": (3, 16)}
"""How many times faster than the loop, and of how many KPIs."""
SINGLE_GOAL = 1.2


def main() -> None:
    quick = "--quick" in sys.argv
    chosen = [ground for ground in GROUNDS if ground in sys.argv[1:]] or list(GROUNDS)
    weeks = some(QUICK_WEEKS if quick else WEEKS)
    with workplace() as place:
        place.load_order_lines()
        catalog = read_catalog(place.scorecards)
        for name in chosen:
            with GROUNDS[name](place, catalog) as ground:
                print(f"\n{ground.title}: {len(weeks)} weeks, seconds")
                everyone = able(ground, [d for d in catalog.definitions if d.scorecard == "ecommerce"], weeks[-1])
                simple = [d for d in everyone if d.number in SIMPLE]
                for definitions in (simple, everyone):
                    compare(ground, definitions, weeks, 1 if quick or name in ("scanned", "far") else ROUNDS)
                if name != "far":
                    counts = QUICK_COUNTS if quick or name == "scanned" else COUNTS
                    singles(ground, everyone[:3] if quick else everyone, counts)


def able(ground: Ground, definitions: Sequence[Definition], week: Period) -> list[Definition]:
    """Those that have an answer there at all; of the others it is told why not."""
    refused = {d.key: why for d in definitions if (why := ground.refused(d, week))}
    for key, why in refused.items():
        print(f"  LEFT OUT: {key} fails in the loop already: {why}")
    return [d for d in definitions if d.key not in refused]


def compare(ground: Ground, definitions: Sequence[Definition], weeks: Sequence[Period], rounds: int) -> None:
    """Many KPIs at once: the factory's first time, then rounds of each side in turn."""
    plans = ground.plans()
    expected = ground.loop(definitions, weeks)  # the warm-up of the loop, too
    first, found = timed(ground.asked(plans, prove=True), definitions, weeks)
    same(definitions, weeks, expected, found)
    sides = {
        "loop": ground.loop,
        "proved": ground.asked(plans, prove=True),
        "unproved": ground.asked(plans, prove=False),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, ask in sides.items():
            seconds, found = timed(ask, definitions, weeks)
            times[name].append(seconds)
            same(definitions, weeks, expected, found)
    loop, proved, unproved = (median(times[name]) for name in sides)
    goal, of = GOALS[ground.title]
    print(
        f"  {len(definitions):2} KPIs: loop {loop:7.3f}   proved {proved:7.3f}, {loop / proved:5.1f} times faster   "
        f"unproved {unproved:7.3f}, {loop / unproved:5.1f} times   the first time {first:.3f}"
        + (f"   (goal >= {goal})" if of in (len(definitions), 16) else "")
    )
    print(f"           {ground.forms(plans, definitions, weeks)}")


def singles(ground: Ground, definitions: Sequence[Definition], counts: Sequence[int]) -> None:
    """Each KPI alone: whatever form is chosen, it must not be slower than its loop, few periods or many."""
    print(f"  one KPI alone, by its loop's seconds: median and worst (goal <= {SINGLE_GOAL})")
    for count in counts:
        periods, planned, fresh = some(count), [], []
        for definition in definitions:
            plans = ground.plans()
            known, new, form = alone(ground, plans, definition, periods)
            planned.append((known, f"{definition.number} {form}"))
            fresh.append((new, f"{definition.number} {form}"))
        print(f"    {count:3} periods: {_told(planned)}   never asked before: {_told(fresh)}")


def _told(ratios: Sequence[tuple[float, str]]) -> str:
    worst, who = max(ratios)
    return f"{median(ratio for ratio, _ in ratios):.2f}, {worst:.2f} ({who})"


def alone(ground: Ground, plans: Plans, definition: Definition, periods: Sequence[Period]) -> tuple[float, float, str]:
    """Seconds by those of the loop, planned already and with nothing known of the query, and the form."""
    one = [definition]
    expected = ground.loop(one, periods)
    ground.asked(plans, prove=True)(one, periods)
    times: list[tuple[float, float, float]] = []
    began = perf_counter()
    while len(times) < 3 or (len(times) < 25 and perf_counter() - began < SPAN):
        (loop, _), (planned, found), (fresh, _) = (
            timed(ask, one, periods)
            for ask in (ground.loop, ground.asked(plans, prove=True), ground.asked(ground.plans(), prove=True))
        )
        times.append((loop, planned, fresh))
        same(one, periods, expected, found)
    loop, planned, fresh = (median(column) for column in zip(*times, strict=True))
    return planned / loop, fresh / loop, ground.forms(plans, one, periods).partition(" ")[0]


def some(count: int) -> list[Period]:
    """The last so many weeks that have rows; where there are not so many, days."""
    weeks = list(span(parse(FIRST), parse(LAST)))
    if count <= len(weeks):
        return weeks[-count:]
    last = Day.containing(weeks[-1].start)
    return list(span(last.shift(1 - count), last))


def timed(
    ask: Ask, definitions: Sequence[Definition], periods: Sequence[Period]
) -> tuple[float, Mapping[str, Answers]]:
    began = perf_counter()
    found = ask(definitions, periods)
    return perf_counter() - began, found


def same(
    definitions: Sequence[Definition],
    periods: Sequence[Period],
    expected: Mapping[str, Answers],
    found: Mapping[str, Answers],
) -> None:
    for definition in definitions:
        answers = zip(periods, expected[definition.key], found[definition.key], strict=True)
        for period, one, other in answers:
            if isinstance(one, FactoryError) or isinstance(other, FactoryError):
                raise SystemExit(f"{definition.key} {period.label} failed: {one} / {other}")
            if number_of(one) != number_of(other):
                raise SystemExit(f"{definition.key} {period.label}: {one} by the loop, {other} by the factory")


if __name__ == "__main__":
    main()
