"""Open cases that have used up 80 % of their target when the week ends, and are still within it.

As of its last midnight. What was at risk on Wednesday and closed or breached on Thursday is not in it: the week's sum
would count one case on each day that it was at risk. The list to work on is the daily one.
"""

from core import KPI, ref

kpi = KPI(
    title="At risk of breach, end of the week",
    owner="Support Operations",
    unit="cases",
    better="lower",
    type="guardrail",
    tier="operational",
    tags=("sla", "risk"),
    kind="stock",
    measure=ref("at_risk").last(days=1),
)
