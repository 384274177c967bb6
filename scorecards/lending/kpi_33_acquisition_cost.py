"""Acquisition cost: the month's marketing spend for each loan booked in the month.

All loans, also those that came by themselves. Spend works late: in a month of a new campaign it is too high. The two
tables are laid below each other: joined, a week's spend would count once for each loan. No spend known, no cost.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Acquisition cost",
    owner="Marketing",
    unit="GBP",
    better="lower",
    cadence="monthly",
    target=Target(440, warn=520),
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("unit economics",),
    dimensions=("channel",),
    measure=Query("""
        select sum(spend) as numerator,
               sum(booked) as denominator
        from   (
                   select channel, spend, 0 as booked
                   from   staging.marketing_spend
                   where  spent_on >= :start
                   and    spent_on <  :end
                   union  all
                   select channel, null, 1
                   from   staging.applications_funnel
                   where  booked_at >= :start
                   and    booked_at <  :end
               ) as parts
    """),
)
