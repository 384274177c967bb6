"""Units sold, net of what came back.

The sum of all quantities: returns and cancellations take off, and so do write-offs of stock, which are booked as
negative lines without a price. A week without any line is unknown, not 0.
"""

from core import KPI, Query

kpi = KPI(
    title="Units sold",
    owner="Operations",
    unit="units",
    better="higher",
    sensitivity=0.08,
    type="driver",
    tier="leadership",
    kind="flow",
    dimensions=("stock_code",),
    measure=Query("""
        select sum(quantity) as value
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
