"""Net revenue, read by country.

The same money as total revenue; it is a KPI of its own so that its largest countries stand below it as rows, what
each was sold and what it gave back.
Few lines make a small country: one cancelled order can turn its week negative.
"""

from core import KPI, Query

kpi = KPI(
    title="Net revenue by country",
    owner="International",
    unit="GBP",
    better="higher",
    sensitivity=0.12,
    type="diagnostic",
    tier="operational",
    kind="flow",
    dimensions=("country",),
    measure=Query("""
        select sum(quantity * unit_price) as value
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
