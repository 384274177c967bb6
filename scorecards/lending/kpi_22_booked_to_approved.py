"""Booked to approved: of the applications approved in the month, those that were booked before it ended.

It never passes 100 %, as bookings over approvals of a month would. What was approved in the last days had little
time: a month that approves late looks worse than it is, and the booking counts nowhere later. Compare the trend.
"""

from core import KPI, Query

kpi = KPI(
    title="Booked to approved",
    owner="Growth",
    unit="%",
    better="higher",
    cadence="monthly",
    type="driver",
    tier="leadership",
    kind="ratio",
    tags=("conversion",),
    dimensions=("channel", "cohort", "region"),
    measure=Query("""
        select count(*) filter (where booked_at < :end) as numerator,
               count(*) as denominator
        from   staging.applications_funnel
        where  decision = 'approved'
        and    decided_at >= :start
        and    decided_at <  :end
    """),
)
