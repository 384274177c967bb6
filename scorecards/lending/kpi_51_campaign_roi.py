"""Campaign return: first-year income of the loans that campaigns brought in the month, less the spend, over the spend.

-100 % is all money lost, 0 % is money back within a year. Loans that name no campaign are not in it, and a campaign
that sells late is punished in its first month. Funding and losses are not taken off.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Campaign return",
    owner="Marketing",
    unit="%",
    better="higher",
    cadence="monthly",
    target=Target(0.4, warn=0.1),
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("growth",),
    dimensions=("campaign", "channel"),
    measure=Query("""
        select sum(income) - sum(spend) as numerator,
               sum(spend) as denominator
        from   (
                   select channel, campaign, spend, 0 as income
                   from   staging.marketing_spend
                   where  spent_on >= :start
                   and    spent_on <  :end
                   union  all
                   select channel, campaign, null, first_year_income
                   from   staging.applications_funnel
                   where  campaign is not null
                   and    booked_at >= :start
                   and    booked_at <  :end
               ) as parts
    """),
)
