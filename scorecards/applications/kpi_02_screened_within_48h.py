"""Share of the applications received that were screened within 48 business hours.

The clock runs all 24 hours from Monday to Friday and stands still at weekends: what comes on Friday at 15:00 is in
time until Tuesday at 15:00. Public holidays are not known and count as working days. What nobody screened is a miss;
what was withdrawn in time is in neither part. The last ones have until Wednesday: so long the week is provisional.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Screened within 48 business hours",
    owner="Screening",
    unit="%",
    better="higher",
    target=Target(0.85, warn=0.75),
    type="guardrail",
    tier="leadership",
    tags=("hiring", "speed"),
    kind="ratio",
    dimensions=("channel",),
    measure=Query("""
        select count(*) filter (where decided_at <= deadline) as numerator,
               count(*) as denominator
        from   (
                   select channel, submitted_at, decided_at, decision,
                          case when extract(isodow from submitted_at) <= 3 then submitted_at + interval '2 days'
                               when extract(isodow from submitted_at) <= 5 then submitted_at + interval '4 days'
                               else date_trunc('week', submitted_at) + interval '9 days' end as deadline
                   from   staging.applications
               ) as received
        where  submitted_at >= :start
        and    submitted_at <  :end
        and    (decision is distinct from 'withdrawn' or decided_at > deadline)
    """),
)
