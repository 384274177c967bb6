"""Customers whose first order ever lies in the week.

Ever means as far back as the data reaches: in its first weeks nearly everybody looks new. Guests have no number
and never count; a cancellation is no first order.
"""

from core import KPI, Query

kpi = KPI(
    title="New customers",
    owner="Growth",
    unit="customers",
    better="higher",
    sensitivity=0.15,
    type="driver",
    tier="leadership",
    kind="flow",
    dimensions=("country",),
    measure=Query("""
        select count(distinct customer_id) as value
        from   (
                   select distinct customer_id, country
                   from   staging.order_lines
                   where  invoice_date >= :start
                   and    invoice_date <  :end
                   and    left(invoice_no, 1) not in ('C', 'A')
               ) as buyers
        where  not exists (
                   select
                   from   staging.order_lines as earlier
                   where  earlier.customer_id = buyers.customer_id
                   and    earlier.invoice_date < :start
                   and    left(earlier.invoice_no, 1) not in ('C', 'A')
               )
    """),
)
