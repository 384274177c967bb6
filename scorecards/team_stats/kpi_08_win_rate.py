"""Share of the games that were won; a tie is half a win.

Of the games played in the week with a score. Two or three games a week make it jump: read the season, which is all wins
by all games and not the mean of its weeks. A week without a game is unknown, not 0.
"""

from core import KPI, Query

kpi = KPI(
    title="Win rate",
    owner="Performance Analysis",
    unit="%",
    better="higher",
    type="driver",
    tier="executive",
    tags=("performance",),
    kind="ratio",
    dimensions=("team", "venue"),
    measure=Query("""
        select count(*) filter (where points_scored > points_allowed)
               + 0.5 * count(*) filter (where points_scored = points_allowed) as numerator,
               count(points_scored) as denominator
        from   staging.games
        where  played_on >= :start
        and    played_on <  :end
        and    points_allowed is not null
    """),
)
