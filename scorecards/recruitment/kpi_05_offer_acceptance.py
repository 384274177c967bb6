"""Share of the answered offers that were accepted.

Of the offers that a candidate answered in the week, in whichever week they were sent; those still open and those we
took back are in neither part. Offers sent in the week are no denominator: they are others than those answered. A dozen
answers a week make it jump: read the trend.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Offer acceptance",
    owner="Talent Acquisition",
    unit="%",
    better="higher",
    target=Target(0.80, warn=0.70),
    type="driver",
    tier="leadership",
    tags=("hiring", "offers"),
    kind="ratio",
    measure=Query("""
        select count(*) filter (where answer = 'accepted') as numerator,
               count(*) as denominator
        from   staging.offers
        where  answered_at >= :start
        and    answered_at <  :end
        and    answer in ('accepted', 'declined')
    """),
)
