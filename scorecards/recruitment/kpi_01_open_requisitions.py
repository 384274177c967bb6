"""Requisitions that are open when the week ends.

Opened before the end of the week and not closed before it, whether they are filled or cancelled later. A number at a
moment: weeks do not add up. It falls when we hire and when the business stops looking: read it beside the hires.
"""

from core import KPI, Query

kpi = KPI(
    title="Open requisitions",
    owner="Talent Acquisition",
    unit="requisitions",
    better="neither",
    type="diagnostic",
    tier="leadership",
    tags=("hiring", "demand"),
    kind="stock",
    dimensions=("department", "region"),
    measure=Query("""
        select count(*) as value
        from   staging.requisitions
        where  opened_at < :end
        and    (closed_at is null or closed_at >= :end)
    """),
)
