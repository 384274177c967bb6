"""Points allowed a game: what the opponents scored.

All points of the week by all games with a score. A week without a game is unknown, never 0, which would be the best
week of the year.
"""

from core import KPI, Query

kpi = KPI(
    title="Points allowed a game",
    owner="Performance Analysis",
    unit="points",
    better="lower",
    type="diagnostic",
    tier="operational",
    tags=("performance",),
    kind="ratio",
    dimensions=("team", "venue"),
    measure=Query("""
        select sum(points_allowed) as numerator,
               count(points_allowed) as denominator
        from   staging.games
        where  played_on >= :start
        and    played_on <  :end
    """),
)
