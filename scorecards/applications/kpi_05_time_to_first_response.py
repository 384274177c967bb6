"""Median hours from receiving an application to the first answer by a person.

Counted in the week of the answer, in hours of the clock: an applicant waits at weekends too. The automatic
confirmation is no answer. Who is never answered is in no week: read it beside the backlog.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Time to first response",
    owner="Screening",
    unit="hours",
    better="lower",
    target=Target(24, warn=48),
    type="guardrail",
    tier="leadership",
    tags=("hiring", "speed"),
    dimensions=("channel",),
    measure=Query("""
        select percentile_cont(0.5) within group (
                   order by extract(epoch from first_response_at - submitted_at) / 3600
               ) as value
        from   staging.applications
        where  first_response_at >= :start
        and    first_response_at <  :end
    """),
)
