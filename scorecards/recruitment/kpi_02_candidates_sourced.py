"""Candidates who came into the pipeline.

A candidate is a person on a requisition and counts in the week the recruiter adds it. Somebody put forward for two
positions is two candidates, since both have one more to choose from: this is no count of people.
"""

from core import KPI, Limit, Query

kpi = KPI(
    title="Candidates sourced",
    owner="Sourcing",
    unit="candidates",
    better="higher",
    type="driver",
    tier="operational",
    tags=("hiring", "pipeline"),
    kind="flow",
    limits=(Limit(-0.25, severity="medium"),),
    dimensions=("source",),
    measure=Query("""
        select count(*) as value
        from   staging.candidates
        where  sourced_at >= :start
        and    sourced_at <  :end
    """),
)
