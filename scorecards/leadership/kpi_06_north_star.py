"""Items for each active customer: the North Star of Product Growth.

It is product_growth 01: how often customers order times how much they put into a basket. The trap: who stays away is in
no part of it, so it rises when only the best customers are left. Read it beside the count of active customers, which
stands on that scorecard with its drivers.
"""

from core import KPI, Limit, ref

kpi = KPI(
    title="North Star: items per active customer",
    owner="Product Growth",
    unit="items",
    better="higher",
    limits=(Limit(-0.05, severity="high"),),
    type="north_star",
    tier="executive",
    measure=ref("product_growth.vpac"),
)
