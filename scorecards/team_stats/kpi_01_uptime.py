"""Share of the minutes in which the API was up.

Of the minutes that had requests, those in which at least one did not fail; a request fails with a status of 500 or
above. The trap: a minute without any request is in neither part, since nobody knows. When the gateway itself is down
there are no rows at all: the dataset's gaps tell that, not this number. By endpoint, each has minutes of its own.
"""

from core import KPI, Limit, Query, Target

kpi = KPI(
    title="Uptime",
    owner="Team Platform",
    unit="%",
    better="higher",
    target=Target(0.995, warn=0.98),
    limits=(Limit(-0.02, severity="high"),),
    type="guardrail",
    tier="executive",
    tags=("reliability",),
    kind="ratio",
    dimensions=("endpoint",),
    measure=Query("""
        select count(distinct date_trunc('minute', at)) filter (where status < 500) as numerator,
               count(distinct date_trunc('minute', at)) as denominator
        from   staging.api_requests
        where  at >= :start
        and    at <  :end
    """),
)
