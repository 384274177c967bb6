"""Order lines of the shop: one row for each product on each invoice.

Invoices that start with C are cancellations and returns, those with A adjustments; a line without a customer
is a guest's. Dates are the shop's local time. What the real lines are known to break is a warning: it shows,
and the week is still published.
"""

from core import Column, Dataset, File, fresh, max_gap, no_drift, ordered, rows_per_day, rule, unique

LINE = ("invoice_no", "stock_code", "description", "quantity", "invoice_date", "unit_price", "customer_id", "country")

dataset = Dataset(
    owner="Commercial",
    source=File("order_lines.*"),
    columns=(
        Column("invoice_no", nulls=0, pattern=r"^[CA]?\d{6}$", also=("InvoiceNo", "Invoice"), weight=3),
        Column("stock_code", nulls=0, max_length=20, also=("StockCode",)),
        Column("description", nulls=0.05, max_length=500, severity="warn", weight=0.5),
        Column("quantity", "integer", at_least=-10_000, at_most=10_000, severity="warn", weight=2),
        Column(
            "invoice_date",
            "timestamp",
            nulls=0,
            at_least="2010-01-01",
            at_most=":today",
            also=("InvoiceDate",),
            weight=3,
        ),
        Column(
            "unit_price",
            "decimal(12,4)",
            at_least=0,
            at_most=10_000,
            also=("UnitPrice", "Price"),
            severity="warn",
            weight=2,
        ),
        Column("customer_id", pattern=r"^\d{5}$", also=("CustomerID", "Customer ID"), weight=2),
        Column("country", nulls=0, weight=2),
    ),
    checks=(
        # Without a quantity or a price a line would drop out of every sum without a sound.
        rule(
            "quantity and unit_price are known",
            holds="quantity is not null and unit_price is not null",
            columns=("invoice_no", "quantity", "unit_price"),
            weight=3,
        ),
        rule(
            "a C invoice takes back",
            holds="invoice_no not like 'C%' or quantity < 0",
            columns=("invoice_no", "quantity"),
            weight=2,
        ),
        rule(
            "a line is below 100,000",
            holds="abs(quantity * unit_price) < 100000",
            columns=("invoice_no", "quantity", "unit_price"),
            severity="warn",
            weight=2,
        ),
        # Guests are a fact of the trade, not a fault of the data: too many of them is a warning.
        rule(
            "customer_id null at most 25%",
            holds="customer_id is not null",
            columns=("invoice_no", "customer_id"),
            allowed=0.25,
            severity="warn",
        ),
        rule(
            "zero prices at most 2%",
            holds="unit_price <> 0",
            columns=("invoice_no", "stock_code", "unit_price"),
            allowed=0.02,
            severity="warn",
        ),
        unique(*LINE, allowed=0.01, severity="warn"),
        # Sales and cancellations are numbered in one sequence: the letter is no part of the order.
        ordered("invoice_date", by="invoice_no", key="right(invoice_no, 6)", severity="warn"),
        max_gap("invoice_date", days=7, severity="warn"),
        rows_per_day("invoice_date", at_least=100, weight=2),
        rows_per_day("invoice_date", at_least=500, severity="warn"),
        fresh("invoice_date", hours=24, severity="warn", weight=0.5),
        no_drift(weight=0.5),
    ),
    watermark="invoice_date",
    index=("invoice_date", "customer_id, invoice_date, invoice_no"),
)
