"""Net revenue of the shop, as E-Commerce reports it.

The same number as ecommerce 01, in pounds, cancellations taken off. Nothing is worked out anew here: where the two
differ, one of the sheets has not been published since.
"""

from core import KPI, ref

kpi = KPI(
    title="Net revenue",
    owner="Finance",
    unit="GBP",
    better="higher",
    sensitivity=0.05,
    critical_drop=0.15,
    kind="flow",
    type="north_star",
    tier="executive",
    measure=ref("ecommerce.total_revenue"),
)
