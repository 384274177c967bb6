"""Orders of customers we know: one row each, with its basket.

The shop's order system drops them each night as orders.csv (or .parquet) into the folder of files; `kpi load orders`
takes all of them from there. An order is one sale with its items: cancellations, adjustments, guests and lines
without a price are left out before it is written. `reordered_items` are those of products that the same customer had
in an earlier order. Moments are the shop's local time.
"""

from core import Column, Dataset, File, fresh, max_gap, no_drift, ordered, outliers, rows_per_day, rule, unique

dataset = Dataset(
    owner="Product Growth",
    source=File("orders.*"),
    columns=(
        Column("order_id", nulls=0, max_length=20, also=("InvoiceNo",), weight=3),
        Column("customer_id", nulls=0, max_length=20, also=("CustomerID",), sensitive="hash", weight=3),
        Column("ordered_at", "timestamp", nulls=0, at_least="2010-01-01", at_most=":today", weight=3),
        Column("items", "integer", nulls=0, at_least=1, weight=2),
        Column("reordered_items", "integer", nulls=0, at_least=0, weight=2),
        Column("amount", "decimal(12,4)", nulls=0, at_least=0),
    ),
    checks=(
        unique("order_id", weight=3),
        rule(
            "no more items are reordered than ordered",
            holds="reordered_items <= items",
            columns=("order_id", "items", "reordered_items"),
            weight=2,
        ),
        # One such basket moves the North Star of its week: it shows, and counts.
        rule(
            "an order has at most 10,000 items",
            holds="items <= 10000",
            columns=("order_id", "items"),
            severity="warn",
        ),
        rule("an order is below 100,000", holds="amount < 100000", columns=("order_id", "amount"), severity="warn"),
        # The largest baskets are far out every week; more than one in a hundred are typing errors, or another trade.
        outliers("items", factor=12, columns=("order_id", "ordered_at"), allowed=0.01, weight=0.5),
        ordered("ordered_at", by="order_id", severity="warn"),
        max_gap("ordered_at", days=7, severity="warn"),
        rows_per_day("ordered_at", at_least=5, severity="warn"),
        fresh("ordered_at", hours=48, severity="warn", weight=0.5),
        no_drift(weight=0.5),
    ),
    watermark="ordered_at",
    index=("ordered_at", "customer_id, ordered_at"),
)
