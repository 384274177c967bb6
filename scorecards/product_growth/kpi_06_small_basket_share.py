"""Share of the week's orders with three items or fewer.

Items are pieces, not lines: six of one product are no small basket. Each order counts once whatever it is worth, so
the share can rise while items per order, which hangs on the largest baskets, rises too.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Small basket share",
    owner="Product Quality",
    unit="%",
    better="lower",
    type="guardrail",
    tier="leadership",
    kind="ratio",
    tags=("growth", "basket"),
    target=Target(warn=0.30),
    measure=Query("""
        select count(*) filter (where items <= 3) as numerator,
               count(*) as denominator
        from   staging.orders
        where  ordered_at >= :start
        and    ordered_at <  :end
    """),
)
