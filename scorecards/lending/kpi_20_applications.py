"""Applications submitted in the month.

A form counts when it is sent, not when it is begun: most of those that are never sent are no customers. The same
person may apply twice. By `cohort`, the month in which the form was begun, it shows what old forms still bring.
"""

from core import KPI, Limit, Query

kpi = KPI(
    title="Applications",
    owner="Growth",
    unit="applications",
    better="higher",
    cadence="monthly",
    limits=(Limit(-0.20, severity="medium"),),
    type="driver",
    tier="leadership",
    kind="flow",
    tags=("conversion",),
    dimensions=("channel", "cohort", "region"),
    measure=Query("""
        select count(*) as value
        from   staging.applications_funnel
        where  submitted_at >= :start
        and    submitted_at <  :end
    """),
)
