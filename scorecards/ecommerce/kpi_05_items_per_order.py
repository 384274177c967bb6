"""Items per order, net of what came back.

All quantities of the week, returns taken off, over the orders of the week (distinct invoices that start with
neither C nor A). One bulk order of thousands of pieces moves it: look at the orders before praising the week.
"""

from core import KPI, Query

kpi = KPI(
    title="Items per order",
    owner="Product",
    unit="items",
    better="higher",
    sensitivity=0.10,
    type="driver",
    tier="leadership",
    kind="ratio",
    dimensions=("country",),
    measure=Query("""
        select sum(quantity) as numerator,
               count(distinct invoice_no) filter (where left(invoice_no, 1) not in ('C', 'A')) as denominator
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
