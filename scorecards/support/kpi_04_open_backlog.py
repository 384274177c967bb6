"""Cases that are open when the period ends.

Created before its end and not resolved by then, whenever they were created and however they stand today. The trap: a
backlog by the day of creation forgets the old cases, and falls while the heap grows. By age: up to a day (exactly 24
hours is the next), to three days, and everything older, without an upper end. A number at a moment: days do not add up.
"""

from core import KPI, Query

kpi = KPI(
    title="Open backlog",
    owner="Support Operations",
    unit="cases",
    better="lower",
    cadence="daily",
    type="driver",
    tier="leadership",
    tags=("backlog",),
    kind="stock",
    dimensions=("priority", "region", "age"),
    measure=Query("""
        select count(*) as value
        from   (
                   select priority, region,
                          case when created_at > :end - interval '24 hours' then '0-24 h'
                               when created_at >= :end - interval '72 hours' then '24-72 h' else '> 72 h' end as age
                   from   staging.support_cases
                   where  created_at < :end
                   and    (resolved_at is null or resolved_at >= :end)
               ) as open_cases
    """),
)
