"""Churn, 90 days: of the customers who owed us something three months ago, those who owed nothing in any month since.

Three snapshots stand for the 90 days. Whoever repaid and took a new loan within them has not gone. A write-off is
churn too: that customer does not come back. Without this month's snapshot everybody would seem gone: it is unknown.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Churn, 90 days",
    owner="Growth",
    unit="%",
    better="lower",
    cadence="monthly",
    target=Target(0.12, warn=0.15),
    type="guardrail",
    tier="leadership",
    kind="ratio",
    tags=("growth",),
    measure=Query("""
        select count(*) filter (where last_month < :start - interval '2 months') as numerator,
               case when max(last_month) >= :start then count(*) end as denominator
        from   (
                   select customer_id, max(snapshot_month) as last_month
                   from   staging.loan_book
                   where  balance > 0
                   and    snapshot_month >= :start - interval '3 months'
                   and    snapshot_month <  :end
                   group  by customer_id
                   having min(snapshot_month) < :start - interval '2 months'
               ) as customers
    """),
)
