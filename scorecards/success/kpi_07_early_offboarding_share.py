"""Share of the completed offboarding forms of people who left within their first 60 days.

Of the forms closed in the week, test accounts left out. A week without a form has no share, which is not the same
as a share of 0. Some ten forms a week make it jump: read the trend, not the week.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Early offboarding share",
    owner="Talent Matching",
    unit="%",
    better="lower",
    target=Target(0.25, warn=0.33),
    type="driver",
    tier="leadership",
    kind="ratio",
    dimensions=("reason",),
    measure=Query("""
        select count(*) filter (where within_first_60_days) as numerator,
               count(*) as denominator
        from   staging.offboarding_forms
        where  closed_at >= :start
        and    closed_at <  :end
        and    is_test_account is not true
    """),
)
