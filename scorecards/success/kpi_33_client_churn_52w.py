"""Share of agreements that their clients terminated within the last 52 weeks.

Only the status "terminated by client"; what we ended ourselves is in churn alone. Divided by all agreements alive
at some moment of those 52 weeks. The end date decides the week, not the day notice was given.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Client churn, 52 weeks",
    owner="Customer Success",
    unit="%",
    better="lower",
    target=Target(0.20, warn=0.22),
    type="guardrail",
    tier="executive",
    kind="stock",
    dimensions=("region", "plan"),
    measure=Query("""
        select count(*) filter (where status = 'terminated by client' and end_date < :end) as numerator,
               count(*) as denominator
        from   staging.agreements
        where  start_date < :end
        and    (end_date is null or end_date >= :end - interval '364 days')
        and    (client_type is null or lower(client_type) not in ('internal', 'test'))
    """),
)
