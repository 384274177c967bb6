"""Non-performing loans: the share of the balance that is 90 days past due or more, or non-accrual.

Non-accrual is a loan whose interest has been stopped: its rate is 0, as after a bankruptcy, however few days it is
late. So it is never below PAR 90. A loan whose rate nobody knows is judged by its days alone.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Non-performing loans",
    owner="Risk",
    unit="%",
    better="lower",
    cadence="monthly",
    target=Target(0.04, warn=0.06, critical=0.10),
    type="guardrail",
    tier="leadership",
    kind="ratio",
    tags=("portfolio",),
    dimensions=("channel", "region"),
    measure=Query("""
        select coalesce(sum(balance) filter (where days_past_due >= 90 or annual_rate = 0), 0) as numerator,
               sum(balance) as denominator
        from   staging.loan_book
        where  snapshot_month >= :start
        and    snapshot_month <  :end
    """),
)
