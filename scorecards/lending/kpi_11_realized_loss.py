"""Realized loss of the last twelve months, of the balance: what was written off, less what came back.

The balance is that of the month's end, as for all portfolio KPIs, not the balance that the losses came from: a book
that grows fast hides its losses behind new loans.
"""

from core import KPI, Query

kpi = KPI(
    title="Realized loss",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    type="guardrail",
    tier="leadership",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select sum(written_off) - sum(recovered) as numerator,
               sum(balance) filter (where snapshot_month >= :start) as denominator
        from   staging.loan_book
        where  snapshot_month >= :end - interval '12 months'
        and    snapshot_month <  :end
    """),
)
