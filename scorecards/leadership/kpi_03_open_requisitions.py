"""Positions that are approved and not filled, at the end of the week.

As Recruitment counts them (recruitment 01). It is a stock: weeks do not add up, and a month is its last week.
"""

from core import KPI, ref

kpi = KPI(
    title="Open requisitions",
    owner="People",
    unit="positions",
    better="lower",
    kind="stock",
    type="diagnostic",
    tier="leadership",
    measure=ref("recruitment.open_requisitions"),
)
