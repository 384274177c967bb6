"""Net revenue: what was sold minus what was taken back.

Every line counts: cancellations (invoices with C) and adjustments (A) bring it down in the week they are booked,
which may be later than the sale. A single day can be negative. A week without any line is unknown, not 0.
"""

from core import KPI, Query

kpi = KPI(
    title="Net revenue",
    owner="Finance",
    unit="GBP",
    better="higher",
    sensitivity=0.05,
    critical_drop=0.15,
    type="north_star",
    tier="executive",
    kind="flow",
    dimensions=("country",),
    measure=Query("""
        select sum(quantity * unit_price) as value
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
