"""The wrong number: the mean of ratios in place of the ratio of the sums.

A week with 4 forms weighs as much as one with 400. Basket size by customer, averaged, is not the basket size.
"""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from core.dataset import Column
from core.expressions import ref
from core.periods import Period, Week
from core.queries import faults
from core.readings import Number, mean

WEEK = Week.of(2026, 47)
EARLY_OF_ALL = [(1, 4), (30, 400), (9, 120), (12, 96)]  # forms within the first 60 days / forms, four weeks
SHARES = [Number.ratio(Decimal(early), Decimal(forms)) for early, forms in EARLY_OF_ALL]
TABLES = {
    "staging.orders": [
        *(Column("customer_id", nulls=0), Column("ordered_at", "timestamp"), Column("items", "integer")),
        Column("amount", "decimal(12,2)"),
    ]
}


def query(chosen: str, source: str = "staging.orders") -> str:
    return f"select {chosen} from {source} where ordered_at >= :start and ordered_at < :end"


def test_the_mean_of_four_shares_is_the_share_of_all_forms():
    found = mean(SHARES)
    assert (found.numerator, found.denominator) == (52, 620)
    assert found.value == Decimal(52) / Decimal(620)


def test_the_mean_of_the_ratios_would_be_half_as_high_again():
    plain = sum(share.value or Decimal(0) for share in SHARES) / len(SHARES)
    found = mean(SHARES).value
    assert found is not None
    assert plain / found - 1 == pytest.approx(Decimal("0.5649"), abs=Decimal("0.0001"))


def test_a_ref_rolls_a_ratio_up_by_its_parts():
    def recorded(name: str, period: Period) -> Number:
        parts = {"early": 0, "forms": 1}
        weeks = {WEEK.shift(-n): pair for n, pair in enumerate(EARLY_OF_ALL)}
        assert isinstance(period, Week)
        if name == "share":
            early, forms = weeks[period]
            return Number.ratio(Decimal(early), Decimal(forms))
        return Number(Decimal(weeks[period][parts[name]]))

    rolled = ref("share").mean(weeks=4).number(WEEK, recorded)
    assert rolled == (ref("early").sum(weeks=4) / ref("forms").sum(weeks=4)).number(WEEK, recorded)


@pytest.mark.real
def test_on_a_year_of_real_orders_the_mean_of_means_is_nine_percent_off(real_data: Path):
    """Orders per customer times the mean of each customer's mean basket, against items per customer."""
    with duckdb.connect() as connection:
        row = connection.execute(
            """
            with orders as (
                select "CustomerID" as customer_id, "InvoiceNo" as invoice_no, sum("Quantity") as items
                from   read_parquet($1)
                where  "CustomerID" is not null
                and    "Quantity" > 0
                and    "UnitPrice" > 0
                and    not regexp_matches("InvoiceNo", '^[CA]')
                group  by all
            ),
            customers as (
                select customer_id, count(*) as orders, avg(items) as basket from orders group by all
            )
            select sum(items) / count(distinct customer_id),
                   (select avg(orders) * avg(basket) from customers)
            from   orders
            """,
            [str(real_data / "online_retail.parquet")],
        ).fetchone()
    assert row is not None
    of_sums, of_means = row
    assert (round(of_sums, 2), round(of_means, 2)) == (1191.29, 1082.86)
    assert round(1 - of_means / of_sums, 2) == 0.09


@pytest.mark.parametrize(
    "sql",
    [
        query("avg(amount / items) as value"),
        query("avg(amount / nullif(items, 0)) filter (where items > 1) as value"),
        query("avg(case when items > 0 then amount / items end) as value"),
        query("sum(amount / items) / count(*) as value"),
        "with baskets as (select customer_id, sum(items) / count(*) as basket from staging.orders "
        "where ordered_at >= :start and ordered_at < :end group by 1) select avg(basket) as value from baskets",
    ],
)
def test_a_query_that_takes_it_is_refused(sql: str):
    told = faults(sql, tables=TABLES)
    assert any("is a mean of ratios. Give the ratio of the sums" in sentence for sentence in told)


@pytest.mark.parametrize(
    "chosen",
    [
        "sum(amount) as numerator, sum(items) as denominator",
        "avg(amount) as value",
        "avg(items / 60.0) as value",
        "sum(amount / items) as numerator, count(*) as denominator",
    ],
)
def test_the_ratio_of_sums_and_plain_means_are_welcome(chosen: str):
    assert faults(query(chosen), tables=TABLES) == []
