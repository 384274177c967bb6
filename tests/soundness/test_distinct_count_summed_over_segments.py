"""Customers of two countries are not the customers of both added up: who buys in two is one customer.

So the headline is always the unsliced query, and a distinct count has no `.sum()` over weeks by accident either:
a roll-up over weeks is written down as a KPI of its own and reads recorded numbers.
"""

from collections.abc import Callable
from decimal import Decimal

from core.pipeline.running import run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]
QUERY = "select count(distinct customer) as value from staging.orders where at >= :start and at < :end"


def test_the_headline_counts_a_customer_of_two_countries_once(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = '(Column("at", "timestamptz"), Column("customer"), Column("country"))'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", columns={columns})')
    write(
        "sales",
        "kpi_01_customers.py",
        'kpi = KPI(title="T", owner="O", unit="customers", better="higher", '
        f'dimensions=("country",), measure=Query("{QUERY}"))',
    )
    sql("create table staging.orders (at timestamptz, customer text, country text)")
    sql(
        "insert into staging.orders values ('2026-11-10', 'a', 'ES'), ('2026-11-10', 'a', 'FR'), "
        "('2026-11-11', 'b', 'ES'), ('2026-11-17', 'c', 'ES')"
    )
    summed = sql(
        "select sum(n) from (select count(distinct customer) as n from staging.orders "
        "where at >= '2026-11-09' and at < '2026-11-16' group by country) as segments"
    )
    assert summed == [(Decimal(3),)]  # the wrong number
    run(open_shop("2026-11-20"), [])
    assert sql("select field_value from vl_analytics.scorecard") == [(Decimal(2),)]
