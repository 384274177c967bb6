"""Share of the week's net revenue that its twenty best products bring.

The twenty are chosen anew each week, by net revenue. Codes are taken as written: postage, fees and manual lines
are codes too, and 85123A and 85123a are two. Lower is better: the week hangs less on a few products. Over several weeks
it is that of each week on average, not of the twenty best of them all.
"""

from core import KPI, Query

kpi = KPI(
    title="Revenue share of the top 20 products",
    owner="Product",
    unit="%",
    better="lower",
    sensitivity=0.05,
    type="guardrail",
    tier="leadership",
    kind="ratio",
    measure=Query("""
        select sum(revenue) filter (where place <= 20) as numerator,
               sum(revenue) as denominator
        from   (
                   select sum(quantity * unit_price) as revenue,
                          row_number() over (order by sum(quantity * unit_price) desc) as place
                   from   staging.order_lines
                   where  invoice_date >= :start
                   and    invoice_date <  :end
                   group  by stock_code
               ) as products
    """),
)
