"""Roll rate 30 to 60: of the loans 30 to 59 days late a month ago, those that are 60 days late or more now.

By count, not by balance. A loan that has left the book since stays in the denominator: it did not roll, and leaving it
out would make the rest look worse. Without this month's snapshot nobody knows, and nobody has rolled 0 %.
"""

from core import KPI, Query

kpi = KPI(
    title="Roll rate, 30 to 60 days",
    owner="Collections",
    unit="%",
    better="lower",
    cadence="monthly",
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select case when count(rolled) > 0 then count(*) filter (where rolled) end as numerator,
               count(*) as denominator
        from   (
                   select snapshot_month, days_past_due, closed_on, channel, region,
                          lead(days_past_due) over (partition by loan_id order by snapshot_month) >= 60 as rolled
                   from   staging.loan_book
                   where  snapshot_month >= :start - interval '1 month'
                   and    snapshot_month <  :end
               ) as loans
        where  days_past_due >= 30
        and    days_past_due <  60
        and    closed_on is null
        and    snapshot_month < :start
    """),
)
