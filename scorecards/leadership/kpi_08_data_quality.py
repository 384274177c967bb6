"""Mean score of the datasets, 0 to 100, when they were first seen to reach the end of the week.

Every dataset counts the same, however many rows it has. Of each the first load or check counts whose data passes the
week's end; where no column tells how far the data reaches, the first that was made after it. One that does not reach
the week's end yet is left out: it tells by being late, not by being bad.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Data quality",
    owner="Data",
    unit="points",
    better="higher",
    target=Target(98, warn=95),
    type="guardrail",
    tier="operational",
    measure=Query("""
        select sum(score) as numerator,
               count(*) as denominator
        from   (
                   select distinct on (dataset) dataset, score
                   from   vl_analytics.dataset_quality
                   where  coalesce(watermark, loaded_at) >= :end
                   and    score is not null
                   order  by dataset, load_id
               ) as first_seen
    """),
)
