"""Promises kept: of the promises to pay that fell due in the week, those that were paid in full by their day.

A promise counts in the week it falls due, not in the one it was made. Part of the money, or all of it a day late, is
not kept. Payments are posted up to two days late, so a week is provisional until Tuesday.
"""

from core import KPI, Query

kpi = KPI(
    title="Promises kept",
    owner="Collections",
    unit="%",
    better="higher",
    target=0.80,
    type="driver",
    tier="operational",
    kind="ratio",
    tags=("collections",),
    dimensions=("channel",),
    measure=Query("""
        select count(*) filter (where paid_on <= promise_due_on and amount_paid >= promise_amount) as numerator,
               count(*) as denominator
        from   staging.collections_contacts
        where  promise_due_on >= :start
        and    promise_due_on <  :end
    """),
)
