"""Exposure at default: what would be owed if every loan that still performs went into default, of the balance.

Today's balance and the interest of the three months that it takes to be 90 days late. Loans in default already (90
days, or non-accrual) are not in it: their loss is no longer expected, it is there. May pass 100 %.
"""

from core import KPI, Query

kpi = KPI(
    title="Exposure at default",
    owner="Risk",
    unit="%",
    better="neither",
    cadence="monthly",
    type="diagnostic",
    tier="diagnostic",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select coalesce(sum(balance * (1 + coalesce(annual_rate, 0) / 4)) filter (
                   where days_past_due < 90
                   and   annual_rate is distinct from 0
               ), 0) as numerator,
               sum(balance) as denominator
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
