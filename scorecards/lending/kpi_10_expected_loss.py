"""Expected loss of the next twelve months, of the balance: default rate x loss given default x exposure at default.

How often loans went into default within a year, how much of that was lost, and how much could still go. It looks back
to look ahead: when times change, it is a year behind. Set it against the realized loss a year later.
"""

from core import KPI, ref

kpi = KPI(
    title="Expected loss",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    type="guardrail",
    tier="leadership",
    kind="stock",
    tags=("portfolio",),
    measure=ref("default_rate") * ref("lgd") * ref("ead"),
)
