"""Average price of a unit: net revenue over net units.

Weighted by what was sold, so it moves with the mix of products as much as with the price list. Neither direction
is good in itself. Stock written off (units without a price) raises it.
"""

from core import KPI, Query

kpi = KPI(
    title="Average unit price",
    owner="Pricing",
    unit="GBP",
    better="neither",
    sensitivity=0.08,
    type="guardrail",
    tier="leadership",
    kind="ratio",
    dimensions=("country",),
    measure=Query("""
        select sum(quantity * unit_price) as numerator,
               sum(quantity) as denominator
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
