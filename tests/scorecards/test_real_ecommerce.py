"""The sixteen retail KPIs on real order lines: every week, exactly, against an independent calculation.

`readings_of_real_weeks` is the one place that turns files into numbers: definitions, database, query, number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest
import sqlalchemy as sa

from core.catalog import Catalog, Definition
from core.databases import parse_url
from core.discovery import read_catalog
from core.measures import Query
from core.periods import Day, Period, Week, parse, span
from core.readings import Number
from core.sources.database import Answer, ask
from core.sources.shape import number_of

from .contract import verdicts_of
from .oracle import Parts, expected_weeks

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
NUMBERS = [f"{number:02}" for number in range(1, 17)]
WEEKS = [week for week in span(parse("2010-W48"), parse("2011-W49")) if isinstance(week, Week)]
COUNTS = {"04", "07", "09"}
WITHOUT_TRADE = "2010-W52"

# The source's columns, in the order of the contract; DOUBLE prices become the decimals they were typed as.
RAW = """
    select InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice::decimal(12, 4), CustomerID, Country
    from   read_parquet('{file}')
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(ROOT / "scorecards")


@dataclass(frozen=True)
class Shop:
    """The real order lines where the KPIs find them."""

    catalog: Catalog
    engine: sa.Engine

    def definition(self, number: str) -> Definition:
        return self.catalog.by_name[f"ecommerce.{number}"]

    def readings(self, number: str, periods: list[Period]) -> list[Number]:
        definition = self.definition(number)
        assert isinstance(definition.kpi.measure, Query)
        answers = list(ask(self.engine, definition.kpi.measure, periods))
        assert all(isinstance(answer, Answer) for answer in answers), answers
        return [number_of(a, definition.kpi.nothing_found) for a in answers if isinstance(a, Answer)]

    def over(self, number: str, start: date, end: date) -> Number:
        """The same query over any range of days: what the source's own facts are told for."""
        measure = self.definition(number).kpi.measure
        assert isinstance(measure, Query)
        with self.engine.connect() as connection:
            rows = connection.execute(sa.text(measure.sql), {"start": start, "end": end})
            return number_of(Answer(tuple(rows.keys()), [tuple(row) for row in rows]))


@pytest.fixture(scope="module")
def shop(
    catalog: Catalog, new_database: Callable[[str], str], real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    url, file = new_database("template1"), tmp_path_factory.mktemp("real") / "lines.csv"
    with duckdb.connect() as duck:
        duck.execute(f"copy ({RAW.format(file=real_data / 'online_retail.parquet')}) to '{file}' (header false)")
    _load(url, catalog, file)
    engine = sa.create_engine(parse_url(url), connect_args={"options": "-c timezone=Europe/London"})
    yield Shop(catalog, engine)
    engine.dispose()


def _load(url: str, catalog: Catalog, file: Path) -> None:
    dataset = catalog.datasets["order_lines"].dataset
    columns = ", ".join(f"{column.name} {column.type}" for column in dataset.columns)
    with psycopg.connect(url) as connection:
        connection.execute("create schema staging")
        connection.execute(f"create table staging.order_lines ({columns})")
        with connection.cursor().copy("copy staging.order_lines from stdin (format csv)") as copy:
            copy.write(file.read_bytes())
        for index in dataset.index:
            connection.execute(f"create index on staging.order_lines ({index})")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze staging.order_lines")


def readings_of_real_weeks(shop: Shop, number: str) -> Mapping[str, Number]:
    """The KPI's number for each of the 54 weeks, by the week's name."""
    return dict(zip((week.label for week in WEEKS), shop.readings(number, list(WEEKS)), strict=True))


@pytest.fixture(scope="module")
def expected(real_data: Path) -> Mapping[str, Mapping[str, Parts]]:
    return expected_weeks(real_data / "online_retail.parquet")


@pytest.mark.parametrize("number", NUMBERS)
def test_every_real_week_is_exactly_what_an_independent_calculation_finds(
    number: str, shop: Shop, expected: Mapping[str, Mapping[str, Parts]]
) -> None:
    found = readings_of_real_weeks(shop, number)
    traded = {label: number for label, number in found.items() if label != WITHOUT_TRADE}
    assert {label: _parts(number) for label, number in traded.items()} == expected[number]
    assert len(traded) == 53


def _parts(number: Number) -> Parts:
    return (number.numerator, number.denominator) if number.is_ratio else (number.value, None)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_week_without_trading_has_counts_of_0_and_everything_else_unknown(number: str, shop: Shop) -> None:
    (quiet,) = shop.readings(number, [parse(WITHOUT_TRADE)])
    assert quiet.value == (0 if number in COUNTS else None)


@pytest.mark.parametrize(
    ("label", "revenue", "orders", "customers", "units"),
    [
        ("2011-W46", "380407.57", 773, 614, 179_216),
        ("2011-W47", "308185.02", 684, 518, 162_568),
        ("2011-W48", "319874.99", 705, 582, 151_807),
        ("2011-W49", "300605.22", 547, 459, 160_166),
    ],
)
def test_the_last_four_weeks_are_those_of_the_books(
    label: str, revenue: str, orders: int, customers: int, units: int, shop: Shop
) -> None:
    found = [shop.readings(number, [parse(label)])[0].value for number in ("01", "04", "07", "06")]
    assert found == [Decimal(revenue), orders, customers, units]


def test_the_whole_file_has_the_facts_it_is_known_by(shop: Shop) -> None:
    start, end = date(2010, 12, 1), date(2011, 12, 10)
    whole = {number: shop.over(number, start, end) for number in NUMBERS if number != "08"}
    assert round(whole["01"].value or 0, 2) == Decimal("9747747.93")
    assert whole["13"] == whole["01"]
    assert whole["06"].value == 5_176_450
    assert whole["12"].denominator == 25_900
    assert whole["07"].value == 4_372
    shares = {number: round(whole[number].value or Decimal(0), 6) for number in ("14", "15", "10", "16")}
    assert shares == {
        "14": Decimal("0.160031"),
        "15": Decimal("0.082653"),
        "10": Decimal("0.141875"),
        "16": Decimal("0.398143"),
    }


def test_a_day_of_cancellations_has_a_negative_net_revenue(shop: Shop) -> None:
    (day,) = shop.readings("01", [Day(date(2011, 1, 5))])
    assert day.value == Decimal("-1566.23")


def test_an_order_booked_and_cancelled_within_minutes_leaves_no_revenue(shop: Shop) -> None:
    lines = sa.text("""
        select count(*), sum(quantity * unit_price), max(quantity * unit_price)
        from   staging.order_lines
        where  invoice_date >= '2011-12-09'
        and    abs(quantity * unit_price) > 100000
    """)
    with shop.engine.connect() as connection:
        assert tuple(connection.execute(lines).one()) == (2, 0, Decimal("168469.60"))


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_the_contract_reports_what_the_real_lines_break_and_still_lets_them_be_published(
    engine: str, shop: Shop, catalog: Catalog, real_data: Path
) -> None:
    dataset = catalog.datasets["order_lines"].dataset
    if engine == "duckdb":
        with duckdb.connect() as duck:
            duck.execute("create schema staging")
            names = ", ".join(column.name for column in dataset.columns)
            source = RAW.format(file=real_data / "online_retail.parquet")
            duck.execute(f"create table staging.order_lines as select * from ({source}) as raw({names})")
            found = verdicts_of(dataset, "staging.order_lines", duck, date(2026, 11, 20))
    else:
        with shop.engine.connect() as connection:
            found = verdicts_of(dataset, "staging.order_lines", connection, date(2026, 11, 20))
    broken = {verdict.check: verdict.rows for verdict in found.verdicts if verdict.level != "pass"}
    assert broken == {
        "quantity within -10000..10000": 5,
        "unit_price within 0..10000": 12,
        "a line is below 100,000": 2,
        "invoice_date never decreases by invoice_no": 5,
        "no gap above 7 days in invoice_date": 1,
        "at least 500 rows a day": 3,
        "newest invoice_date within 24 hours": 1,
    }
    tolerated = {verdict.check.split(" ")[0]: verdict.rows for verdict in found.verdicts if verdict.allowed}
    assert tolerated == {"description": 1_454, "customer_id": 135_080, "zero": 2_515, "unique": 5_268}
    assert found.level == "warn"
    assert found.score > 0.98
