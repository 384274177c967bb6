"""Approval ratio: of the applications decided in the month, those that were approved.

What is not decided yet is in neither part, so a backlog does not lower it. A high ratio is no merit by itself: read it
beside PAR 30 two quarters later.
"""

from core import KPI, Query

kpi = KPI(
    title="Approval ratio",
    owner="Credit",
    unit="%",
    better="higher",
    cadence="monthly",
    target=0.40,
    type="driver",
    tier="executive",
    kind="ratio",
    tags=("conversion",),
    dimensions=("channel", "cohort", "region"),
    measure=Query("""
        select count(*) filter (where decision = 'approved') as numerator,
               count(*) as denominator
        from   staging.applications_funnel
        where  decided_at >= :start
        and    decided_at <  :end
    """),
)
