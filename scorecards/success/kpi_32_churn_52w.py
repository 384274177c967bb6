"""Share of agreements that were terminated within the last 52 weeks.

Terminated by the client or otherwise: every status that starts with "terminated"; an agreement that came to its
agreed end ("ended") is no churn. Divided by all agreements alive at some moment of those 52 weeks, not by those at
their start, so that one signed and lost within the year counts in both. Population as in active agreements. Weeks of it
overlap by a year: a month is its last one.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Churn, 52 weeks",
    owner="Customer Success",
    unit="%",
    better="lower",
    target=Target(0.26, warn=0.28),
    type="guardrail",
    tier="executive",
    kind="stock",
    dimensions=("region", "plan"),
    measure=Query("""
        select count(*) filter (where status like 'terminated%' and end_date < :end) as numerator,
               count(*) as denominator
        from   staging.agreements
        where  start_date < :end
        and    (end_date is null or end_date >= :end - interval '364 days')
        and    (client_type is null or lower(client_type) not in ('internal', 'test'))
    """),
)
