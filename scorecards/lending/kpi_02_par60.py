"""Portfolio at risk, 60 days: the share of the balance that is on loans 60 days past due or more.

Part of PAR 30 and never above it: both are of the same balance at the month's end. What is in PAR 30 and not in here
has missed one instalment, and most of that comes right by itself.
"""

from core import KPI, Limit, Query

kpi = KPI(
    title="Portfolio at risk, 60 days",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    limits=(Limit(0.20, severity="medium"),),
    type="diagnostic",
    tier="leadership",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select coalesce(sum(balance) filter (where days_past_due >= 60), 0) as numerator,
               sum(balance) as denominator
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
