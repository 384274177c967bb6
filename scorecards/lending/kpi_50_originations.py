"""Originations: what was paid out on loans opened in the month.

Approved is not paid out. Every loan stands in the book once a month: only the snapshot of the month it is opened in
counts it. A month with a snapshot and no new loan has 0; one without a snapshot is unknown. The target is a straight
line between those of the quarters.
"""

from datetime import date

from core import KPI, Limit, Query, Target

QUARTERS = (186_000, 207_000, 210_000, 231_000, 198_000, 219_000, 216_000, 240_000, 216_000)  # 2025-01, 2025-04, ...
PATH = {
    date(2025 + n // 12, n % 12 + 1, 1): QUARTERS[n // 3] + (QUARTERS[n // 3 + 1] - QUARTERS[n // 3]) // 3 * (n % 3)
    for n in range(24)
}

kpi = KPI(
    title="Originations",
    owner="Growth",
    unit="GBP",
    better="higher",
    cadence="monthly",
    target=Target(PATH, warn=170_000),
    limits=(Limit(-0.20, severity="high"),),
    type="driver",
    tier="executive",
    kind="flow",
    tags=("growth",),
    dimensions=("channel", "region"),
    measure=Query("""
        select sum(case when opened_on >= :start and opened_on < :end then principal_disbursed
                        when opened_on is not null then 0 end) as value
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
