"""Open cases that have used up all of their target.

At the end of the period: the hours that their priority allows are over, and they are not resolved. SLA adherence does
not see them before they are closed. Cases of which the target is near are in `at_risk` alone.
"""

from core import KPI, Query

kpi = KPI(
    title="Breached and still open",
    owner="Support Operations",
    unit="cases",
    better="lower",
    cadence="daily",
    type="guardrail",
    tier="leadership",
    tags=("sla", "risk"),
    kind="stock",
    dimensions=("priority", "region", "case_id"),
    measure=Query("""
        select count(*) as value
        from   staging.support_cases
        where  created_at < :end
        and    (resolved_at is null or resolved_at >= :end)
        and    created_at <= :end - interval '1 hour' * case priority
                   when 'P1' then :sla_hours_p1 when 'P2' then :sla_hours_p2
                   when 'P3' then :sla_hours_p3 else :sla_hours_other end
    """),
)
