"""Share of the squad that could play, over the matchdays of the week.

Players with the status "available", of all players with a status; "limited" and "out" are not available. A player who
has no row, or no status, is in neither part, so that an incomplete sheet looks too good: the contract counts rows
without a status, but nobody counts rows that were never written. Spelled in whatever case.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Player availability",
    owner="Medical Staff",
    unit="%",
    better="higher",
    target=Target(0.85, warn=0.80),
    type="driver",
    tier="leadership",
    tags=("performance",),
    kind="ratio",
    dimensions=("team",),
    measure=Query("""
        select count(*) filter (where lower(trim(status)) = 'available') as numerator,
               count(status) as denominator
        from   staging.availability
        where  day >= :start
        and    day <  :end
    """),
)
