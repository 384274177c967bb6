"""Balance per customer: what a customer with an open loan owes, all loans together.

Customers, not loans: somebody with two loans is one. A part of the customer lifetime value.
"""

from core import KPI, Query

kpi = KPI(
    title="Balance per customer",
    owner="Finance",
    unit="GBP",
    better="neither",
    cadence="monthly",
    type="diagnostic",
    tier="diagnostic",
    kind="ratio",
    tags=("unit economics",),
    dimensions=("channel", "region"),
    measure=Query("""
        select sum(balance) as numerator,
               count(distinct customer_id) as denominator
        from   staging.loan_book
        where  balance > 0
        and    snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
