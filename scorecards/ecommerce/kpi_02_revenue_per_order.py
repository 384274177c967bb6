"""Net revenue per order.

The revenue is that of all lines, cancellations included; orders are the distinct invoices that start with neither
C nor A. So a week of many cancellations shows a lower value per order. Weekday 1 is Monday, 7 is Sunday.
"""

from core import KPI, Query

kpi = KPI(
    title="Net revenue per order",
    owner="Product",
    unit="GBP",
    better="higher",
    sensitivity=0.08,
    critical_drop=0.20,
    type="driver",
    tier="executive",
    kind="ratio",
    dimensions=("country", "weekday"),
    measure=Query("""
        select sum(quantity * unit_price) as numerator,
               count(distinct invoice_no) filter (where left(invoice_no, 1) not in ('C', 'A')) as denominator
        from   (
                   select invoice_no, quantity, unit_price, country, invoice_date,
                          extract(isodow from invoice_date) as weekday
                   from   staging.order_lines
               ) as lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
