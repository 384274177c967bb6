"""Mean hours from creation to resolution, of the cases closed in the period.

Around the clock: nights and weekends count. The trap: a day on which somebody clears out old cases has a bad mean, and
a day on which they are left lying has a good one. Read it beside the backlog, never alone. A longer period is all
hours by all cases, not the mean of the days. Cases that do not say when they were created are left out.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Mean time to resolve",
    owner="Support Operations",
    unit="hours",
    better="lower",
    target=Target(96, warn=120),
    cadence="daily",
    type="driver",
    tier="leadership",
    tags=("sla",),
    kind="ratio",
    dimensions=("priority", "region"),
    measure=Query("""
        select coalesce(sum(extract(epoch from resolved_at - created_at)), 0) / 3600 as numerator,
               count(created_at) as denominator
        from   staging.support_cases
        where  resolved_at >= :start
        and    resolved_at <  :end
    """),
)
