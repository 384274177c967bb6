"""Offers sent to candidates.

An offer counts in the week it is sent, whatever becomes of it. A second offer to the same candidate is another one; one
that we take back later stays counted. It is work done, not people won: those are the hires.
"""

from core import KPI, Query

kpi = KPI(
    title="Offers made",
    owner="Talent Acquisition",
    unit="offers",
    better="higher",
    type="driver",
    tier="operational",
    tags=("hiring", "offers"),
    kind="flow",
    measure=Query("""
        select count(*) as value
        from   staging.offers
        where  offered_at >= :start
        and    offered_at <  :end
    """),
)
