"""Originations: what was paid out on loans opened in the month.

Approved is not paid out. Every loan stands in the book once a month: only the snapshot of the month it is opened in
holds what was paid out. A month with a snapshot and no new loan has 0; one without a snapshot is unknown. The target
of a month lies on the straight line between those of the quarters' ends.
"""

from datetime import date

from core import KPI, Limit, Query, Target

QUARTERS = {
    date(2024, 12, 31): 180_000, date(2025, 3, 31): 200_000, date(2025, 6, 30): 209_000, date(2025, 9, 30): 224_000,
    date(2025, 12, 31): 209_000, date(2026, 3, 31): 212_000, date(2026, 6, 30): 217_000, date(2026, 9, 30): 232_000,
    date(2026, 12, 31): 224_000,
}  # fmt: skip

kpi = KPI(
    title="Originations",
    owner="Growth",
    unit="GBP",
    better="higher",
    cadence="monthly",
    target=Target(QUARTERS, path="straight"),
    limits=(Limit(-0.20, severity="high"),),
    type="driver",
    tier="executive",
    kind="flow",
    tags=("growth",),
    dimensions=("channel", "region"),
    measure=Query("""
        select case when count(opened_on) > 0 then coalesce(sum(principal_disbursed), 0) end as value
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
