"""What it costs to ask for help: `kpi --help` against `python -c pass`. Prints ratios of one run.

.venv/bin/python -m tests.benchmarks.start_up
"""

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.workplace import ROOT, as_installed

ROUNDS = 21


def main() -> None:
    kpi = str(Path(sys.executable).with_name("kpi"))
    sides = {"python -c pass": [sys.executable, "-c", "pass"], "kpi --help": [kpi, "--help"], "kpi list": [kpi, "list"]}
    environment = as_installed() | {"KPI_SCORECARDS_DIR": str(ROOT / "scorecards")}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, command in sides.items():
            began = perf_counter()
            subprocess.run(command, env=environment, capture_output=True, check=True)
            times[name].append(perf_counter() - began)
    base = median(times["python -c pass"])
    for name, found in times.items():
        print(f"{name:15} {median(found) * 1000:6.0f} ms   {median(found) / base:5.1f} times")
    print("goal: kpi --help under 250 ms")


if __name__ == "__main__":
    main()
