"""Backlog at the end of the week against the mean of the seven days before its last one, less 1; above 20 % is a spike.

The growth of the last day, as the daily KPI has it. A spike that came on Tuesday and was worked off by Friday is not
seen here: look at the days. It is no change from week to week either, which the open backlog shows.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="Backlog growth, end of the week",
    owner="Support Operations",
    unit="%",
    better="lower",
    target=Target(0.20),
    type="guardrail",
    tier="operational",
    tags=("backlog", "risk"),
    kind="stock",
    measure=ref("backlog_growth").last(days=1),
)
