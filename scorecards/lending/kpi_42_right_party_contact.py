"""Right-party contact: of the week's attempts that reached somebody, those that reached the customer.

Somebody who answers and does not say who is no right party. Nothing about the loan may be said to anybody else, so
every other contact is money spent for nothing.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Right-party contact",
    owner="Collections",
    unit="%",
    better="higher",
    target=Target(0.60, warn=0.50),
    type="driver",
    tier="operational",
    kind="ratio",
    tags=("collections",),
    dimensions=("channel",),
    measure=Query("""
        select count(*) filter (where right_party) as numerator,
               count(*) as denominator
        from   staging.collections_contacts
        where  reached
        and    contacted_at >= :start
        and    contacted_at <  :end
    """),
)
