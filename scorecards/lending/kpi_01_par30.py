"""Portfolio at risk, 30 days: the share of the balance that is on loans 30 days past due or more.

The whole balance of such a loan is at risk, not only the instalments that are late, and all of the book at the
month's end is the denominator. Beware of two cures that are none: writing loans off lowers it, and so does lending
more. A month without a snapshot is unknown; a book where nobody is late has 0.
"""

from core import KPI, Limit, Query, Target

kpi = KPI(
    title="Portfolio at risk, 30 days",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    target=Target(0.03, warn=0.05, critical=0.10),
    limits=(Limit(0.20, severity="high"),),
    type="guardrail",
    tier="executive",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select coalesce(sum(balance) filter (where days_past_due >= 30), 0) as numerator,
               sum(balance) as denominator
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
