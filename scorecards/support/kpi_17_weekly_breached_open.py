"""Open cases that have used up all of their target when the week ends.

As of its last midnight: what was breached and closed within the week is in SLA adherence, not here. Weeks do not add
up, for an overdue case stays in every one until somebody closes it.
"""

from core import KPI, ref

kpi = KPI(
    title="Breached and still open, end of the week",
    owner="Support Operations",
    unit="cases",
    better="lower",
    type="guardrail",
    tier="leadership",
    tags=("sla", "risk"),
    kind="stock",
    measure=ref("breached_open").last(days=1),
)
