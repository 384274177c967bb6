"""Share of net revenue booked in the week's three best hours of the day.

All days of the week together, hour by hour in local time; the three best are chosen anew each week. An hour that
is cut short by cancellations loses its place: one huge order, booked and cancelled, can move the peak. Over several
weeks it is that of each week on average.
"""

from core import KPI, Query

kpi = KPI(
    title="Peak hour share of revenue",
    owner="Operations",
    unit="%",
    better="neither",
    sensitivity=0.08,
    type="diagnostic",
    tier="operational",
    kind="ratio",
    measure=Query("""
        select sum(revenue) filter (where place <= 3) as numerator,
               sum(revenue) as denominator
        from   (
                   select sum(quantity * unit_price) as revenue,
                          row_number() over (order by sum(quantity * unit_price) desc) as place
                   from   staging.order_lines
                   where  invoice_date >= :start
                   and    invoice_date <  :end
                   group  by extract(hour from invoice_date)
               ) as hours
    """),
)
