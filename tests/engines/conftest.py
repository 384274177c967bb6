"""The repository's sample rows on several engines: the same rows everywhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import psycopg
import pytest

from core.catalog import Catalog
from core.databases import Databases
from core.discovery import read_catalog
from core.engines.engine import Engine
from core.settings import Settings
from core.sources.files import open_duckdb
from core.sources.samples import Sample, open_sample
from core.sources.staging import stage

ROOT = Path(__file__).parents[2]
LAST = date(2026, 11, 16)
SAMPLE = Sample(LAST - timedelta(weeks=20), LAST)


@dataclass(frozen=True)
class Shop:
    """Where the sample rows are: a PostgreSQL, a DuckDB file, a folder of Parquet files."""

    catalog: Catalog
    postgres: str
    duckdb: Path
    parquet: Path


@pytest.fixture(scope="session")
def shop(new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    catalog, folder = read_catalog(ROOT / "scorecards"), tmp_path_factory.mktemp("engines")
    made = Shop(catalog, new_database(migrated), folder / "warehouse.duckdb", folder / "parquet")
    (made.parquet / "staging").mkdir(parents=True)
    for bound in catalog.datasets.values():
        with psycopg.connect(made.postgres) as connection:
            stage(connection, bound, SAMPLE, today=LAST)
            connection.execute("select")
        with open_duckdb(bound.card.zone) as duck:
            open_sample(duck, bound.name, bound, SAMPLE)
            duck.execute(f"copy {bound.name} to '{made.parquet / 'staging' / bound.name}.parquet' (format parquet)")
    with duckdb.connect(str(made.duckdb)) as duck:
        duck.execute("create schema staging")
        for bound in catalog.datasets.values():
            rows = made.parquet / "staging" / f"{bound.name}.parquet"
            duck.execute(f"create table staging.{bound.name} as from read_parquet('{rows}')")
    return made


Open = Callable[..., Databases]


@pytest.fixture
def opened(shop: Shop, tmp_path: Path) -> Iterator[Open]:
    """Databases with the shop's ledger in PostgreSQL, and others by name: `opened(warehouse="duckdb:///...")`."""
    made: list[Databases] = []

    def _open(timeout: int = 300, **urls: str) -> Databases:
        settings = Settings(
            home=tmp_path,
            scorecards=ROOT / "scorecards",
            data=tmp_path,
            published=tmp_path,
            warehouse_url=shop.postgres,
            database_urls=urls,
            statement_timeout=timeout,
        )
        made.append(Databases(settings))
        return made[-1]

    yield _open
    for databases in made:
        databases.close()


@pytest.fixture
def duck(shop: Shop, opened: Open) -> Engine:
    return opened(warehouse=f"duckdb:///{shop.duckdb}").reader("warehouse", "Europe/London")
