"""Backlog against the mean of the seven days before, less 1; above 20 % is a spike.

Seven days exactly, weekend included, this one left out: a day must not soften the yardstick that it is held against.
When one of the eight is unknown, so is the growth; a mean of 0 leaves it unknown too, never infinite. A backlog that
creeps up a little every day is no spike: read the backlog as well.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="Backlog growth",
    owner="Support Operations",
    unit="%",
    better="lower",
    target=Target(0.20),
    cadence="daily",
    type="guardrail",
    tier="operational",
    tags=("backlog", "risk"),
    kind="stock",
    measure=ref("open_backlog") / ref("open_backlog").ago(days=1).mean(days=7) - 1,
)
