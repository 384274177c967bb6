"""Median days since the customer's previous order, over the orders of the week.

Calendar days, looking back over all the data; a second order on the same day is 0 days after the first. First orders
have no previous one and are left out. It sees only those who came back: when patient customers stay away for good, it
falls. Where the data has just begun it is too low, for nothing long ago is there to look back to.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Median days since prior order",
    owner="Retention",
    unit="days",
    better="lower",
    type="guardrail",
    tier="operational",
    tags=("growth", "frequency"),
    target=Target(warn=30),
    measure=Query("""
        select percentile_cont(0.5) within group (order by day - prior_day) as value
        from   (
                   select ordered_at,
                          cast(ordered_at as date) as day,
                          lag(cast(ordered_at as date)) over (
                              partition by customer_id order by ordered_at, order_id
                          ) as prior_day
                   from   staging.orders
                   where  ordered_at < :end
               ) as orders
        where  ordered_at >= :start
    """),
)
