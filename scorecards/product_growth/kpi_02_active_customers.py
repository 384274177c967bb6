"""Customers who ordered in the week, each counted once.

Weeks do not add up: somebody who orders in two weeks of a month is one customer of that month. A month has its last
week's or their mean, or is counted anew; never their sum.
"""

from core import KPI, Limit, Query

kpi = KPI(
    title="Active customers",
    owner="Marketing",
    unit="customers",
    better="higher",
    type="driver",
    tier="executive",
    kind="stock",
    tags=("growth", "reach"),
    limits=(Limit(-0.02, severity="medium"),),
    measure=Query("""
        select count(distinct customer_id) as value
        from   staging.orders
        where  ordered_at >= :start
        and    ordered_at <  :end
    """),
)
