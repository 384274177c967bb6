"""Orders placed.

An order is a distinct invoice that starts with neither C (cancellation) nor A (adjustment). An order that is
cancelled later stays an order: the cancellation is an invoice of its own. A week without trading has 0 orders.
Weekday 1 is Monday, 7 is Sunday; the hour is the shop's local time.
"""

from core import KPI, Query

kpi = KPI(
    title="Orders",
    owner="Operations",
    unit="orders",
    better="higher",
    sensitivity=0.07,
    critical_drop=0.20,
    type="driver",
    tier="executive",
    kind="flow",
    dimensions=("country", "weekday", "hour"),
    measure=Query("""
        select count(distinct invoice_no) as value
        from   (
                   select invoice_no, country, invoice_date,
                          extract(isodow from invoice_date) as weekday,
                          extract(hour from invoice_date) as hour
                   from   staging.order_lines
               ) as lines
        where  invoice_date >= :start
        and    invoice_date <  :end
        and    left(invoice_no, 1) not in ('C', 'A')
    """),
)
