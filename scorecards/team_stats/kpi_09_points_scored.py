"""Points scored a game.

All points of the week by all games with a score: the mean of the teams would weigh one game like three. A week without
a game is unknown. It says nothing of the other side: read it beside the points allowed.
"""

from core import KPI, Query

kpi = KPI(
    title="Points scored a game",
    owner="Performance Analysis",
    unit="points",
    better="higher",
    type="diagnostic",
    tier="operational",
    tags=("performance",),
    kind="ratio",
    dimensions=("team", "venue"),
    measure=Query("""
        select sum(points_scored) as numerator,
               count(points_scored) as denominator
        from   staging.games
        where  played_on >= :start
        and    played_on <  :end
    """),
)
