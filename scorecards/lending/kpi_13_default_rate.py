"""Default rate: of the loans that performed a year ago, those that went into default within the twelve months since.

By count. In default is 90 days late, non-accrual, or written off, be it for one month only: what came back later had
gone all the same. It is the first factor of the expected loss. Needs a snapshot of a year ago, else it is unknown.
"""

from core import KPI, Query

kpi = KPI(
    title="Default rate, 12 months",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    type="diagnostic",
    tier="diagnostic",
    kind="ratio",
    tags=("portfolio",),
    measure=Query("""
        select count(*) filter (where defaulted) as numerator,
               case when max(last_month) >= :start then count(*) end as denominator
        from   (
                   select max(snapshot_month) as last_month,
                          bool_or(days_past_due >= 90 or annual_rate = 0 or written_off > 0) as defaulted
                   from   staging.loan_book
                   where  snapshot_month >= :start - interval '12 months'
                   and    snapshot_month <  :end
                   group  by loan_id
                   having bool_or(snapshot_month < :start - interval '11 months' and balance > 0
                                  and days_past_due < 90 and annual_rate is distinct from 0)
               ) as loans
    """),
)
