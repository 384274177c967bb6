"""Cases created in the week, however they ended.

The sum of its seven days: each case is created on one of them. What comes in, not what is worked off: a falling backlog
may be good work or just fewer cases.
"""

from core import KPI, ref

kpi = KPI(
    title="Cases created, week",
    owner="Support Operations",
    unit="cases",
    better="neither",
    type="diagnostic",
    tier="operational",
    tags=("backlog",),
    kind="flow",
    measure=ref("case_volume").sum(days=7),
)
