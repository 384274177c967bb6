"""Staff who did something in the app, on the mean day of the week.

Distinct people of each day, over all seven days: a day on which nobody came is a day with 0. The trap: distinct people
of the week by seven is another number, and so is the mean over the days that had somebody. A week without any event is
unknown. Days end at midnight UTC.
"""

from core import KPI, Query

kpi = KPI(
    title="Daily active staff",
    owner="Team Platform",
    unit="people",
    better="higher",
    type="north_star",
    tier="executive",
    tags=("engagement",),
    kind="ratio",
    dimensions=("team",),
    measure=Query("""
        select count(distinct (staff_id, cast(at as date))) filter (where staff_id is not null) as numerator,
               case when count(*) > 0 then cast(:end as date) - cast(:start as date) end as denominator
        from   staging.staff_events
        where  at >= :start
        and    at <  :end
    """),
)
