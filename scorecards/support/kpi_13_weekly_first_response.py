"""Median hours from creation to the first response, of the cases first answered in the week.

Asked of the cases themselves: the median of a week cannot be told from seven daily ones, and their mean is another
number. As by the day, it goes by the week of the answer; what nobody has answered yet is in no week.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="First response, median of the week",
    owner="Support Operations",
    unit="hours",
    better="lower",
    target=Target(3, warn=4),
    type="driver",
    tier="operational",
    tags=("sla",),
    dimensions=("priority", "region"),
    measure=Query("""
        select percentile_cont(0.5) within group (order by hours) as value
        from   (
                   select priority, region, extract(epoch from first_response_at - created_at) / 3600 as hours
                   from   staging.support_cases
                   where  first_response_at >= :start
                   and    first_response_at <  :end
               ) as answered
    """),
)
