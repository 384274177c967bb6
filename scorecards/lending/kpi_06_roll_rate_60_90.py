"""Roll rate 60 to 90: of the loans 60 to 89 days late a month ago, those that are 90 days late or more now.

By count, as the roll rate before it. What rolls here is mostly lost: it is the last month in which a call helps. A
few loans decide it in a small book, so look at the two numbers it is made of.
"""

from core import KPI, Query

kpi = KPI(
    title="Roll rate, 60 to 90 days",
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
        select count(*) filter (where days_past_due >= 90) as numerator,
               count(*) as denominator
        from   staging.loan_book
        where  days_past_due_before >= 60
        and    days_past_due_before <  90
        and    snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
