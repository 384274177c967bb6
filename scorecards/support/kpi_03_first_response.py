"""Median hours from creation to the first response, of the cases first answered in the period.

It goes by the day of the answer. By the day of creation, cases that still wait would be left out: the newest days would
look best, and grow worse afterwards. What nobody has answered yet is in no day; the backlog tells it. Medians do not
add up: a week's is taken from the cases, never from seven days.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="First response, median",
    owner="Support Operations",
    unit="hours",
    better="lower",
    target=Target(3, warn=4),
    cadence="daily",
    type="driver",
    tier="operational",
    tags=("sla",),
    dimensions=("priority", "region"),
    measure=Query("""
        select percentile_cont(0.5) within group (
                   order by extract(epoch from first_response_at - created_at) / 3600
               ) as value
        from   staging.support_cases
        where  first_response_at >= :start
        and    first_response_at <  :end
    """),
)
