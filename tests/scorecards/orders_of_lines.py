"""An adapter: real order lines as the orders that the dataset of product_growth holds."""

from pathlib import Path

import duckdb

ORDERS = """
    with sales as (
        select InvoiceNo as order_id, CustomerID as customer_id, StockCode as code, Quantity as pieces,
               Quantity * UnitPrice::decimal(12, 4) as money,
               min(InvoiceDate) over (partition by InvoiceNo) as ordered_at
        from   read_parquet($lines)
        where  not regexp_matches(InvoiceNo, '^[CA]')
        and    Quantity > 0
        and    UnitPrice > 0
        and    CustomerID is not null
    ),
    products as (
        select order_id, customer_id, ordered_at, code, sum(pieces) as pieces, sum(money) as money,
               row_number() over (partition by customer_id, code order by ordered_at, order_id) > 1 as again
        from   sales
        group  by order_id, customer_id, ordered_at, code
    )
    select order_id, customer_id, ordered_at,
           sum(pieces)::bigint as items,
           coalesce(sum(pieces) filter (where again), 0)::bigint as reordered_items,
           sum(money)::decimal(12, 4) as amount
    from   products
    group  by order_id, customer_id, ordered_at
    order  by ordered_at, order_id
"""


def write_orders(lines: Path, to: Path) -> Path:
    """The orders as a Parquet file, as the order system would drop it."""
    with duckdb.connect() as duck:
        duck.execute(f"copy ({ORDERS}) to '{to}' (format parquet)", {"lines": str(lines)})
    return to
