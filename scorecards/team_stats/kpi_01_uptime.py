"""Share of the minutes in which the API was up.

A minute is up if at least one of its requests did not fail, and down if all of them did: a status of 500 or above. A
minute without any request proves nothing and is not counted, neither as up nor as down: so it is a share of the minutes
in which somebody asked, not of all that the clock has. When the gateway itself is down there are no rows: the dataset's
gaps tell that, not this number. By endpoint, each has minutes of its own.
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
