"""Cost per pound recovered: what the week's attempts cost, over what was paid in the week on promises.

Money that came in without a promise is not counted, nor is what was recovered after a write-off. The payments of a
week answer calls of weeks before: after a week of few calls it looks better than it is.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Cost per pound recovered",
    owner="Collections",
    unit="GBP",
    better="lower",
    target=Target(0.04, warn=0.05),
    type="guardrail",
    tier="operational",
    kind="ratio",
    tags=("collections",),
    dimensions=("channel",),
    measure=Query("""
        select sum(cost) filter (where contacted_at >= :start and contacted_at < :end) as numerator,
               sum(amount_paid) filter (where paid_on >= :start and paid_on < :end) as denominator
        from   staging.collections_contacts
        where  (contacted_at >= :start and contacted_at < :end)
        or     (paid_on >= :start and paid_on < :end)
    """),
)
