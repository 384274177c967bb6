"""Roll rate 30 to 60: of the loans 30 to 59 days late a month ago, those that are 60 days late or more now.

By count, not by balance. A loan that was repaid since has its last row this month and stays in the denominator: it did
not roll, and leaving it out would make the rest look worse. Without this month's snapshot it is unknown, not 0 %.
"""

from core import KPI, Query

kpi = KPI(
    title="Roll rate, 30 to 60 days",
    owner="Collections",
    unit="%",
    better="lower",
    cadence="monthly",
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select count(*) filter (where days_past_due >= 60) as numerator,
               count(*) as denominator
        from   staging.loan_book
        where  days_past_due_before >= 30
        and    days_past_due_before <  60
        and    snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
