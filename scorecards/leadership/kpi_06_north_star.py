"""Items for each active customer: the North Star of Product Growth.

It is product_growth 01, the product of how often customers order and how much they put into a basket. Its drivers stand
on that scorecard.
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
