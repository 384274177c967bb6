"""What happens around a command: the server goes, a connection is cut, a disk is full. Each with the real command.

Nothing is recorded by halves, a sentence says what happened, the exit code is 1, and one rerun makes it whole.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from core.databases import parse_url
from core.ledger import schema
from core.pipeline.drill_forks import Command, Forks

from .around import WEEK
from .corner_shop import LOAD_POINTS, PUBLISH_POINTS, RUN_POINTS, Shop, at, morning_after
from .figures import FORMULAS, QUERIES
from .own_server import OwnServer, own_server
from .test_soak import OPENED

EVERYONE = [*QUERIES, *FORMULAS]
CALL = "from core.cli import main; main()"
CUTTING = """
import os, psycopg
from core import write_points
from core.cli import _outcome
from core.pipeline.drill_forks import serve
def cut():
    with psycopg.connect(os.environ["KPI_WAREHOUSE_URL"], autocommit=True) as outside:
        outside.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kpi' "
                        "and datname = current_database()")
def outcome(words):
    write_points.arm(words[0], 1, cut)
    return _outcome(words[1:])
serve(outcome)
"""
NAP = "create or replace view staging.nap as select pg_sleep({}) is null as never"
AWAKE = "select count(*) from pg_stat_activity where application_name = 'kpi' and query like '%%staging.nap%%'"


def two_weeks(shop: Shop) -> None:
    """On record and published; a third week has come since, with a late row for the first."""
    for n in range(3):
        week = OPENED + WEEK * n
        for day in (1, 3):
            shop.sells(at(week, day), 4 + n)
            shop.is_visited(at(week, day), 5)
        for comes in (shop.sells, shop.is_visited):
            comes(at(week + WEEK, 0, 1), 6)
        if n < 2:
            shop.goes_to(morning_after(week))
            assert shop.loads() == 0
            shop.runs()
            assert shop.publishes()
    shop.goes_to(morning_after(OPENED + WEEK * 2))
    shop.sells(at(OPENED + WEEK, 2), 9)
    shop.is_visited(at(OPENED + WEEK, 2), 9)


@pytest.fixture(scope="module")
def old_shop(new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """It is closed: each test has a copy, as it takes a second to make."""
    opened = Shop(new_database(migrated), tmp_path_factory.mktemp("old_shop"), morning_after(OPENED))
    two_weeks(opened)
    opened.close()
    return opened


@pytest.fixture
def shop(old_shop: Shop, new_database: Callable[[str], str], tmp_path: Path) -> Iterator[Shop]:
    url = new_database(str(parse_url(old_shop.settings.warehouse_url).database))
    opened = Shop(url, tmp_path, old_shop.expected.now, like=old_shop)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def cutting() -> Iterator[Forks]:
    """Commands that cut the program's connections at the write point that is the first of their words."""
    started = Forks([sys.executable, "-c", CUTTING])
    yield started
    started.close()


def settings_of(shop: Shop) -> dict[str, str]:
    return {
        "KPI_WAREHOUSE_URL": shop.settings.warehouse_url,
        "KPI_SCORECARDS_DIR": str(shop.settings.scorecards),
        "KPI_DATA_DIR": str(shop.settings.data),
        "KPI_PUBLISH_DIR": str(shop.settings.published),
        "KPI_HOME": str(shop.settings.home),
    }


def start(shop: Shop, *words: str, limit: int = 0, **settings: str) -> subprocess.Popen[str]:
    """The real command, at the shop's time."""
    return subprocess.Popen(
        [sys.executable, "-c", CALL, "--clock", shop.expected.now.isoformat(), *words],
        env={**os.environ, **settings_of(shop), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None,
    )


def called(forks: Forks, shop: Shop, *words: str, before: Sequence[str] = (), **settings: str) -> tuple[int, str]:
    """The same in a forked process: its exit code, and what it said. `before` are words for the forking program."""
    output = shop.folder / "said.txt"
    output.unlink(missing_ok=True)
    words = (*before, "--clock", shop.expected.now.isoformat(), *words)
    code = forks.run(Command(words, settings_of(shop) | settings, str(shop.folder), str(output)))
    return code, output.read_text(encoding="utf-8")


def told(command: subprocess.Popen[str]) -> str:
    """What it said; it failed as documented."""
    out, said = command.communicate()
    return failed(command.returncode, out + said)


def failed(code: int, said: str) -> str:
    assert code == 1, (code, said)
    assert "Traceback" not in said
    assert "fault of the program" not in said, said
    return said


def the_run_that_failed(shop: Shop) -> None:
    """It recorded whole batches, or nothing; the next one completes it, and all is as if nothing had been."""
    done = shop.expected.run(EVERYONE)
    shop.promises.hold(shop, done, killed=True)
    shop.runs()
    assert shop.expected.grid() == shop.expected.grid() | {
        (kpi, OPENED + WEEK * n): "final" for kpi in QUERIES for n in range(3)
    }
    assert shop.outside.execute("select count(*) from kpi.run where state = 'running'").fetchall() == [(0,)]


IN_A_TRANSACTION = {"batch appended", "table replaced", "load recorded"}
"""Cut there, a command's own transaction is lost."""
ALONE_NO_MORE = {"run opened", "batch recorded", "publish asked", "publish announced", "file written", "file swapped"}
"""Cut there, its lock is lost before it records more; cut elsewhere, nothing is left to record."""


def cut_at(cutting: Forks, shop: Shop, point: str, *words: str) -> None:
    code, said = called(cutting, shop, *words, before=[point])
    if point in IN_A_TRANSACTION:
        assert "terminating connection" in failed(code, said)
    elif point in ALONE_NO_MORE:
        assert "held the lock" in failed(code, said)
    else:
        assert code == 0, said


@pytest.mark.parametrize("point", RUN_POINTS)
def test_a_run_whose_connections_are_cut(cutting: Forks, shop: Shop, point: str) -> None:
    shop.loads()
    cut_at(cutting, shop, point, "run")
    the_run_that_failed(shop)


@pytest.mark.parametrize("point", LOAD_POINTS)
def test_a_load_whose_connections_are_cut(cutting: Forks, shop: Shop, point: str) -> None:
    before = visits(shop)
    shop.loads("table replaced")  # the file is there, the table as it was
    cut_at(cutting, shop, point, "load", "visits")
    assert (visits(shop) == before) is (point in IN_A_TRANSACTION)
    shop.loads()
    shop.runs()


@pytest.mark.parametrize("point", PUBLISH_POINTS)
def test_a_publication_whose_connections_are_cut(cutting: Forks, shop: Shop, point: str) -> None:
    shop.loads()
    shop.runs()
    cut_at(cutting, shop, point, "publish")
    the_next_publication_leaves_nothing_to_do(shop)


def test_a_statement_that_takes_too_long_fails_its_kpi_alone(forks: Forks, shop: Shop) -> None:
    shop.outside.execute(NAP.format(0))
    body = (shop.settings.scorecards / "shop" / "kpi_01_orders.py").read_text(encoding="utf-8")
    slow = body.replace("staging.orders", "staging.orders cross join staging.nap").replace("KPI 01", "Slow")
    (shop.settings.scorecards / "shop" / "kpi_09_slow.py").write_text(slow, encoding="utf-8")
    shop.loads()
    shop.outside.execute(NAP.format(30))
    said = failed(*called(forks, shop, "run", KPI_STATEMENT_TIMEOUT="1"))
    assert "statement timeout. Raise KPI_STATEMENT_TIMEOUT" in said
    shown = "select kpi_number, state from vl_analytics.scorecard where period = '2026-W04' order by 1"
    assert dict(shop.outside.execute(shown).fetchall())["09"] == "failed"
    assert dict(shop.outside.execute(shown).fetchall())["01"] == "final"
    shop.outside.execute(NAP.format(0))
    code, said = called(forks, shop, "run", KPI_STATEMENT_TIMEOUT="1")
    assert code == 0, said
    assert dict(shop.outside.execute(shown).fetchall())["09"] == "final"


@pytest.mark.parametrize("words", [("load", "visits"), ("run",), ("publish",)], ids=["load", "run", "publish"])
def test_a_server_that_only_reads(forks: Forks, shop: Shop, words: tuple[str, ...]) -> None:
    shop.loads()
    if words == ("publish",):
        shop.runs()
    name = shop.outside.info.dbname
    before = everything(shop)
    shop.outside.execute(f'alter database "{name}" set default_transaction_read_only = on')
    assert "read-only" in failed(*called(forks, shop, *words))
    shop.outside.execute(f'alter database "{name}" reset default_transaction_read_only')
    assert everything(shop) == before
    if words == ("run",):
        the_run_that_failed(shop)
    the_next_publication_leaves_nothing_to_do(shop)


def test_a_disk_that_is_full_while_the_workbook_is_written(shop: Shop) -> None:
    before = shop.book.read_bytes()
    shop.loads()
    shop.runs()
    said = told(start(shop, "publish", limit=4_096))
    assert "shop.xlsx cannot be written (File too large); it is as it was." in said
    assert shop.book.read_bytes() == before
    assert [path.name for path in shop.settings.published.iterdir()] == ["shop.xlsx"]
    assert shop.outside.execute("select count(*) from kpi.outbox").fetchall() == [(1,)]  # it is still owed
    the_next_publication_leaves_nothing_to_do(shop)


@pytest.fixture(scope="module")
def restless_server() -> Iterator[OwnServer]:
    with own_server() as opened:
        engine = sa.create_engine(parse_url(opened.url))
        with engine.begin() as connection:
            schema.migrate(connection)
        engine.dispose()
        yield opened


@pytest.fixture
def own_shop(restless_server: OwnServer, tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(restless_server.url, tmp_path, morning_after(OPENED))
    two_weeks(opened)
    yield opened
    opened.close()


def test_a_server_that_fills_up_and_is_restarted(own_shop: Shop, restless_server: OwnServer) -> None:
    """One server and one shop for both faults, as they take seconds to make."""
    shop, server = own_shop, restless_server
    before, rows = visits(shop), visits(shop)[0][0]
    for n in range(40_000):
        shop.expected.sources["visits"].add(at(OPENED, n % 7, n % 24), 1)
    shop.loads("table replaced")  # the file is there, the table as it was
    shop.outside.close()
    with server.full(1_100_000):
        said = told(start(shop, "load", "visits"))
        assert "could not extend file" in said
        assert "The last good table stays in place." in said
    look_again(shop)
    assert visits(shop) == before == [(rows,)]
    assert shop.loads() == 0

    shop.outside.execute(NAP.format(60))
    nap = (shop.settings.scorecards / "shop" / "kpi_03_visits.py").read_text(encoding="utf-8")
    slow = nap.replace("staging.visits", "staging.visits cross join staging.nap")
    (shop.settings.scorecards / "shop" / "kpi_03_visits.py").write_text(slow, encoding="utf-8")
    command = start(shop, "run")
    while shop.outside.execute(AWAKE).fetchall() == [(0,)]:
        assert command.poll() is None, command.communicate()
    server.restart()
    assert "cannot be reached" in told(command)
    (shop.settings.scorecards / "shop" / "kpi_03_visits.py").write_text(nap, encoding="utf-8")
    shop.outside.close()
    look_again(shop)
    the_run_that_failed(shop)
    the_next_publication_leaves_nothing_to_do(shop)


def look_again(shop: Shop) -> None:
    """The server has been another process since."""
    shop.reopen()
    shop.outside = shop.promises.connection = psycopg.connect(shop.settings.warehouse_url, autocommit=True)


def visits(shop: Shop) -> list[tuple[int]]:
    return shop.outside.execute("select count(*) from staging.visits").fetchall()


def everything(shop: Shop) -> list[object]:
    tables = ("kpi.reading", "kpi.run", "kpi.load", "kpi.publication", "vl_analytics.scorecard", "staging.visits")
    return [shop.outside.execute(f"select t::text from {table} as t order by 1").fetchall() for table in tables]


def the_next_publication_leaves_nothing_to_do(shop: Shop) -> None:
    first, again = shop.publishes(), shop.publishes()
    assert first is not None
    assert again is not None
    assert first.exit_code == again.exit_code == 0
    assert [outcome.changes for outcome in again.outcomes] == [0]
    assert shop.outside.execute("select count(*) from kpi.outbox").fetchall() == [(0,)]
