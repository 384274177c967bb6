"""People who started work.

A hire counts in the week of the first day of work, not when the offer is accepted: some never turn up, and notice
takes weeks. So it answers to the recruiting of one to three months ago, not to that of the week.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Hires",
    owner="Talent Acquisition",
    unit="hires",
    better="higher",
    target=Target(8, warn=6),
    type="north_star",
    tier="executive",
    tags=("hiring",),
    kind="flow",
    dimensions=("department", "region"),
    measure=Query("""
        select count(*) as value
        from   staging.requisitions
        where  started_on >= :start
        and    started_on <  :end
    """),
)
