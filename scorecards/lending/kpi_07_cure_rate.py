"""Cure rate: of the loans 30 days late or more a month ago, those that are current now.

By count. Current is not a day late: a loan that is 10 days late is better, and not cured. What was repaid in full is
cured; what was written off is not, and stays in the denominator. `bucket` is how late it was: 30, 60, or 90 and more.
"""

from core import KPI, Query

kpi = KPI(
    title="Cure rate",
    owner="Collections",
    unit="%",
    better="higher",
    cadence="monthly",
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("bucket", "channel", "region"),
    measure=Query("""
        select case when count(cured) > 0 then count(*) filter (where cured) end as numerator,
               count(*) as denominator
        from   (
                   select snapshot_month, days_past_due, closed_on, channel, region,
                          30 * least(days_past_due / 30, 3) as bucket,
                          lead(days_past_due) over (partition by loan_id order by snapshot_month) = 0 as cured
                   from   staging.loan_book
                   where  snapshot_month >= :start - interval '1 month'
                   and    snapshot_month <  :end
               ) as loans
        where  closed_on is null
        and    days_past_due >= 30
        and    snapshot_month < :start
    """),
)
