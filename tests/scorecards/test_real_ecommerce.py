"""The sixteen retail KPIs on real order lines: every week, exactly, against an independent calculation.

`readings_of_real_weeks` is the one place that turns files into numbers: definitions, database, query, number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.engines.postgres import PostgresEngine
from core.loads import Load
from core.measures import Query
from core.pipeline.loading import load
from core.pipeline.past import history
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.readings import Number, Reading, State
from core.settings import Settings
from core.sources.database import Answer
from core.sources.shape import number_of
from core.sources.staging import check_in_place

from .oracle import Parts, expected_weeks

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
NUMBERS = [f"{number:02}" for number in range(1, 17)]
COUNTS = {"04", "07", "09"}
WITHOUT_TRADE = "2010-W52"


@dataclass(frozen=True)
class Shop:
    """The real order lines, loaded and backfilled as a user would."""

    session: Session
    loaded: Load
    recorded: Mapping[tuple[str, str], Reading]

    @property
    def engine(self) -> sa.Engine:
        reader = self.session.databases.reader("warehouse", "Europe/London")
        assert isinstance(reader, PostgresEngine)
        return reader.pool

    def over(self, number: str, start: date, end: date) -> Number:
        """The same query over any range of days: what the source's own facts are told for."""
        measure = self.session.catalog.by_name[f"ecommerce.{number}"].kpi.measure
        assert isinstance(measure, Query)
        with self.engine.connect() as connection:
            rows = connection.execute(sa.text(measure.sql), {"start": start, "end": end})
            return number_of(Answer(tuple(rows.keys()), [tuple(row) for row in rows]))


@pytest.fixture(scope="module")
def shop(
    new_database: Callable[[str], str], migrated: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("shop")
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, date(2026, 11, 20))
    loads = load(session, ["order_lines"], files={"order_lines": str(real_data / "online_retail.parquet")})
    report = backfill(session, ["ecommerce"], "2010-W48", "2011-W49")
    assert report.recorded == {"first": 16 * 54}
    recorded = {
        (t.definition.number, t.line.reading.period.label): t.line.reading for t in history(session, ["ecommerce"])
    }
    yield Shop(session, loads.loads[0], recorded)
    session.close()


def readings_of_real_weeks(shop: Shop, number: str) -> Mapping[str, Number]:
    """The recorded number for each of the 54 weeks, by the week's name."""
    return {label: reading.number for (kpi, label), reading in shop.recorded.items() if kpi == number}


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
    quiet = shop.recorded[number, WITHOUT_TRADE]
    assert quiet.value == (0 if number in COUNTS else None)
    assert quiet.state is State.FINAL


@pytest.mark.parametrize("number", NUMBERS)
def test_the_week_that_the_source_leaves_on_friday_is_provisional_and_no_other(number: str, shop: Shop) -> None:
    provisional = {label: r.note for (kpi, label), r in shop.recorded.items() if kpi == number and r.state != "final"}
    assert provisional == {"2011-W49": "order_lines reaches 2011-12-09 12:50"}


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
    found = [shop.recorded[number, label].value for number in ("01", "04", "07", "06")]
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


def test_the_countries_of_every_week_are_its_revenue_and_its_orders(shop: Shop) -> None:
    """Sold less taken back, over all rows, to the last digit; also where a country gave back more than it was sold."""
    with shop.engine.connect() as connection:
        rows = connection.execute(
            sa.text("""
                select period, sum(metric_value) filter (where metric = 'sold')
                               - sum(metric_value) filter (where metric = 'taken_back'),
                       sum(metric_value) filter (where metric = 'orders'),
                       sum(metric_value) filter (where metric = 'sold_share'), count(*)
                from   vl_analytics.segment
                where  segment_set = 'country'
                group  by period
            """)
        ).all()
    assert len(rows) == 54
    assert {period: (revenue, orders) for period, revenue, orders, *_ in rows if period != WITHOUT_TRADE} == {
        period: (shop.recorded["13", period].value, shop.recorded["04", period].value)
        for period in readings_of_real_weeks(shop, "13")
        if period != WITHOUT_TRADE
    }
    assert {(period == WITHOUT_TRADE, *more) for period, _, _, *more in rows} == {
        (False, 1, 9 * 6),
        (True, None, 9 * 6),
    }


def test_the_named_countries_are_the_largest_and_one_may_give_back_more_than_it_was_sold(shop: Shop) -> None:
    with shop.engine.connect() as connection:
        largest = connection.execute(
            sa.text("""
                select country
                from   staging.order_lines
                group  by country
                order  by sum(quantity * unit_price) desc
                limit  8
            """)
        ).scalars()
        (bound,) = shop.session.catalog.segments_of([shop.session.catalog.by_name["ecommerce.revenue_by_country"]])
        assert list(largest) == list(bound.segments.names.values())[:8]
        below = connection.execute(
            sa.text("""
                select count(*)
                from   vl_analytics.segment as sold
                       join vl_analytics.segment as returned using (segment_set, segment, period)
                where  sold.metric = 'sold'
                and    returned.metric = 'taken_back'
                and    returned.metric_value > sold.metric_value
            """)
        ).scalar_one()
    assert below == 12


def test_a_day_of_cancellations_has_a_negative_net_revenue(shop: Shop) -> None:
    day = shop.over("01", date(2011, 1, 5), date(2011, 1, 6))
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
    engine: str, shop: Shop
) -> None:
    found = shop.loaded
    if engine == "postgres":
        bound = shop.session.catalog.datasets["order_lines"]
        with shop.session.writing() as connection:
            found = check_in_place(shop.session.driver(connection), bound, date(2026, 11, 20))
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
