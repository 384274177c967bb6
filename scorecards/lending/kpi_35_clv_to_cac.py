"""Customer lifetime value to acquisition cost: what a customer leaves, for each pound that winning one costs.

A quarter's margin on a customer's balance, for as many quarters as customers stay (1 / churn), over the acquisition
cost. It takes today's margin, balance and churn for ever, so it swings with all three: below 1, growing loses money.
"""

from core import KPI, Target, ref

kpi = KPI(
    title="CLV to CAC",
    owner="Growth",
    unit="x",
    better="higher",
    cadence="monthly",
    target=Target(7, warn=5),
    type="driver",
    tier="executive",
    tags=("unit economics",),
    measure=ref("contribution_margin") / 4 * ref("balance_per_customer") / ref("churn_90d") / ref("acquisition_cost"),
)
