"""Offboarding forms completed, mean of four weeks.

Exactly four weeks, this one included, whatever the calendar does. When one of the four is unknown, so is the mean:
three weeks are never passed off as four. Weeks of it do not add up: each form is in four of them.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="Offboarding forms, 4-week mean",
    owner="Customer Success",
    unit="forms",
    better="lower",
    target=Target(12, warn=13),
    type="driver",
    tier="leadership",
    kind="stock",
    measure=ref("offboarding_forms").mean(weeks=4),
)
