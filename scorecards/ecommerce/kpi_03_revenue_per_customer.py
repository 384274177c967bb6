"""Net revenue per customer, of the customers we know.

Guests have no number: their lines are in neither part, so this is not net revenue divided by active customers.
A customer who only returned something in the week is counted, and brings the value down. Over several weeks, a customer
counts once in each: a month's own value is higher.
"""

from core import KPI, Query

kpi = KPI(
    title="Net revenue per customer",
    owner="Product",
    unit="GBP",
    better="higher",
    sensitivity=0.10,
    type="driver",
    tier="executive",
    kind="ratio",
    dimensions=("country",),
    measure=Query("""
        select sum(quantity * unit_price) as numerator,
               count(distinct customer_id) as denominator
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
        and    customer_id is not null
    """),
)
