"""Agreements that ended in the last 52 weeks, as a share of those that ran.

As Success reports it (success 32): a year long, so one bad week moves it little and stays in it for a year.
"""

from core import KPI, ref

kpi = KPI(
    title="Churn, 52 weeks",
    owner="Customer Success",
    unit="%",
    better="lower",
    type="guardrail",
    tier="executive",
    measure=ref("success.churn_52w"),
)
