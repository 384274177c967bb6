"""Share of the completed offboarding forms that ask for a replacement.

Of the forms closed in the week, test accounts left out. Higher is better: a client who asks for somebody else
stays a client. It counts what was asked for, not what was delivered.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Replacement requests share",
    owner="Customer Success",
    unit="%",
    better="higher",
    target=Target(0.50, warn=0.40),
    type="driver",
    tier="operational",
    kind="ratio",
    dimensions=("reason",),
    measure=Query("""
        select count(*) filter (where replacement_requested) as numerator,
               count(*) as denominator
        from   staging.offboarding_forms
        where  closed_at >= :start
        and    closed_at <  :end
        and    is_test_account is not true
    """),
)
