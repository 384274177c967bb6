"""Interviews that took place.

An interview counts in the week of its appointment, once the interviewer has marked it as held. Cancelled appointments
and no-shows are left out, and so is what nobody has marked yet: the latest week rises as interviewers catch up.
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
        select count(*) as value
        from   staging.interviews
        where  scheduled_at >= :start
        and    scheduled_at <  :end
        and    status = 'held'
    """),
)
