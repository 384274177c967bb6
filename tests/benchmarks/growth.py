"""How the work grows: 10, 100 and 1,000 KPIs; 53, 260 and 1,040 weeks. Draws docs/images/growth.svg.

    .venv/bin/python -m tests.benchmarks.growth [--quick]

Seconds and memory are those of whole processes, but for reading the catalog, which is timed within its process. The
real order lines, spread over twenty years, are what all KPIs ask. Between two sizes the time may grow by as much as the
work does: an exponent of 1 at most. With --quick the picture goes to the temporary folder.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median

from core.periods import parse
from tests.benchmarks.apart import environment_of
from tests.benchmarks.measured import Measured, measured
from tests.benchmarks.weekly_run import write_kpis
from tests.benchmarks.workplace import ROOT, Workplace, workplace

KPIS, WEEKS, ROUNDS = (10, 100, 1000), (53, 260, 1040), 3
QUICK_KPIS, QUICK_WEEKS = (10, 40), (13, 53)
MIDDLE = 100  # KPIs of which more and more weeks are backfilled
LAST, RECENT, BEFORE = "2025-W52", "2025-W51", "2025-W50"
STEP = 1_223  # seconds between two lines: 541,909 of them reach over 21 years
MEMORY, EXPONENT, TOLERANCE = 300, 1.0, 0.05  # megabytes; the last is what two measurements of one thing may differ by
PACKAGES = ("altair>=6,<7", "vl-convert-python>=1.9")
SETTLED = 2.5  # seconds after which a file that was written counts as one that lies still
DATASET = '''"""Order lines, spread over many years."""

from core import Column, Dataset, File

dataset = Dataset(
    owner="Benchmark",
    source=File("order_lines.parquet"),
    columns=(
        Column("invoice_no"),
        Column("stock_code"),
        Column("quantity", "integer"),
        Column("invoice_date", "timestamp"),
        Column("unit_price", "decimal(12,4)"),
        Column("customer_id"),
    ),
    watermark="invoice_date",
    index=("invoice_date",),
)
'''
SPREAD = """
import sys
import duckdb

source, target, step = sys.argv[1:]
place = f"row_number() over (order by InvoiceDate desc) * {step}"
duckdb.sql(f'''
    copy (
        select InvoiceNo as invoice_no, StockCode as stock_code, Quantity as quantity,
               timestamp '2026-01-01' - to_seconds({place}) as invoice_date,
               cast(UnitPrice as decimal(12, 4)) as unit_price, CustomerID as customer_id
        from   '{source}'
    ) to '{target}' (format parquet)
''')
"""
CATALOG = """
import sys
from pathlib import Path
from time import perf_counter
from core.kept import Kept
from core.kept_catalog import KeptCatalog

kept = KeptCatalog(Path(sys.argv[1]), Kept(Path(sys.argv[2])))
began = perf_counter()
catalog = kept.read()
print(perf_counter() - began)
assert not catalog.faults
[definition.hash for definition in catalog.definitions]
kept.keep(catalog)
"""


@dataclass
class Curve:
    """One kind of work: medians by size, and the memory of its largest process."""

    what: str
    by: str
    seconds: dict[int, float] = field(default_factory=dict)
    megabytes: dict[int, float] = field(default_factory=dict)

    def add(self, size: int, found: Sequence[Measured]) -> None:
        self.seconds[size] = median(one.seconds for one in found)
        self.megabytes[size] = max(one.megabytes for one in found)

    def steepest(self) -> float:
        """The largest exponent between two neighbouring sizes: what starts up first does not hide what grows."""
        points = sorted(self.seconds.items())
        return max(log(t2 / t1) / log(n2 / n1) for (n1, t1), (n2, t2) in pairwise(points))


@dataclass(frozen=True)
class Shop:
    """Scorecards of one size with a KPI_HOME of their own."""

    place: Workplace
    name: str

    @property
    def folder(self) -> Path:
        return self.place.home / self.name

    @property
    def cache(self) -> Path:
        return self.place.home / f".{self.name}" / "cache"

    def run(self, *arguments: str) -> Measured:
        own = {"KPI_HOME": str(self.cache.parent), "KPI_SCORECARDS_DIR": str(self.folder)}
        return measured([self.place.kpi, *arguments], {**self.place.environment, **own})

    def catalog(self) -> Measured:
        command = [sys.executable, "-c", CATALOG, str(self.folder), str(self.cache)]
        whole = measured(command, self.place.environment)
        return Measured(float(whole.said), whole.megabytes, whole.said)


def main() -> None:
    quick = "--quick" in sys.argv
    kpis, weeks, rounds = (QUICK_KPIS, QUICK_WEEKS, 1) if quick else (KPIS, WEEKS, ROUNDS)
    chart = environment_of("chart", PACKAGES) / "python"
    with workplace() as place:
        load(place)
        curves = [*by_kpis(place, kpis, rounds, weeks[0]), by_weeks(place, weeks, rounds, min(MIDDLE, kpis[-1]))]
    report(curves, rounds)
    picture = Path(tempfile.gettempdir() if quick else ROOT / "docs" / "images") / "growth.svg"
    draw = [str(chart), str(Path(__file__).with_name("growth_chart.py")), str(picture)]
    subprocess.run(draw, input=json.dumps([vars(curve) for curve in curves]), text=True, check=True)
    print(f"drawn: {picture}")


def by_kpis(place: Workplace, sizes: Sequence[int], rounds: int, weeks: int) -> list[Curve]:
    names = ("read the catalog", "read it again", "kpi run, one week", f"kpi backfill, {weeks} weeks")
    cold, kept, run, backfill = curves = [Curve(name, "KPIs") for name in names]
    for size in sizes:
        shops = [shop(place, f"kpis_{size}_{n}", size) for n in range(rounds)]
        time.sleep(SETTLED)
        cold.add(size, [one.catalog() for one in shops])
        kept.add(size, [one.catalog() for one in shops])
        for one in shops:
            one.run("run", "--week", LAST)  # reads its queries for the first time
        run.add(size, [one.run("run", "--week", RECENT) for one in shops])
        backfill.add(size, [filled(one, weeks, BEFORE) for one in shops])
    return list(curves)


def by_weeks(place: Workplace, sizes: Sequence[int], rounds: int, kpis: int) -> Curve:
    curve = Curve(f"kpi backfill, {kpis} KPIs", "weeks")
    for size in sizes:
        shops = [shop(place, f"weeks_{size}_{n}", kpis) for n in range(rounds)]
        time.sleep(SETTLED)
        for one in shops:
            one.run("run", "--week", LAST)
        curve.add(size, [filled(one, size, BEFORE) for one in shops])
    return curve


def filled(one: Shop, weeks: int, last: str) -> Measured:
    return one.run("backfill", "--from", parse(last).shift(1 - weeks).label, "--to", last)


def shop(place: Workplace, name: str, kpis: int) -> Shop:
    made = Shop(place, name)
    write_kpis(made.folder / name, kpis)
    (made.folder / name / "dataset_order_lines.py").write_text(DATASET)
    return made


def load(place: Workplace) -> None:
    place.run("migrate")
    file = place.home / "order_lines.parquet"
    # In a process of its own: what this one holds counts as held by those it starts.
    subprocess.run([sys.executable, "-c", SPREAD, str(place.real_file), str(file), str(STEP)], check=True)
    shop(place, "loading", 1).run("load", "order_lines", "--file", f"order_lines={file}")


def report(curves: Sequence[Curve], rounds: int) -> None:
    print(f"medians of {rounds} rounds, seconds of the whole process but for reading the catalog; most memory held")
    for curve in curves:
        told = "   ".join(
            f"{n:5,} {curve.by} {curve.seconds[n]:8.3f} s {curve.megabytes[n]:4.0f} MB" for n in curve.seconds
        )
        print(f"  {curve.what:23} {told}   exponent {curve.steepest():.2f}")
    steepest, most = max(curve.steepest() for curve in curves), max(max(c.megabytes.values()) for c in curves)
    print(
        f"steepest exponent {steepest:.2f} (goal <= {EXPONENT} + {TOLERANCE}), memory {most:.0f} MB (goal < {MEMORY})"
    )


if __name__ == "__main__":
    main()
