"""Open cases that have used up 80 % of their target, and are still within it.

At the end of the period: from 0.8 of the allowed hours on, and below all of them. The trap: "at risk" lists that hold
overdue cases too, so that what can still be saved drowns in what cannot. Those are `breached_open`, apart: no case is
in both. By `case_id` it is the list to work on.
"""

from core import KPI, Query

kpi = KPI(
    title="At risk of breach",
    owner="Support Operations",
    unit="cases",
    better="lower",
    cadence="daily",
    type="guardrail",
    tier="operational",
    tags=("sla", "risk"),
    kind="stock",
    dimensions=("priority", "region", "case_id", "created_at", "elapsed_hours", "sla_hours"),
    measure=Query("""
        select count(*) as value
        from   (
                   select case_id, priority, region, created_at,
                          extract(epoch from cast(:end as timestamptz) - created_at) / 3600 as elapsed_hours,
                          case priority when 'P1' then :sla_hours_p1 when 'P2' then :sla_hours_p2
                                        when 'P3' then :sla_hours_p3 else :sla_hours_other end as sla_hours
                   from   staging.support_cases
                   where  resolved_at is null or resolved_at >= :end
               ) as unresolved
        where  elapsed_hours >= 0.8 * sla_hours
        and    elapsed_hours < sla_hours
    """),
)
