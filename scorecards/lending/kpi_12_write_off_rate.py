"""Write-off rate: what was written off in the last twelve months, of the balance at the month's end.

Before recoveries. When to write off is a decision: putting it off lowers this rate and raises PAR 90. In the first
year of the data it is too low, for it holds fewer than twelve months.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Write-off rate",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    target=Target(0.02, warn=0.035),
    type="guardrail",
    tier="executive",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select sum(written_off) as numerator,
               sum(balance) filter (where snapshot_month >= :start) as denominator
        from   staging.loan_book
        where  snapshot_month >= :end - interval '12 months'
        and    snapshot_month <  :end
    """),
)
