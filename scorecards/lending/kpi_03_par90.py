"""Portfolio at risk, 90 days: the share of the balance that is on loans 90 days past due or more.

Part of PAR 60 and never above it. A loan gets in here three months after it went wrong, and leaves by being paid,
or by being written off: read it beside the write-off rate, or a month of many write-offs looks like a good one.
"""

from core import KPI, Limit, Query, Target

kpi = KPI(
    title="Portfolio at risk, 90 days",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    target=Target(0.03, warn=0.05, critical=0.08),
    limits=(Limit(0.20, severity="high"),),
    type="guardrail",
    tier="executive",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select coalesce(sum(balance) filter (where days_past_due >= 90), 0) as numerator,
               sum(balance) as denominator
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
