"""Share of the closed cases that were closed within their target.

Of the cases closed in the period, by the hours that their priority allows (parameters of the scorecard); closed in the
last second is within. The trap: what is overdue and still open is in neither part, so that closing only young cases
keeps the number high. Read it beside `breached_open`. Cases that do not say when they were created are left out.
"""

from core import KPI, Limit, Query, Target

kpi = KPI(
    title="SLA adherence",
    owner="Support Operations",
    unit="%",
    better="higher",
    target=Target(0.90, warn=0.85),
    limits=(Limit(-0.10, severity="high"),),
    cadence="daily",
    type="north_star",
    tier="executive",
    tags=("sla",),
    kind="ratio",
    dimensions=("priority", "region"),
    measure=Query("""
        select count(*) filter (
                   where resolved_at <= created_at + interval '1 hour' * case priority
                       when 'P1' then :sla_hours_p1 when 'P2' then :sla_hours_p2
                       when 'P3' then :sla_hours_p3 else :sla_hours_other end
               ) as numerator,
               count(created_at) as denominator
        from   staging.support_cases
        where  resolved_at >= :start
        and    resolved_at <  :end
    """),
)
