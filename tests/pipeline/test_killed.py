"""Kills and cut connections, with real processes: the lock is free at once, batches are whole, the next run heals."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.pipeline.report import Report
from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.pipeline.under_way import BATCH

Sql = Callable[..., list[tuple[Any, ...]]]
HELD = (
    "from pg_locks where locktype = 'advisory' "
    "and database = (select oid from pg_database where datname = current_database())"
)
WEEKS = 46  # 2026-W01 to 2026-W46
SLOW = "create or replace view staging.slow as select at from staging.orders cross join (select pg_sleep(%s)) as nap"


@pytest.fixture
def start(ledger_url: str, scorecards: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the real command line in a process of its own."""
    names = {"KPI_WAREHOUSE_URL": ledger_url, "KPI_SCORECARDS_DIR": str(scorecards), "KPI_HOME": str(tmp_path / "home")}

    def _start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", "from core.cli import main; main()", "--today", "2026-11-20", *arguments],
            env={**os.environ, **names},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return _start


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it never came to that")


@pytest.fixture
def slow_shop(add: Callable[..., None], count: Callable[..., str], fill: Callable[..., None], sql: Sql) -> None:
    """Seven fast KPIs, more than a batch together, and one that naps in each of its weeks."""
    for n in range(1, 8):
        add(f"0{n}_orders_{n}", count())
    add("08_slow", count("staging.slow"))
    add("09_mean", 'ref("slow").mean(weeks=4)')
    fill(reaches="2026-11-17", **{f"w2026_W{n:02}": n % 5 for n in range(1, 47)})
    sql(SLOW % "0.3")


def truth(sql: Sql) -> list[tuple[Any, ...]]:
    """What a run that nobody disturbs records, asked of PostgreSQL itself."""
    return sql(
        """
        select k.name, to_char(w, 'IYYY-"W"IW'),
               (select count(*) from staging.orders where at >= w and at < w + interval '7 days')
        from   generate_series(timestamptz '2025-12-29 00:00+00', '2026-11-09 00:00+00', interval '7 days') as w,
               (select 'orders_' || n as name from generate_series(1, 7) as n union select 'slow') as k
        order  by 1, 2
        """
    )


def recorded(sql: Sql) -> list[tuple[Any, ...]]:
    return sql(
        "select field_name, period, cast(field_value as bigint) from vl_analytics.scorecard "
        "where state = 'final' and field_name <> 'mean' order by 1, 2"
    )


def test_a_killed_backfill_leaves_whole_batches_and_a_free_lock_and_the_next_one_completes_it(
    slow_shop: None, start: Callable[..., subprocess.Popen[str]], open_shop: Callable[[str], Session], sql: Sql
) -> None:
    command = start("backfill", "sales", "--from", "2026-W01")
    wait_until(lambda: bool(sql("select count(*) from vl_analytics.scorecard")[0][0]))
    command.send_signal(signal.SIGKILL)
    command.communicate()
    assert command.returncode == -signal.SIGKILL
    left = sql("select field_name, count(*) from vl_analytics.scorecard group by 1")
    assert sum(number for _, number in left) >= BATCH
    assert {number for _, number in left} == {WEEKS}
    assert "slow" not in dict(left)
    wait_until(lambda: sql(f"select count(*) {HELD}") == [(0,)])
    sql(SLOW % "0")
    shop = open_shop("2026-11-20")
    assert backfill(shop, [], "2026-W01", "last").exit_code == 0
    assert recorded(sql) == truth(sql)
    assert sql("select count(*) from kpi.reading") == [(9 * WEEKS,)]
    assert sql("select state from kpi.run order by run_id") == [("failed",), ("done",)]


def test_a_second_process_leaves_with_75_and_does_nothing(
    slow_shop: None, start: Callable[..., subprocess.Popen[str]], sql: Sql
) -> None:
    sql(SLOW % "6")
    first = start("run", "sales.08")
    wait_until(lambda: sql("select count(*) from kpi.run") == [(1,)])
    second = start("run", "sales.01")
    out, said = second.communicate()
    assert (second.returncode, out) == (75, "")
    assert said == "kpi: Another process is working on sales. Try again when it is done, or add --wait 600.\n"
    first.communicate()
    assert first.returncode == 0
    assert sql("select state from kpi.run") == [("done",)]


def test_connections_that_are_cut_in_mid_query_fail_one_period_and_leave_no_wrong_number(
    slow_shop: None, open_shop: Callable[[str], Session], sql: Sql
) -> None:
    sql(SLOW % "1")
    shop, reports = open_shop("2026-11-20"), list[Report]()
    running = threading.Thread(target=lambda: reports.append(run(shop, ["sales"])))
    running.start()
    napping = "from pg_stat_activity where application_name = 'kpi' and datname = current_database()"
    wait_until(lambda: bool(sql(f"select 1 {napping} and query like '%%staging.slow%%' and state = 'active'")))
    sql(f"select pg_terminate_backend(pid) {napping} and query like '%%staging.slow%%'")
    running.join()
    (report,) = reports
    assert [(r.kpi, r.state) for r in report.troubles] == [("sales.08", "failed"), ("sales.09", "failed")]
    sql(SLOW % "0")
    assert run(shop, []).exit_code == 0
    assert recorded(sql) == [row for row in truth(sql) if row[1] == "2026-W46"]
