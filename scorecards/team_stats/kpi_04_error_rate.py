"""Share of the requests that failed on our side: a status of 500 or above.

A 404 or a 401 is the caller's mistake and no error here. By requests, not by minutes: one bad minute at kick-off weighs
more than a bad night. Requests that never reached the gateway are not in it.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Error rate",
    owner="Team Platform",
    unit="%",
    better="lower",
    target=Target(0.01, warn=0.02),
    type="guardrail",
    tier="leadership",
    tags=("reliability",),
    kind="ratio",
    dimensions=("endpoint",),
    measure=Query("""
        select count(*) filter (where status >= 500) as numerator,
               count(*) as denominator
        from   staging.api_requests
        where  at >= :start
        and    at <  :end
    """),
)
