"""Effective yield: interest of the loans that pay and the month's fees, over the whole balance, for a year.

Loans 90 days late or more bring no interest, and their balance stays below the line: so it falls when the book goes
bad, long before anything is written off. Losses are not in it. Twelve times the month's fees make a year of them.
"""

from core import KPI, Query

kpi = KPI(
    title="Effective yield",
    owner="Finance",
    unit="%",
    better="higher",
    cadence="monthly",
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("unit economics",),
    dimensions=("channel", "region"),
    measure=Query("""
        select sum(case when days_past_due < 90 then balance * annual_rate else 0 end) + 12 * sum(fee) as numerator,
               sum(balance) as denominator
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
