"""Applications that wait for a decision when the week ends.

Submitted before the end of the week, and neither decided nor withdrawn before it: what was decided since still waits
in the week it waited in. A number at a moment: weeks do not add up.
"""

from core import KPI, Limit, Query, Target

kpi = KPI(
    title="Unscreened backlog",
    owner="Screening",
    unit="applications",
    better="lower",
    target=Target(30, warn=40),
    type="guardrail",
    tier="operational",
    tags=("hiring", "volume"),
    kind="stock",
    limits=(Limit(0.50, severity="high"),),
    dimensions=("channel",),
    measure=Query("""
        select count(*) as value
        from   staging.applications
        where  submitted_at < :end
        and    (decided_at is null or decided_at >= :end)
    """),
)
