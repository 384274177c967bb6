"""100 KPIs of one week, nothing changed in their files: beside a bare script, and beside dbt-core.

    .venv/bin/python -m tests.benchmarks.one_more [--quick]

The script asks the statements one by one and inserts what it finds; dbt builds each as a table, with its project
parsed already and as many threads as the factory has connections. dbt is installed into an environment of its own. At
the end the numbers of all three are compared.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from statistics import median

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.apart import environment_of
from tests.benchmarks.measured import measured
from tests.benchmarks.weekly_run import LARGE, QUERIES, SCRIPT, SMALL, WEEKS, WHERE, write_kpis
from tests.benchmarks.workplace import Workplace, workplace

ROUNDS, POOL = 7, 4
PACKAGES = ("dbt-core>=1.11,<1.12", "dbt-postgres>=1.10")
START, END, WEEK = "2011-11-14", "2011-11-21", "2011-W46"
OURS = """
select cast(kpi_number as integer) - 1, field_value
from   vl_analytics.scorecard_small
where  period_start = %s
"""
BARE = "select n, value from bare where week = %s"


def main() -> None:
    quick = "--quick" in sys.argv
    large, rounds = (2 * SMALL, 1) if quick else (LARGE, ROUNDS)
    dbt = environment_of("dbt", PACKAGES) / "dbt"
    with workplace() as place:
        place.load_order_lines()
        script = place.home / "script.py"
        bare = [q.format(where=WHERE.format(start="%(start)s", end="%(end)s", n="{n}")) for q in QUERIES]
        script.write_text(SCRIPT.format(queries=bare))
        for scorecard, count in (("small", SMALL), ("large", large)):
            shutil.copytree(place.scorecards / "ecommerce", place.home / scorecard / "ecommerce")
            write_kpis(place.home / scorecard / scorecard, count)
        project = write_project(place)
        sides: dict[str, tuple[list[str], str]] = {
            f"script {SMALL}": ([sys.executable, str(script), place.url, "{week}", str(SMALL)], "small"),
            f"kpi {SMALL}": ([place.kpi, "run", "small", "--week", "{week}"], "small"),
            f"script {large}": ([sys.executable, str(script), place.url, "{week}", str(large)], "large"),
            f"kpi {large}": ([place.kpi, "run", "large", "--week", "{week}"], "large"),
            "dbt": ([str(dbt), "build", "--project-dir", str(project), "--profiles-dir", str(project)], "small"),
        }
        times: dict[str, list[float]] = {name: [] for name in sides}
        for week in [*WEEKS[: rounds + 1], WEEK]:  # the first two are warm-ups: files that are young are read again
            for name, (command, folder) in sides.items():
                times[name].append(run([word.format(week=week) for word in command], place, folder))
        report({name: median(found[2:]) for name, found in times.items()}, large, rounds)
        compare(place)


def run(command: list[str], place: Workplace, folder: str) -> float:
    own = {"KPI_HOME": str(place.home / f".{folder}"), "KPI_SCORECARDS_DIR": str(place.home / folder)}
    return measured(command, {**place.environment, **own, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}).seconds


def write_project(place: Workplace) -> Path:
    """The same statements as a dbt project. Its week is fixed: another value would make dbt parse it all again."""
    project = place.home / "dbt"
    (project / "models").mkdir(parents=True)
    where = conninfo_to_dict(place.url)
    target = {
        "type": "postgres",
        "host": where.get("host") or "localhost",
        "port": int(where.get("port") or 5432),
        "user": where.get("user") or "postgres",
        "password": where.get("password") or "none",
        "dbname": where.get("dbname") or "postgres",
        "schema": "dbt_models",
        "threads": POOL,
    }
    # JSON is YAML, and needs no library to write.
    (project / "profiles.yml").write_text(json.dumps({"bench": {"target": "here", "outputs": {"here": target}}}))
    settings = {"name": "bench", "version": "1.0", "profile": "bench", "models": {"bench": {"+materialized": "table"}}}
    (project / "dbt_project.yml").write_text(json.dumps(settings))
    for n in range(SMALL):
        where_text = WHERE.format(start=f"date '{START}'", end=f"date '{END}'", n=90000 + n)
        (project / "models" / f"model_{n}.sql").write_text(QUERIES[n % len(QUERIES)].format(where=where_text))
    return project


def report(t: dict[str, float], large: int, rounds: int) -> None:
    script, ours = ((t[f"{side} {large}"] - t[f"{side} {SMALL}"]) / (large - SMALL) for side in ("script", "kpi"))
    whole = t[f"kpi {SMALL}"]
    print(f"cores: {os.cpu_count()}; medians of {rounds} rounds, seconds of the whole process")
    for name, seconds in t.items():
        print(f"  {name:12} {seconds:7.3f}")
    print(f"one more KPI: {ours * 1000:.2f} ms against {script * 1000:.2f} ms: ratio {ours / script:.2f} (goal <= 0.6)")
    print(f"{SMALL} KPIs: {whole:.2f} s (goal < 0.7), {t['dbt'] / whole:.1f} times faster than dbt (goal >= 10)")


def compare(place: Workplace) -> None:
    """What the three found for the last week."""
    with psycopg.connect(place.url) as connection:
        ours, script = (
            dict[int, object](connection.execute(text, [word]).fetchall())
            for text, word in ((OURS, START), (BARE, WEEK))
        )
        for n in range(SMALL):
            row = connection.execute(f"select * from dbt_models.model_{n}").fetchone() or ()
            theirs = row[0] if len(row) == 1 else row[0] / row[1]
            if not ours[n] == script[n] == theirs:
                raise SystemExit(f"KPI {n}: {ours[n]} by kpi, {script[n]} by the script, {theirs} by dbt")
    print(f"all {SMALL} numbers are the same on the three sides")


if __name__ == "__main__":
    main()
