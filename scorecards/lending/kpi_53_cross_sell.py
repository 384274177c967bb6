"""Cross-sell: of the customers with an open loan, those who have more than one.

At the month's end, loans with a balance only. A second loan that pays off the first one is none: the first has no
balance any more.
"""

from core import KPI, Query

kpi = KPI(
    title="Cross-sell",
    owner="Growth",
    unit="%",
    better="higher",
    cadence="monthly",
    type="driver",
    tier="operational",
    kind="ratio",
    tags=("growth",),
    measure=Query("""
        select count(*) filter (where loans > 1) as numerator,
               count(*) as denominator
        from   (
                   select customer_id, count(*) as loans
                   from   staging.loan_book
                   where  balance > 0
                   and    snapshot_month >= :start
                   and    snapshot_month <  :end
                   group  by customer_id
               ) as customers
    """),
)
