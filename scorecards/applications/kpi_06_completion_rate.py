"""Share of the application forms begun that were submitted.

A form counts in the week it is begun, whenever it is sent: one that is finished days later still raises that week, so
the latest number is a little low at first. A form that somebody opens twice is two forms.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Form completion rate",
    owner="Careers Site",
    unit="%",
    better="higher",
    target=Target(0.65, warn=0.55),
    type="driver",
    tier="operational",
    tags=("hiring", "quality"),
    kind="ratio",
    dimensions=("channel",),
    measure=Query("""
        select count(submitted_at) as numerator,
               count(*) as denominator
        from   staging.applications
        where  started_at >= :start
        and    started_at <  :end
    """),
)
