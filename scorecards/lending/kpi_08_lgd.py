"""Loss given default: of what was written off in the last twelve months, the share that did not come back.

Recoveries follow for half a year and more, some of them on loans written off before: a year is set against a year.
After many fresh write-offs it is too high, and falls as money comes in; in the first year of the data it may be
negative, for there is money without its write-off. Without a write-off it is unknown.
"""

from core import KPI, Query

kpi = KPI(
    title="Loss given default",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    type="diagnostic",
    tier="leadership",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select sum(written_off) - sum(recovered) as numerator,
               case when max(snapshot_month) >= :start then sum(written_off) end as denominator
        from   staging.loan_book
        where  snapshot_month >= :end - interval '12 months'
        and    snapshot_month <  :end
    """),
)
