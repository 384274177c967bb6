"""Requisitions that are open when the week ends: neither filled nor cancelled.

As Recruitment counts them (recruitment 01). It falls when we hire and just as well when positions are given up: neither
is good in itself, and hires say which it was. It is a stock: weeks do not add up, and a month is its last week.
"""

from core import KPI, ref

kpi = KPI(
    title="Open requisitions",
    owner="Talent Acquisition",
    unit="requisitions",
    better="neither",
    kind="stock",
    type="diagnostic",
    tier="leadership",
    measure=ref("recruitment.open_requisitions"),
)
