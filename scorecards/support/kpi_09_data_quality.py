"""Data quality of the cases: 100 points less the shares of four faults in percent, and never below 0.

Of all cases known at the end of the period: without an id, without a moment of creation, with a target of no hours,
with an id that came before. One case may have several faults; each counts. By `fault` it shows what each of them leaves
of the 100. A case without a moment of creation belongs to every day: mended, it moves the scores of past days.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Data quality of cases",
    owner="Support Operations",
    unit="points",
    better="higher",
    target=Target(99, warn=97),
    cadence="daily",
    type="guardrail",
    tier="diagnostic",
    tags=("data",),
    kind="stock",
    dimensions=("fault",),
    measure=Query("""
        select 100 * greatest(0, max(cases) - sum(at_fault)) as numerator, max(cases) as denominator
        from   (
                   select count(*) as cases,
                          count(*) - count(case_id) as null_ids,
                          count(*) - count(created_at) as null_created,
                          count(*) filter (where case priority when 'P1' then :sla_hours_p1 when 'P2' then :sla_hours_p2
                              when 'P3' then :sla_hours_p3 else :sla_hours_other end <= 0) as without_target,
                          count(case_id) - count(distinct case_id) as repeated
                   from   staging.support_cases
                   where  created_at is null or created_at < :end
               ) as known
               cross join lateral (values ('null id', null_ids), ('null created', null_created),
                   ('non-positive SLA', without_target), ('duplicate id', repeated)) as faults (fault, at_fault)
    """),
)
