"""Nominal yield: the yearly rate of the contracts, weighted with their balance.

What the book would bring if everybody paid, fees not counted. Loans whose rate nobody knows are in neither part. The
mean of the rates, unweighted, would let a hundred small loans outweigh the large ones.
"""

from core import KPI, Query

kpi = KPI(
    title="Nominal yield",
    owner="Finance",
    unit="%",
    better="higher",
    cadence="monthly",
    type="diagnostic",
    tier="leadership",
    kind="ratio",
    tags=("unit economics",),
    dimensions=("channel", "region"),
    measure=Query("""
        select sum(balance * annual_rate) as numerator,
               sum(balance) filter (where annual_rate is not null) as denominator
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
