"""Time to yes: the median hours from submitting an application to its approval, of those approved in the month.

By the clock, nights and weekends included, as the customer waits. The median: one case that lay for weeks does not
move it. Refusals are left out, since most of them take seconds. Months have no common median.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Time to yes",
    owner="Credit",
    unit="hours",
    better="lower",
    cadence="monthly",
    target=Target(24, warn=36),
    type="driver",
    tier="leadership",
    tags=("conversion",),
    dimensions=("channel", "cohort", "region"),
    measure=Query("""
        select percentile_cont(0.5) within group (
                   order by extract(epoch from decided_at - submitted_at) / 3600
               ) as value
        from   staging.applications_funnel
        where  decision = 'approved'
        and    decided_at >= :start
        and    decided_at <  :end
    """),
)
