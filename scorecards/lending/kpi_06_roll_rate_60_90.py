"""Roll rate 60 to 90: of the loans 60 to 89 days late a month ago, those that are 90 days late or more now.

By count, as the roll rate before it. What rolls here is mostly lost: it is the last month in which a call helps. A
few loans decide it in a small book, so look at the two numbers it is made of.
"""

from core import KPI, Query

kpi = KPI(
    title="Roll rate, 60 to 90 days",
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
                          lead(days_past_due) over (partition by loan_id order by snapshot_month) >= 90 as rolled
                   from   staging.loan_book
                   where  snapshot_month >= :start - interval '1 month'
                   and    snapshot_month <  :end
               ) as loans
        where  days_past_due >= 60
        and    days_past_due <  90
        and    closed_on is null
        and    snapshot_month < :start
    """),
)
