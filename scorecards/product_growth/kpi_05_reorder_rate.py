"""Share of the week's items that the customer had ordered before.

Weighted by items: reordered items over all items. The mean of each order's own share would be another number, in
which a basket of two counts like one of two hundred. A wave of new customers lowers it, and that is no bad news.
"""

from core import KPI, Limit, Query, Target

kpi = KPI(
    title="Reorder rate",
    owner="Retention",
    unit="%",
    better="higher",
    type="guardrail",
    tier="leadership",
    kind="ratio",
    tags=("growth", "loyalty"),
    target=Target(warn=0.30),
    limits=(Limit(-0.03, severity="medium"),),
    measure=Query("""
        select sum(reordered_items) as numerator,
               sum(items) as denominator
        from   staging.orders
        where  ordered_at >= :start
        and    ordered_at <  :end
    """),
)
