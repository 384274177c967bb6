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
        select count(*) filter (where days_past_due = 0) as numerator,
               count(*) as denominator
        from   (
                   select snapshot_month, days_past_due, days_past_due_before, channel, region,
                          30 * least(days_past_due_before / 30, 3) as bucket
                   from   staging.loan_book
               ) as loans
        where  days_past_due_before >= 30
        and    snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
