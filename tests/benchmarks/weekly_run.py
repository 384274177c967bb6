"""One week of many KPIs, against a bare psycopg script and against one process a KPI. Prints ratios of one run.

    .venv/bin/python -m tests.benchmarks.weekly_run

All sides ask the same statements of the same warehouse, warm, each round for another week, so that every round
writes. The median of the rounds counts.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.workplace import Workplace, workplace

SMALL, LARGE, ROUNDS, SINGLE = 100, 1000, 5, 10
WEEKS = [f"2011-W{week}" for week in range(20, 48)]
QUERIES = [
    "select sum(quantity * unit_price) as value from staging.order_lines where {where}",
    "select count(distinct invoice_no) as value from staging.order_lines where {where}",
    "select sum(quantity) as value from staging.order_lines where {where}",
    "select count(distinct customer_id) as value from staging.order_lines where {where}",
    "select sum(quantity * unit_price) as numerator, sum(quantity) as denominator "
    "from staging.order_lines where {where}",
    "select count(*) as value from staging.order_lines where {where}",
    "select count(distinct stock_code) as value from staging.order_lines where {where}",
    "select max(quantity * unit_price) as value from staging.order_lines where {where}",
]
WHERE = "invoice_date >= {start} and invoice_date < {end} and quantity < {n}"
KPI = '''"""Benchmark KPI {n}: one of eight queries, with a condition of its own."""

from core import KPI, Query

kpi = KPI(
    title="Benchmark {n}",
    owner="Benchmark",
    unit="x",
    better="higher",
    measure=Query("""
        {sql}
    """),
)
'''
SCRIPT = """
import sys
from datetime import date, timedelta
import psycopg

url, week, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
start = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
values = {{"start": start, "end": start + timedelta(days=7)}}
queries = {queries!r}
found = []
with psycopg.connect(url) as connection:
    for n in range(count):
        sql = queries[n % len(queries)].format(n=90000 + n)
        row = connection.execute(sql, values).fetchone()
        value = row[0] if len(row) == 1 else (row[0] / row[1] if row[0] is not None and row[1] else None)
        found.append((n, week, value))
    connection.execute("create table if not exists bare (n int, week text, value numeric, primary key (n, week))")
    connection.cursor().executemany(
        "insert into bare values (%s, %s, %s) on conflict (n, week) do update set value = excluded.value", found
    )
"""
CRON_SCRIPT = """
import sys
from datetime import date, timedelta
from dotenv import load_dotenv
import gspread
from google.oauth2.service_account import Credentials
from sqlalchemy import create_engine, text

load_dotenv()
url, week, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
start = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
sql = {queries!r}[n % 8].format(n=90000 + n).replace("%(start)s", ":start").replace("%(end)s", ":end")
with create_engine(url).begin() as connection:
    row = connection.execute(text(sql), {{"start": start, "end": start + timedelta(days=7)}}).fetchone()
    connection.execute(text("create table if not exists single (n int, week text, value numeric)"))
    connection.execute(text("insert into single values (:n, :w, :v)"), {{"n": n, "w": week, "v": row[0]}})
"""


def main() -> None:
    with workplace() as place:
        place.load_order_lines()
        bare = [q.format(where=WHERE.format(start="%(start)s", end="%(end)s", n="{n}")) for q in QUERIES]
        script, single = place.home / "script.py", place.home / "single.py"
        script.write_text(SCRIPT.format(queries=bare))
        single.write_text(CRON_SCRIPT.format(queries=bare))
        for folder, count in (("small", SMALL), ("large", LARGE)):
            shutil.copytree(place.scorecards / "ecommerce", place.home / folder / "ecommerce")
            write_kpis(place.home / folder / folder, count)
        weeks = iter(WEEKS)
        times: dict[str, list[float]] = {"bare 100": [], "kpi 100": [], "bare 1000": [], "kpi 1000": [], "import": []}
        for round_ in range(ROUNDS + 1):  # the first is the warm-up
            week = next(weeks)
            for name, command, folder in (
                ("bare 100", [sys.executable, str(script), place.url, week, str(SMALL)], ""),
                ("kpi 100", [place.kpi, "run", "small", "--week", week], "small"),
                ("bare 1000", [sys.executable, str(script), place.url, week, str(LARGE)], ""),
                ("kpi 1000", [place.kpi, "run", "large", "--week", week], "large"),
                ("import", [sys.executable, "-c", "import psycopg"], ""),
            ):
                seconds = timed(command, place, folder)
                times[name] += [seconds] if round_ else []
        alone = [
            timed([sys.executable, str(single), place.alchemy_url, next(weeks), str(n)], place) for n in range(SINGLE)
        ]
        report({name: median(found) for name, found in times.items()}, median(alone))


def write_kpis(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    (folder / "scorecard.py").write_text(
        'from core import Scorecard\n\nscorecard = Scorecard(title="B", owner="B", timezone="Europe/London")\n'
    )
    for n in range(count):
        where = WHERE.format(start=":start", end=":end", n=90000 + n)
        text = KPI.format(n=n, sql=QUERIES[n % len(QUERIES)].format(where=where))
        (folder / f"kpi_{n + 1:02}_benchmark_{n}.py").write_text(text)


def timed(command: list[str], place: Workplace, folder: str = "scorecards") -> float:
    environment = place.environment | {"KPI_SCORECARDS_DIR": str(place.home / folder)}
    began = perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return seconds


def report(t: dict[str, float], alone: float) -> None:
    bare, ours = ((t[f"{side} 1000"] - t[f"{side} 100"]) / (LARGE - SMALL) for side in ("bare", "kpi"))
    print(f"cores: {os.cpu_count()}; medians of {ROUNDS} rounds, seconds of the whole process")
    for name, seconds in t.items():
        print(f"  {name:10} {seconds:7.3f}")
    print(f"  one KPI in a process of its own {alone:.3f} (median of {SINGLE})")
    print(f"one more KPI: {ours * 1000:.2f} ms against {bare * 1000:.2f} ms: ratio {ours / bare:.2f} (goal <= 1.3)")
    print(f"start-up: {t['kpi 100'] - t['bare 100'] - (ours - bare) * SMALL:+.2f} s against the script (goal <= +1.0)")
    print(f"100 KPIs: {alone * SMALL / t['kpi 100']:.0f} times faster than one process a KPI (goal >= 50)")


if __name__ == "__main__":
    main()
