"""Mean hours from creation to resolution, of the cases closed in the week.

All hours of the seven days over all their cases: days with many cases weigh more. The mean of seven daily means would
let one old case, closed alone on a Sunday, count like the hundred of a Monday. A day without a closing adds nothing.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="Mean time to resolve, week",
    owner="Support Operations",
    unit="hours",
    better="lower",
    target=Target(96, warn=120),
    type="driver",
    tier="leadership",
    tags=("sla",),
    kind="ratio",
    measure=ref("mttr").mean(days=7),
)
