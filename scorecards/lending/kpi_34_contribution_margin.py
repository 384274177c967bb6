"""Contribution margin: what a pound that is lent leaves in a year, after funding and losses.

Effective yield, less the cost of funds, less the realized loss. Acquisition and overheads are still to be paid from
it. The loss is that of the last twelve months: a book that went bad lately still shows a fine margin.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="Contribution margin",
    owner="Finance",
    unit="%",
    better="higher",
    cadence="monthly",
    target=Target(0.10, warn=0.08),
    type="north_star",
    tier="executive",
    tags=("unit economics",),
    measure=ref("effective_yield") - ref("cost_of_funds") - ref("realized_loss"),
)
