"""Loading the real order lines under their contract, against a bare COPY of the same rows. Prints ratios of one run.

    .venv/bin/python -m tests.benchmarks.loading

The bare side copies a CSV file that lies ready into a table without an index; ours reads the Parquet file, casts and
checks every row, takes the checksum, copies, indexes and keeps the verdicts.
"""

import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.benchmarks.weekly_run import timed
from tests.benchmarks.workplace import workplace

ROUNDS = 5
COPY = """
import sys
import psycopg

with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("drop table if exists bare")
    connection.execute(
        "create table bare (invoice_no text, stock_code text, description text, quantity bigint, "
        "invoice_date timestamp, unit_price numeric(12, 4), customer_id text, country text)"
    )
    with connection.cursor().copy("copy bare from stdin (format csv)") as copy, open(sys.argv[2], "rb") as file:
        while block := file.read(1 << 20):
            copy.write(block)
"""
CSV = "import duckdb, sys; duckdb.sql(f\"copy (from '{sys.argv[1]}') to '{sys.argv[2]}' (header false)\")"


def main() -> None:
    with workplace() as place:
        place.run("migrate")
        csv, script = place.home / "rows.csv", place.home / "bare_copy.py"
        script.write_text(COPY)
        subprocess.run([sys.executable, "-c", CSV, str(place.real_file), str(csv)], check=True)
        sides: dict[str, list[str]] = {
            "bare COPY": [sys.executable, str(script), place.url, str(csv)],
            "kpi load": [place.kpi, "load", "order_lines", "--file", f"order_lines={place.real_file}"],
        }
        times: dict[str, list[float]] = {name: [] for name in sides}
        for round_ in range(ROUNDS + 1):  # the first is the warm-up
            for name, command in sides.items():
                seconds = timed(command, place)
                times[name] += [seconds] if round_ else []
        bare, ours = (median(times[name]) for name in sides)
        print(f"{Path(place.real_file).name}: medians of {ROUNDS} rounds, seconds of the whole process")
        print(f"  bare COPY {bare:.2f}\n  kpi load  {ours:.2f}")
        print(f"loading: {ours / bare:.2f} times a bare COPY (goal <= 3)")


if __name__ == "__main__":
    main()
