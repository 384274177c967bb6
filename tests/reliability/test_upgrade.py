"""A ledger of the first version is brought to this one: killed half-way, twice, two at once; no row changes."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from core.databases import parse_url
from core.ledger import schema
from core.pipeline.drill_forks import Command, Forks
from core.pipeline.drill_states import known_of_the_tables, wait_for_the_dead

FIRST_LEDGER = Path(__file__).with_name("first_ledger.sql")
COLUMNS = """
select   quote_ident(table_schema) || '.' || quote_ident(table_name),
         string_agg(quote_ident(column_name), ', ' order by ordinal_position)
from     information_schema.columns
join     information_schema.tables using (table_schema, table_name)
where    table_schema in ('kpi', 'vl_analytics', 'staging')
and      table_type = 'BASE TABLE'
and      table_name <> all(%s)
group by 1
"""
KEPT = {"kpi.reading", "kpi.run", "kpi.load", "kpi.verdict", "kpi.definition", "kpi.publication"}
Columns = dict[str, str]
"""By table: the columns that it had in the first version."""


@pytest.fixture(scope="module")
def first_ledger(new_database: Callable[[str], str]) -> str:
    """The name of a database with a ledger of the first version: a template."""
    url = new_database("template1")
    engine = sa.create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("create schema kpi")
        config = Config()
        config.set_main_option("script_location", str(schema.MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with psycopg.connect(url, options="-c timezone=UTC") as filling:
        filling.execute(FIRST_LEDGER.read_bytes())
    return str(parse_url(url).database)


@dataclass(frozen=True)
class Old:
    """What the old ledger holds."""

    columns: Columns
    rows: dict[str, list[str]]


@dataclass
class Installation:
    """Scorecards of an old ledger, and the commands that are called there."""

    forks: Forks
    folder: Path
    template: str
    new_database: Callable[[str], str]

    def not_upgraded(self) -> str:
        """The URL of a database with the old ledger."""
        return self.new_database(self.template)

    def command(self, url: str, *words: str) -> Command:
        names = {"KPI_WAREHOUSE_URL": url, "KPI_SCORECARDS_DIR": str(self.folder / "scorecards")}
        names |= {"KPI_HOME": str(self.folder)}
        return Command(words, names, str(self.folder), str(self.output))

    def migrate(self, url: str) -> None:
        assert self.forks.run(self.command(url, "migrate")) == 0, self.output.read_text()

    @property
    def output(self) -> Path:
        return self.folder / "output.txt"

    def check(self, url: str, old: Old, fresh: Any) -> None:
        """Every old row is as it was, the history is whole, the tables are those of a fresh installation."""
        assert read_rows(url, old.columns) == old.rows
        assert self.forks.run(self.command(url, "audit")) == 0, self.output.read_text()
        assert catalogue(url) == fresh


@pytest.fixture
def installation(
    write: Callable[..., None],
    first_ledger: str,
    new_database: Callable[[str], str],
    forks: Forks,
    tmp_path: Path,
) -> Installation:
    query = 'Query("select count(*) as value from staging.orders where at >= :start and at < :end")'
    for card in ("shop", "club"):
        write(card, "scorecard.py", f'scorecard = Scorecard(title="{card}", owner="Sales")')
        for n in range(1, 5):
            body = f'kpi = KPI(title="Number {n}", owner="Sales", unit="orders", better="higher", measure={query})'
            write(card, f"kpi_0{n}_{card}_{n}.py", body)
    columns = 'Column("at", "timestamptz"), Column("amount", "decimal(12,2)")'
    write("shop", "dataset_orders.py", f'dataset = Dataset(owner="Sales", watermark="at", columns=({columns}))')
    return Installation(forks, tmp_path, first_ledger, new_database)


@pytest.fixture
def old(installation: Installation) -> Old:
    url = installation.not_upgraded()
    columns = columns_of(url, but=["schema_version"])
    rows = read_rows(url, columns)
    assert rows.keys() >= KEPT
    assert all(rows.values()), "a table without rows proves nothing"
    return Old(columns, rows)


@pytest.fixture
def fresh(installation: Installation, new_database: Callable[[str], str]) -> Any:
    """What PostgreSQL knows of a fresh installation of the same scorecards."""
    url = new_database("template1")
    with psycopg.connect(url) as connection:
        connection.execute("create schema staging")
        connection.execute("create table staging.orders (at timestamptz, amount numeric(12,2))")
    installation.migrate(url)
    return catalogue(url)


def columns_of(url: str, but: list[str]) -> Columns:
    with psycopg.connect(url) as connection:
        return dict(connection.execute(COLUMNS, [but]).fetchall())


def read_rows(url: str, columns: Columns) -> dict[str, list[str]]:
    """All rows of the tables, in these columns, as PostgreSQL writes them."""
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return {
            table: [text for (text,) in connection.execute(f"select row({listed})::text from {table} order by 1")]
            for table, listed in columns.items()
        }


def catalogue(url: str) -> Any:
    """Columns, constraints, indexes, triggers, functions, views and rights."""
    engine = sa.create_engine(parse_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        wait_for_the_dead(connection)
        return known_of_the_tables(connection)


def everything(url: str) -> Any:
    """All rows in all columns, and the catalogue."""
    return catalogue(url), read_rows(url, columns_of(url, but=[]))


def test_an_upgrade_changes_no_row_and_makes_what_a_fresh_installation_has(
    installation: Installation, old: Old, fresh: Any
) -> None:
    url = installation.not_upgraded()
    installation.migrate(url)
    installation.check(url, old, fresh)
    once = everything(url)
    installation.migrate(url)
    assert everything(url) == once, "the second time changed something"


def test_an_upgrade_that_is_killed_before_its_transaction_ends_has_not_begun(
    installation: Installation, old: Old, fresh: Any
) -> None:
    url = installation.not_upgraded()
    before = everything(url)
    killed = installation.command(url, "--kill-at", "revision applied:1", "migrate")
    assert installation.forks.run(killed) == -signal.SIGKILL
    assert everything(url) == before
    installation.migrate(url)
    installation.check(url, old, fresh)


def test_two_upgrades_at_once_make_one(installation: Installation, old: Old, fresh: Any) -> None:
    url = installation.not_upgraded()
    both = installation.forks.start(*[installation.command(url, "migrate")] * 2)
    assert [installation.forks.wait(process) for process in both] == [0, 0], installation.output.read_text()
    installation.check(url, old, fresh)


def test_an_upgrade_that_is_killed_at_a_random_moment_is_completed_by_the_next_one(
    installation: Installation, old: Old, fresh: Any
) -> None:
    kill_at_random(installation, old, fresh, moments=5, seed=5)


@pytest.mark.long
def test_an_upgrade_that_is_killed_at_a_hundred_moments_is_completed_by_the_next_one(
    installation: Installation, old: Old, fresh: Any
) -> None:
    kill_at_random(installation, old, fresh, moments=100, seed=100)


def kill_at_random(installation: Installation, old: Old, fresh: Any, moments: int, seed: int) -> None:
    """Uniform over the time that an upgrade takes which nobody disturbs."""
    chance, url = Random(seed), installation.not_upgraded()
    begun = time.monotonic()
    installation.migrate(url)
    takes, killed = time.monotonic() - begun, 0
    while killed < moments:
        url = installation.not_upgraded()
        (process,) = installation.forks.start(installation.command(url, "migrate"))
        time.sleep(chance.random() * takes)
        os.kill(process, signal.SIGKILL)
        killed += installation.forks.wait(process) == -signal.SIGKILL
        catalogue(url)  # once the server has noticed
        installation.migrate(url)
        installation.check(url, old, fresh)
    print(f"\n{date.today()}: seed {seed}: an upgrade killed at {killed} random moments, 0 rows changed")  # noqa: DTZ011
