"""Agreements that are running when the week ends.

Started before the end of the week, and without an end date or with one that is not past. Internal and test clients
are left out; a client without a type is a client and stays in. A number at a moment: weeks do not add up.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Active agreements",
    owner="Customer Success",
    unit="agreements",
    better="higher",
    target=Target(850, warn=820),
    type="north_star",
    tier="executive",
    kind="stock",
    dimensions=("region", "plan"),
    measure=Query("""
        select count(*) as value
        from   staging.agreements
        where  start_date < :end
        and    (end_date is null or end_date >= :end)
        and    (client_type is null or lower(client_type) not in ('internal', 'test'))
    """),
)
