"""Share of support cases that were closed within their target time.

As Support reports it by the week (support 11), made of the parts of its days: all cases closed in time over all cases
closed. The trap: an overdue case counts only once it is closed, so that it looks best where old cases are left lying.
Support has the breached ones that are still open.
"""

from core import KPI, Limit, Target, ref

kpi = KPI(
    title="SLA adherence",
    owner="Support Operations",
    unit="%",
    better="higher",
    target=Target(0.90, warn=0.85),
    limits=(Limit(-0.10, severity="high"),),
    kind="ratio",
    type="guardrail",
    tier="executive",
    measure=ref("support.weekly_sla_adherence"),
)
