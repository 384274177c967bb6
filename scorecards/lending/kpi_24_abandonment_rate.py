"""Abandonment rate: of the forms that came to an end in the month, sent or given up, those that were given up.

A form is given up when it has lain for a week, and counts then. Forms that somebody still works on are in neither
part. Who declines our offer has not given up a form: see booked to approved.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Abandonment rate",
    owner="Product",
    unit="%",
    better="lower",
    cadence="monthly",
    target=Target(0.30, warn=0.35),
    type="driver",
    tier="operational",
    kind="ratio",
    tags=("conversion",),
    dimensions=("channel", "cohort", "region"),
    measure=Query("""
        select count(*) filter (where abandoned_at is not null) as numerator,
               count(*) as denominator
        from   staging.applications_funnel
        where  coalesce(abandoned_at, submitted_at) >= :start
        and    coalesce(abandoned_at, submitted_at) <  :end
    """),
)
