"""The North Star, its drivers and its segments on real orders: the books' numbers of two months, and every week."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.engines.postgres import PostgresEngine
from core.expressions import Expression
from core.loads import Load
from core.measures import Query
from core.periods import Month, Period
from core.pipeline.loading import load
from core.pipeline.past import history
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.readings import Number, Reading, State
from core.settings import Settings
from core.sources.database import Answer
from core.sources.shape import counts_of, number_of

from .orders_of_lines import write_orders

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
OCTOBER, NOVEMBER = Month(date(2011, 10, 1)), Month(date(2011, 11, 1))
WHOLE = (date(2010, 12, 1), date(2011, 12, 10))
WITHOUT_TRADE = "2010-W52"


@dataclass(frozen=True)
class Shop:
    """The real orders, loaded and backfilled as a user would."""

    session: Session
    loaded: Load
    recorded: Mapping[tuple[str, str], Reading]

    def ask(self, sql: str, start: date, end: date) -> Answer:
        reader = self.session.databases.reader("warehouse", "Europe/London")
        assert isinstance(reader, PostgresEngine)
        with reader.pool.connect() as connection:
            rows = connection.execute(sa.text(sql), {"start": start, "end": end})
            return Answer(tuple(rows.keys()), [tuple(row) for row in rows])

    def over(self, slug: str, period: Period) -> Number:
        """A KPI over any period: its query, or its formula over its parents."""
        measure = self.session.catalog.by_name[f"product_growth.{slug}"].kpi.measure
        if isinstance(measure, Expression):
            return measure.number(period, self.over)
        assert isinstance(measure, Query)
        return number_of(self.ask(measure.sql, period.start, period.end))

    def segments(self, name: str, start: date, end: date) -> dict[tuple[str, str], Number]:
        bound = next(b for b in self.session.catalog.segments if b.name == f"product_growth.{name}")
        answer = self.ask(bound.segments.measure.sql, start, end)
        counts = counts_of(answer, "segment", bound.segments.names, bound.segments.counts)
        return {(segment, metric.name): number for segment, metric, number in bound.segments.numbers(counts)}

    def table(self, sql: str) -> list[tuple[object, ...]]:
        with self.session.writing() as connection:
            return [tuple(row) for row in connection.execute(sa.text(sql))]


@pytest.fixture(scope="module")
def shop(
    new_database: Callable[[str], str], migrated: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("growth")
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, date(2026, 11, 20))
    write_orders(real_data / "online_retail.parquet", home / "orders.parquet")
    loads = load(session, ["orders"], files={})
    assert loads.problems == []
    report = backfill(session, ["product_growth"], "2010-W48", "2011-W49")
    assert (report.recorded, report.problems) == ({"first": 9 * 54}, [])
    recorded = {
        (t.definition.slug, t.line.reading.period.label): t.line.reading for t in history(session, ["product_growth"])
    }
    yield Shop(session, loads.loads[0], recorded)
    session.close()


@pytest.mark.parametrize(
    ("month", "customers", "orders", "items", "vpac"),
    [(OCTOBER, 1_364, 1_929, 593_900, "435.4106"), (NOVEMBER, 1_664, 2_657, 669_051, "402.0739")],
)
def test_the_north_star_of_a_month_is_that_of_the_books(
    month: Period, customers: int, orders: int, items: int, vpac: str, shop: Shop
) -> None:
    found = [shop.over(slug, month).value for slug in ("active_customers", "total_orders", "total_items")]
    assert found == [customers, orders, items]
    star = shop.over("vpac", month).value
    assert star == Decimal(items) / Decimal(customers)
    assert round(star, 4) == Decimal(vpac)


def test_the_change_from_october_to_november_is_that_of_its_two_drivers(shop: Shop) -> None:
    """By the midpoint, each driver's change at the mean of the other: the two are the whole change."""
    before, after = (
        {
            slug: shop.over(slug, month).value or Decimal(0)
            for slug in ("vpac", "orders_per_customer", "items_per_order")
        }
        for month in (OCTOBER, NOVEMBER)
    )
    change = {slug: after[slug] - before[slug] for slug in after}
    middle = {slug: (after[slug] + before[slug]) / 2 for slug in after}
    frequency = change["orders_per_customer"] * middle["items_per_order"]
    basket = change["items_per_order"] * middle["orders_per_customer"]
    told = [round(part, 4) for part in (change["vpac"], frequency, basket)]
    assert told == [Decimal("-33.3366"), Decimal("51.0803"), Decimal("-84.4170")]
    assert abs(change["vpac"] - frequency - basket) < Decimal("1e-20")


def test_mean_orders_times_mean_baskets_is_another_number(shop: Shop) -> None:
    trap = """
        select avg(orders) * avg(basket) as trap, sum(items) / count(*) as truth
        from   (
                   select count(*) as orders, avg(items) as basket, sum(items) as items
                   from   staging.orders
                   where  ordered_at >= :start
                   and    ordered_at <  :end
                   group  by customer_id
               ) as customers
    """
    ((wrong, right),) = shop.ask(trap, *WHOLE).rows
    assert [round(Decimal(str(number)), 2) for number in (wrong, right)] == [Decimal("1082.86"), Decimal("1191.29")]


def test_in_every_week_the_north_star_is_items_over_customers_to_the_last_digit(shop: Shop) -> None:
    by_slug: dict[str, dict[str, Decimal | None]] = {}
    for (slug, label), reading in shop.recorded.items():
        by_slug.setdefault(slug, {})[label] = reading.value
    expected = {
        label: items / customers if items and customers else None
        for label, items in by_slug["total_items"].items()
        if (customers := by_slug["active_customers"][label]) is not None
    }
    assert by_slug["vpac"] == expected
    assert [label for label, value in expected.items() if value is None] == [WITHOUT_TRADE]


def test_a_week_without_trading_has_counts_of_0_and_everything_else_unknown(shop: Shop) -> None:
    quiet = {slug: reading for (slug, label), reading in shop.recorded.items() if label == WITHOUT_TRADE}
    assert {slug for slug, reading in quiet.items() if reading.value == 0} == {"active_customers", "total_orders"}
    assert {slug for slug, reading in quiet.items() if reading.value is not None} == {
        "active_customers",
        "total_orders",
    }


def test_the_week_that_the_source_leaves_on_friday_is_provisional(shop: Shop) -> None:
    notes = {label: r.note for (slug, label), r in shop.recorded.items() if slug == "total_orders" and r.note}
    assert notes == {"2011-W49": "orders reaches 2011-12-09 12:50"}


@pytest.mark.parametrize(
    ("segment", "customers", "share"),
    [
        ("one_time", 1_493, "0.0806"),
        ("occasional", 1_731, "0.2561"),
        ("regular", 777, "0.2795"),
        ("power", 337, "0.3839"),
    ],
)
def test_the_whole_period_by_frequency_is_that_of_the_books(
    segment: str, customers: int, share: str, shop: Shop
) -> None:
    found = shop.segments("frequency", *WHOLE)
    assert found[segment, "customers"].value == customers
    assert round(found[segment, "orders_share"].value or 0, 4) == Decimal(share)


@pytest.mark.parametrize("name", ["frequency", "basket"])
@pytest.mark.parametrize("month", [OCTOBER, NOVEMBER])
def test_the_segments_of_a_month_are_the_whole_month(name: str, month: Period, shop: Shop) -> None:
    found = shop.segments(name, month.start, month.end)

    def over_all(metric: str) -> Decimal:
        return sum((n.value or Decimal(0) for (_, told), n in found.items() if told == metric), Decimal(0))

    whole = [shop.over(slug, month).value for slug in ("active_customers", "total_orders", "total_items")]
    assert [over_all(metric) for metric in ("customers", "orders", "items")] == whole
    assert [over_all(metric) for metric in ("customers_share", "orders_share", "items_share")] == [1, 1, 1]


def test_a_quarter_of_the_customers_has_the_smallest_baskets(shop: Shop) -> None:
    found = shop.segments("basket", *WHOLE)
    shares = [found[quartile, "customers_share"].value or Decimal(0) for quartile in ("q1", "q2", "q3", "q4")]
    assert all(abs(share - Decimal("0.25")) < Decimal("0.002") for share in shares)
    baskets = [found[quartile, "items_per_order"].value or Decimal(0) for quartile in ("q1", "q2", "q3", "q4")]
    assert baskets == sorted(baskets)


def test_every_week_has_all_segments_and_shares_that_are_one_whole(shop: Shop) -> None:
    rows = shop.table("""
        select segment_set, period, count(*), sum(metric_value) filter (where metric = 'customers_share'),
               sum(metric_value) filter (where metric = 'orders_share'),
               sum(metric_value) filter (where metric = 'items_share'),
               count(*) filter (where metric_value is null)
        from   vl_analytics.segment
        group  by segment_set, period
    """)
    assert len(rows) == 2 * 54
    traded = {tuple(row[2:]) for row in rows if row[1] != WITHOUT_TRADE}
    assert traded == {(4 * 9, 1, 1, 1, 0)}
    assert {tuple(row[2:]) for row in rows if row[1] == WITHOUT_TRADE} == {(4 * 9, None, None, None, 4 * 6)}


def test_a_segment_that_nobody_was_in_is_0(shop: Shop) -> None:
    rows = shop.table("""
        select distinct empty.metric_value, empty.numerator, empty.denominator = whole.metric_value
        from   vl_analytics.segment as empty
        join   (
                   select segment_set, period, sum(metric_value) as metric_value
                   from   vl_analytics.segment
                   where  metric = 'customers'
                   group  by segment_set, period
               ) as whole using (segment_set, period)
        where  empty.segment = 'power'
        and    empty.metric = 'customers_share'
        and    empty.period in ('2011-W03', '2011-W07')
    """)
    assert rows == [(0, 0, True)]


def test_the_contract_tells_what_the_real_orders_break(shop: Shop) -> None:
    broken = {verdict.check: verdict.rows for verdict in shop.loaded.verdicts if verdict.level != "pass"}
    assert broken == {
        "an order has at most 10,000 items": 11,
        "an order is below 100,000": 1,
        "ordered_at never decreases by order_id": 1,
        "no gap above 7 days in ordered_at": 1,
        "newest ordered_at within 48 hours": 1,
    }
    tolerated = {verdict.check: verdict.rows for verdict in shop.loaded.verdicts if verdict.allowed}
    assert tolerated == {"items without outliers (iqr 12)": 130}
    assert (shop.loaded.rows, shop.loaded.level) == (18_532, "warn")


def test_every_reading_but_the_last_weeks_is_final(shop: Shop) -> None:
    states = {label: reading.state for (_, label), reading in shop.recorded.items()}
    assert {label for label, state in states.items() if state is not State.FINAL} == {"2011-W49"}
