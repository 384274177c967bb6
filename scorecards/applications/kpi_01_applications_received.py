"""Applications received.

An application counts in the week its form is submitted, whoever withdraws it later. Somebody who applies for two
positions has sent two applications. Forms that were begun and never sent are not counted: see the completion rate.
"""

from core import KPI, Limit, Query

kpi = KPI(
    title="Applications received",
    owner="Careers Site",
    unit="applications",
    better="higher",
    type="driver",
    tier="leadership",
    tags=("hiring", "volume"),
    kind="flow",
    limits=(Limit(-0.25, severity="high"),),
    dimensions=("channel",),
    measure=Query("""
        select count(*) as value
        from   staging.applications
        where  submitted_at >= :start
        and    submitted_at <  :end
    """),
)
