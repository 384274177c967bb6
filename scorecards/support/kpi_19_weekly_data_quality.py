"""Data quality of the cases known when the week ends: 100 points less the shares of four faults, never below 0.

The score of its last day, which is over all cases ever, not over those of the week: a bad week hardly moves it once
there are many years of good ones.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="Data quality of cases, end of the week",
    owner="Support Operations",
    unit="points",
    better="higher",
    target=Target(99, warn=97),
    type="guardrail",
    tier="diagnostic",
    tags=("data",),
    kind="stock",
    measure=ref("data_quality").last(days=1),
)
