"""Changes that staff made to their rosters.

Each saved change is one, however many players it moves: a team that saves after every player has more of them and is no
busier. Read it beside the active staff.
"""

from core import KPI, Query

kpi = KPI(
    title="Roster updates",
    owner="Team Platform",
    unit="updates",
    better="higher",
    type="driver",
    tier="operational",
    tags=("engagement",),
    kind="flow",
    dimensions=("team",),
    measure=Query("""
        select count(*) as value
        from   staging.staff_events
        where  at >= :start
        and    at <  :end
        and    kind = 'roster_update'
    """),
)
