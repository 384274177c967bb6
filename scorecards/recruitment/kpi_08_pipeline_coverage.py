"""Open candidates for each open requisition, when the week ends.

Only candidates on a requisition that is open itself: those whom nobody closed when their position was filled cover
nothing. An average: ten candidates on one position do not help the next one, so slice it before praising it.
"""

from core import KPI, Limit, Query, Target

kpi = KPI(
    title="Pipeline coverage",
    owner="Sourcing",
    unit="x",
    better="higher",
    target=Target(2.5, warn=2.0),
    type="driver",
    tier="leadership",
    tags=("hiring", "pipeline"),
    kind="stock",
    limits=(Limit(-0.15, severity="medium"),),
    dimensions=("department", "region"),
    measure=Query("""
        select count(candidate_id) as numerator,
               count(distinct requisitions.requisition_id) as denominator
        from   staging.requisitions
               left join staging.candidates
               on  candidates.requisition_id = requisitions.requisition_id
               and candidates.sourced_at < :end
               and (candidates.closed_at is null or candidates.closed_at >= :end)
        where  requisitions.opened_at < :end
        and    (requisitions.closed_at is null or requisitions.closed_at >= :end)
    """),
)
