"""Items in the orders of customers we know.

Pieces as they were ordered: what comes back later takes nothing off. One bulk order can be a large part of a week. A
week without an order has no sum: it is unknown, not 0.
"""

from core import KPI, Query

kpi = KPI(
    title="Items ordered",
    owner="Product Growth",
    unit="items",
    better="higher",
    type="diagnostic",
    tier="diagnostic",
    kind="flow",
    tags=("growth", "volume"),
    measure=Query("""
        select sum(items) as value
        from   staging.orders
        where  ordered_at >= :start
        and    ordered_at <  :end
    """),
)
