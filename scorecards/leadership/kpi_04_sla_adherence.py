"""Share of support cases that were closed within their target time.

Support counts it by the day; the week is made of the days' parts, all cases closed in time over all cases closed, and
not of the mean of seven shares. A day on which nothing was closed adds nothing to either.
"""

from core import KPI, ref

kpi = KPI(
    title="SLA adherence",
    owner="Support",
    unit="%",
    better="higher",
    target=0.9,
    kind="ratio",
    type="guardrail",
    tier="executive",
    measure=ref("support.sla_adherence").mean(days=7),
)
