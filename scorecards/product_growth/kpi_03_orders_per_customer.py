"""Orders per active customer: how often those who ordered in the week did so.

Who did not order is in neither part, so it is never below 1, and it can rise because occasional customers stay away:
read it beside active customers. Longer periods have a higher one: a month is not the mean of its weeks.
"""

from core import KPI, Query

kpi = KPI(
    title="Orders per customer",
    owner="Retention",
    unit="orders",
    better="higher",
    type="driver",
    tier="executive",
    tags=("growth", "frequency"),
    measure=Query("""
        select count(*) as numerator,
               count(distinct customer_id) as denominator
        from   staging.orders
        where  ordered_at >= :start
        and    ordered_at <  :end
    """),
)
