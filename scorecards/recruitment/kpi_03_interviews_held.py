"""Interviews that took place.

An interview counts in the week of its appointment, once the interviewer has marked it as held. Cancelled appointments
and no-shows are left out, and so is what nobody has marked yet: the latest week rises as interviewers catch up. A week
with appointments of which none is marked is unknown, not 0: then the marks are missing, not the interviews.
"""

from core import KPI, Query

kpi = KPI(
    title="Interviews held",
    owner="Recruiting",
    unit="interviews",
    better="higher",
    type="driver",
    tier="operational",
    tags=("hiring", "pipeline"),
    kind="flow",
    dimensions=("stage",),
    measure=Query("""
        select case when count(*) = 0 or count(*) filter (where status <> 'scheduled') > 0
                    then count(*) filter (where status = 'held') end as value
        from   staging.interviews
        where  scheduled_at >= :start
        and    scheduled_at <  :end
    """),
)
