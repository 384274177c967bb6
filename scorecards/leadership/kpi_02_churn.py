"""Agreements that were terminated in the last 52 weeks, as a share of those that ran.

As Success reports it (success 32): what came to its agreed end is no churn. The trap: it is a year long, so one bad
week moves it little and stays in it for a year; it is still good when trouble begins, and still bad when it is over.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="Churn, 52 weeks",
    owner="Customer Success",
    unit="%",
    better="lower",
    target=Target(0.26, warn=0.28),
    kind="stock",
    type="guardrail",
    tier="executive",
    measure=ref("success.churn_52w"),
)
