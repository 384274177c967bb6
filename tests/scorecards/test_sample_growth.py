"""The sample orders of product_growth look like a business: every segment occurs, and bad weeks show."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from core.discovery import read_catalog

CATALOG = read_catalog(Path(__file__).parents[2] / "scorecards")
LAST = date(2026, 11, 16)


@pytest.fixture(scope="module")
def orders() -> Iterator[duckdb.DuckDBPyConnection]:
    """160 weeks of sample orders."""
    bound = CATALOG.datasets["orders"]
    with duckdb.connect() as duck:
        columns = ", ".join(f"{c.name} {c.type}" for c in bound.dataset.columns)
        duck.execute(f"create table orders ({columns})")
        duck.execute(
            f"insert into orders {bound.sample.read_text()}", {"first": LAST - timedelta(weeks=160), "last": LAST}
        )
        yield duck


def test_power_customers_come_in_some_weeks_and_in_others_the_segment_is_empty(
    orders: duckdb.DuckDBPyConnection,
) -> None:
    weeks = """
        select count(*) filter (where most >= 11) between 30 and 130, min(most) >= 2
        from   (
                   select week, max(n) as most
                   from   (
                              select date_trunc('week', ordered_at) as week, count(*) as n
                              from   orders
                              group  by week, customer_id
                          ) as customers
                   group  by week
               ) as weeks
    """
    assert orders.execute(weeks).fetchall() == [(True, True)]


def test_a_broken_app_and_the_days_without_deliveries_show(orders: duckdb.DuckDBPyConnection) -> None:
    weeks = orders.execute("""
        select date_trunc('week', ordered_at)::date, count(*), sum(items) / count(distinct customer_id),
               sum(reordered_items) / sum(items), count(*) filter (where items <= 3) / count(*)
        from   orders
        group  by 1
        order  by 1
    """).fetchall()
    usual = sorted(vpac for _, _, vpac, _, _ in weeks)[80]
    broken = [week for week, _, vpac, _, _ in weeks if vpac < 0.7 * usual]
    assert 1 <= len(broken) <= 8
    busiest, quietest = max(weeks, key=lambda week: week[1]), min(weeks, key=lambda week: week[1])
    assert quietest[0].month in (12, 1)
    assert quietest[1] < busiest[1] / 2
    assert 1 <= sum(rate < 0.30 for *_, rate, _ in weeks) <= 24
    assert 4 <= sum(small > 0.30 for *_, small in weeks) <= 40
