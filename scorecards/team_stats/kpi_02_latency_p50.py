"""Latency that half of the requests stay below.

Of all requests of the week, those that failed included: a failure is often fast, so that a bad week can look quick.
Read it beside the error rate. Medians do not add up: a week is not the mean of its days.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Latency, median",
    owner="Team Platform",
    unit="ms",
    better="lower",
    target=Target(180, warn=250),
    type="driver",
    tier="operational",
    tags=("reliability",),
    dimensions=("endpoint",),
    measure=Query("""
        select percentile_cont(0.5) within group (order by latency_ms) as value
        from   staging.api_requests
        where  at >= :start
        and    at <  :end
    """),
)
