"""Offboarding forms completed.

A form counts in the week a client manager closes it, however long ago it was submitted. Test accounts are left
out; a form that does not say whether it is a test is a real one.
"""

from core import KPI, Query

kpi = KPI(
    title="Offboarding forms completed",
    owner="Customer Success",
    unit="forms",
    better="lower",
    target=12,
    type="driver",
    tier="leadership",
    kind="flow",
    dimensions=("reason",),
    measure=Query("""
        select count(*) as value
        from   staging.offboarding_forms
        where  closed_at >= :start
        and    closed_at <  :end
        and    is_test_account is not true
    """),
)
