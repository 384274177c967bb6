"""How many weekly KPIs of the other scorecards are off target.

Near is not off, and a KPI without a target is neither. As long as a KPI that had a number the week before has no final
one for this week, nobody knows how many there are: the count is unknown, not small.
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
                 on  (now.sc_name, now.kpi_number, now.range_type) = (before.sc_name, before.kpi_number, 'weekly')
                 and now.period_start = :start
               left join vl_analytics.status as judged
                 on  (judged.sc_name, judged.kpi_number) = (now.sc_name, now.kpi_number)
                 and (judged.range_type, judged.period_start) = (now.range_type, now.period_start)
        where  before.period_end = :start
        and    before.range_type = 'weekly'
        and    before.state = 'final'
        and    before.sc_name is distinct from 'leadership'
    """),
)
