"""How many KPIs of the other scorecards are off target when the week ends.

Each by its last period that has ended by then: the week, its last day, the last month. Near is not off, a KPI without a
target is neither, and one that is kept by the day and by the week is two. As long as one that had a number a week ago
has no final one now, nobody knows how many there are: the count is unknown, not small. So it is once when one retires.
"""

from core import KPI, Query

kpi = KPI(
    title="KPIs off target",
    owner="Executive team",
    unit="KPIs",
    better="lower",
    kind="stock",
    type="diagnostic",
    tier="leadership",
    measure=Query("""
        select case when bool_and(coalesce(now.state, '') = 'final')
                    then count(*) filter (where judged.status = 'off') end as value
        from   vl_analytics.scorecard as before
               left join vl_analytics.scorecard as now
                 on  (now.sc_name, now.kpi_number, now.range_type)
                     = (before.sc_name, before.kpi_number, before.range_type)
                 and now.period_end
                     = case now.range_type when 'monthly' then date_trunc('month', cast(:end as date)) else :end end
               left join vl_analytics.status as judged
                 on  (judged.sc_name, judged.kpi_number) = (now.sc_name, now.kpi_number)
                 and (judged.range_type, judged.period_start) = (now.range_type, now.period_start)
        where  before.period_end
               = case before.range_type when 'monthly' then date_trunc('month', cast(:start as date)) else :start end
        and    before.state = 'final'
        and    before.sc_name is distinct from 'leadership'
    """),
)
