"""Retention, 12 months: of the customers who owed us something a year ago, those who do now.

By the same loan or by a new one: somebody who repaid and came back was kept. Loans of three years flatter it, for
their customers cannot leave. Without a snapshot of a year ago, or of this month, it is unknown.
"""

from core import KPI, Query

kpi = KPI(
    title="Retention, 12 months",
    owner="Growth",
    unit="%",
    better="higher",
    cadence="monthly",
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("growth",),
    measure=Query("""
        select count(*) filter (where last_month >= :start) as numerator,
               case when max(last_month) >= :start then count(*) end as denominator
        from   (
                   select customer_id, max(snapshot_month) as last_month
                   from   staging.loan_book
                   where  snapshot_month >= :start - interval '12 months'
                   and    snapshot_month <  :end
                   and    balance > 0
                   group  by customer_id
                   having min(snapshot_month) < :start - interval '11 months'
               ) as customers
    """),
)
