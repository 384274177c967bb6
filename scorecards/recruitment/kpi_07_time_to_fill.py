"""Median days from opening a requisition to the first day of work.

Of the people who started in the week, in calendar days, notice included. It looks only at what was filled: positions
that nobody fills are in no week, so a low number beside many open requisitions is no success.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Time to fill",
    owner="Talent Acquisition",
    unit="days",
    better="lower",
    target=Target(56, warn=63),
    type="guardrail",
    tier="leadership",
    tags=("hiring", "speed"),
    dimensions=("department", "region"),
    measure=Query("""
        select percentile_cont(0.5) within group (order by started_on - cast(opened_at as date)) as value
        from   staging.requisitions
        where  started_on >= :start
        and    started_on <  :end
    """),
)
