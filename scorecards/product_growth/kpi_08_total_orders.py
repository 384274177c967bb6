"""Orders of customers we know.

One row is one order. Orders of guests are in none of these numbers, so this is fewer than the shop took. A week
without an order has 0.
"""

from core import KPI, Query

kpi = KPI(
    title="Orders",
    owner="Product Growth",
    unit="orders",
    better="higher",
    type="diagnostic",
    tier="diagnostic",
    kind="flow",
    tags=("growth", "volume"),
    measure=Query("""
        select count(*) as value
        from   staging.orders
        where  ordered_at >= :start
        and    ordered_at <  :end
    """),
)
