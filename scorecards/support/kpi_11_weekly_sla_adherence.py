"""Share of the cases closed in the week that were closed within their target.

Made of the parts of its seven days: all cases closed in time over all cases closed, never the mean of seven shares,
in which a quiet Sunday would count like a Monday. A day on which nothing was closed adds nothing to either. What is
overdue and still open is in neither part: read it beside `weekly_breached_open`.
"""

from core import KPI, Limit, Target, ref

kpi = KPI(
    title="SLA adherence, week",
    owner="Support Operations",
    unit="%",
    better="higher",
    target=Target(0.90, warn=0.85),
    limits=(Limit(-0.10, severity="high"),),
    type="north_star",
    tier="executive",
    tags=("sla",),
    kind="ratio",
    measure=ref("sla_adherence").mean(days=7),
)
