"""Cases created in the period, however they ended.

What comes in, not what is worked off: a falling backlog may be good work or just fewer cases. One case is one row;
a case that came twice counts twice until data quality finds it.
"""

from core import KPI, Query

kpi = KPI(
    title="Cases created",
    owner="Support Operations",
    unit="cases",
    better="neither",
    cadence="daily",
    type="diagnostic",
    tier="operational",
    tags=("backlog",),
    kind="flow",
    dimensions=("priority", "region"),
    measure=Query("""
        select count(*) as value
        from   staging.support_cases
        where  created_at >= :start
        and    created_at <  :end
    """),
)
