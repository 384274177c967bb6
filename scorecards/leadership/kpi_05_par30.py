"""Share of the loan book that is 30 days or more past due, at the last month's end.

Lending takes it once a month. A week shows the last month that has ended with it, so it stands still for weeks and
then steps; a week in which a month ends already shows that month.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="PAR30, last month",
    owner="Risk",
    unit="%",
    better="lower",
    target=Target(0.03, warn=0.05, critical=0.10),
    type="guardrail",
    tier="executive",
    measure=ref("lending.par30").last(months=1),
)
