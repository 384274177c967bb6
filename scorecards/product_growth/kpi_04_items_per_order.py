"""Items per order: how much goes into a basket.

All items of the week over all its orders, so a large order weighs as much as it holds. One bulk order of thousands
of pieces moves it: look at the basket quartiles before praising the week.
"""

from core import KPI, Query

kpi = KPI(
    title="Items per order",
    owner="Merchandising",
    unit="items",
    better="higher",
    type="driver",
    tier="executive",
    kind="ratio",
    tags=("growth", "basket"),
    measure=Query("""
        select sum(items) as numerator,
               count(*) as denominator
        from   staging.orders
        where  ordered_at >= :start
        and    ordered_at <  :end
    """),
)
