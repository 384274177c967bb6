"""Contact rate: of the week's attempts, those that reached somebody.

Anybody who answers, not only the customer. More attempts on the same numbers lower it: read it beside the number of
attempts. A letter never reaches anybody here, so look at it by channel.
"""

from core import KPI, Limit, Query

kpi = KPI(
    title="Contact rate",
    owner="Collections",
    unit="%",
    better="higher",
    limits=(Limit(-0.20, severity="medium"),),
    type="driver",
    tier="operational",
    kind="ratio",
    tags=("collections",),
    dimensions=("channel",),
    measure=Query("""
        select count(*) filter (where reached) as numerator,
               count(*) as denominator
        from   staging.collections_contacts
        where  contacted_at >= :start
        and    contacted_at <  :end
    """),
)
