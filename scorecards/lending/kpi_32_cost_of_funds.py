"""Cost of funds: a year's interest and fees on what we have borrowed, over what is drawn.

Of all facilities together, so a large cheap one weighs more than a small dear one. Our own capital costs nothing
here, which flatters a book that is funded by it.
"""

from core import KPI, Query

kpi = KPI(
    title="Cost of funds",
    owner="Treasury",
    unit="%",
    better="lower",
    cadence="monthly",
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("unit economics",),
    dimensions=("facility",),
    measure=Query("""
        select 12 * sum(interest + fees) as numerator,
               sum(drawn) as denominator
        from   staging.funding_costs
        where  month >= :start
        and    month <  :end
    """),
)
