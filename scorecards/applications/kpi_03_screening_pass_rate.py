"""Share of the screened applications that passed.

Of the applications that a screener decided on in the week, whenever they were received; what its sender withdrew is in
neither part. Neither direction is good in itself: a higher rate is a better channel or a laxer screener.
"""

from core import KPI, Query

kpi = KPI(
    title="Screening pass rate",
    owner="Screening",
    unit="%",
    better="neither",
    type="diagnostic",
    tier="operational",
    tags=("hiring", "quality"),
    kind="ratio",
    dimensions=("channel",),
    measure=Query("""
        select count(*) filter (where decision = 'passed') as numerator,
               count(*) as denominator
        from   staging.applications
        where  decided_at >= :start
        and    decided_at <  :end
        and    decision in ('passed', 'rejected')
    """),
)
