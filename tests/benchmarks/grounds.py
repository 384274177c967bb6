"""Where many weeks are asked: near with and without an index, far away, and over Parquet files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb
import psycopg

from core.asking import Answers, Asking
from core.catalog import Catalog, Definition
from core.databases import Databases
from core.engines.engine import Engine, within
from core.measures import Query, binds
from core.periods import Period, parse
from core.plans import Plans, batches, query_of
from core.rewrite.dialects import Spoken
from core.rewrite.shape import with_binds
from core.settings import Settings
from core.sources.database import Answer, ask
from tests.benchmarks.slow_line import slow_line
from tests.benchmarks.workplace import Workplace

FAR = 20  # milliseconds that a round trip takes longer
LONGEST = 5  # seconds for a week of a KPI; what takes longer would take an hour for all of them
NAMES = ("start", "end", "week", "year", "last_sunday")

Ask = Callable[[Sequence[Definition], Sequence[Period]], Mapping[str, Answers]]


@dataclass(frozen=True)
class Ground:
    """Where both sides ask: the loop's own connection, and the factory's."""

    title: str
    loop: Ask
    stop: Callable[[], object]  # what the loop is waiting for
    databases: Databases
    catalog: Catalog

    def refused(self, definition: Definition, period: Period) -> str:
        """Why not even the loop gets an answer here, if so."""
        try:
            with within(LONGEST, self.stop):
                self.loop([definition], [period])
        except (duckdb.Error, psycopg.Error) as error:
            return f"{str(error).splitlines()[0]} (after {LONGEST} s at most)"
        return ""

    def plans(self) -> Plans:
        return Plans(self.catalog, datetime.now(UTC))

    def asked(self, plans: Plans, *, prove: bool) -> Ask:
        def ask(definitions: Sequence[Definition], periods: Sequence[Period]) -> Mapping[str, Answers]:
            asking = Asking(self.databases, plans, prove=prove)
            found: dict[str, Answers] = {}
            for batch in batches([(d, periods) for d in definitions], plans, None, pool=1):
                found |= asking.answers(batch)
            for remark in asking.remarks:
                print(f"  remark: {remark}")
            return found

        return ask

    def forms(self, plans: Plans, definitions: Sequence[Definition], periods: Sequence[Period]) -> str:
        """Which statements are asked in which form."""
        asking, told = Asking(self.databases, plans), []
        for batch in batches([(d, periods) for d in definitions], plans, None, pool=1):
            form, _ = asking.way(batch)
            told.append(f"{form} {'+'.join(member.number for member in batch.members)}")
        return ", ".join(sorted(told))


@contextmanager
def near(place: Workplace, catalog: Catalog, url: str = "", title: str = "with the index") -> Iterator[Ground]:
    with ExitStack() as stack:
        databases = databases_of(place, url or place.url, stack)
        (zone,) = {card.timezone for name, card in catalog.scorecards.items() if name == "ecommerce"}
        connection = stack.enter_context(
            psycopg.connect(url or place.url, autocommit=True, options=f"-c timezone={zone}")
        )

        def one(definition: Definition) -> Callable[[Period], Answer]:
            text = with_binds(query_of(definition).sql.replace("%", "%%"), {name: f"%({name})s" for name in NAMES})

            def ask(period: Period) -> Answer:
                cursor = connection.execute(text, binds(period))
                return Answer(tuple(column.name for column in cursor.description or ()), cursor.fetchall())

            return ask

        yield Ground(title, looped(one), connection.cancel, databases, catalog)


@contextmanager
def without_index(place: Workplace, catalog: Catalog) -> Iterator[Ground]:
    with psycopg.connect(place.url, autocommit=True) as connection:
        found = connection.execute("""
            select indexname, indexdef
            from   pg_indexes
            where  schemaname = 'staging'
            and    indexdef like '%(invoice_date)'
        """).fetchall()
        assert found, "the load made no index on the time column"
        for name, _ in found:
            connection.execute(f'drop index staging."{name}"')
        try:
            with near(place, catalog, title="without it") as ground:
                yield ground
        finally:
            for _, text in found:
                connection.execute(text)


@contextmanager
def far(place: Workplace, catalog: Catalog) -> Iterator[Ground]:
    with slow_line(place.url, FAR) as url, near(place, catalog, url, "20 ms away") as ground:
        print(f"\na round trip takes {round_trip(url):.1f} ms there, and {round_trip(place.url):.1f} ms near")
        yield ground


def round_trip(url: str) -> float:
    """Milliseconds."""
    trips = []
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(25):
            began = perf_counter()
            connection.execute("select 1")
            trips.append(perf_counter() - began)
    return median(trips) * 1000


@contextmanager
def parquet(place: Workplace, catalog: Catalog) -> Iterator[Ground]:
    """The rows of staging as one Parquet file, asked by DuckDB."""
    folder = place.home / "lake"
    file = folder / "staging" / "order_lines.parquet"
    file.parent.mkdir(parents=True)
    export(place, file)
    with ExitStack() as stack:
        databases = databases_of(place, place.url, stack, {"warehouse": f"duckdb:///{folder}"})
        bounds: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": "4GB",
            "temp_directory": str(place.home),
            "max_temp_directory_size": "1GB",
        }
        connection = stack.enter_context(duckdb.connect(config=bounds))
        connection.execute("create schema staging")
        connection.execute(f"create view staging.order_lines as from read_parquet('{file}')")

        def one(definition: Definition) -> Callable[[Period], Answer]:
            spoken = _spoken(databases.reader("warehouse", definition.card.timezone), query_of(definition))

            def ask(period: Period) -> Answer:
                cursor = connection.execute(spoken.text, spoken.handed(binds(period)))
                return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())

            return ask

        yield Ground("DuckDB over Parquet", looped(one), connection.interrupt, databases, catalog)


def _spoken(engine: Engine, query: Query) -> Spoken:
    """The query as DuckDB is asked it: the engine translates it once and keeps that."""

    def kept() -> list[Spoken]:
        return [
            text
            for key, text in engine.kept.items()
            if isinstance(text, Spoken) and isinstance(key, tuple) and query.sql in key
        ]

    if not kept():
        list(ask(engine, query, [parse("2011-W01")]))
    return kept()[0]


def export(place: Workplace, file: Path) -> None:
    """The table with the types that it has, by way of CSV."""
    rows = place.home / "rows.csv"
    types = {"quantity": "bigint", "invoice_date": "timestamp", "unit_price": "decimal(12, 4)"}
    with psycopg.connect(place.url) as connection, rows.open("wb") as out:
        cursor = connection.execute("select * from staging.order_lines limit 0")
        columns = {c.name: types.get(c.name, "varchar") for c in cursor.description or ()}
        with connection.cursor().copy("copy staging.order_lines to stdout (format csv)") as copy:
            for block in copy:
                out.write(block)
    duckdb.sql(f"copy (from read_csv('{rows}', header = false, columns = {columns})) to '{file}' (format parquet)")


def databases_of(place: Workplace, url: str, stack: ExitStack, urls: Mapping[str, str] | None = None) -> Databases:
    home = place.home / ".kpi"
    databases = Databases(
        Settings(
            home=home,
            scorecards=place.scorecards,
            data=home,
            published=home,
            warehouse_url=url,
            database_urls=urls or {},
        )
    )
    stack.callback(databases.close)
    return databases


def looped(one: Callable[[Definition], Callable[[Period], Answer]]) -> Ask:
    def ask(definitions: Sequence[Definition], periods: Sequence[Period]) -> Mapping[str, Answers]:
        return {d.key: [ask_one(period) for period in periods] for d in definitions for ask_one in [one(d)]}

    return ask
