"""Share of the week's customers who ordered more than once within a year.

Of the customers with any line in the week, those with two orders or more in the 364 days that end with it; over
several weeks, a customer counts in each. Cancellations are no orders. In the first year of the data it is too low.
"""

from core import KPI, Query

kpi = KPI(
    title="Repeat customer rate",
    owner="Retention",
    unit="%",
    better="higher",
    sensitivity=0.10,
    type="driver",
    tier="leadership",
    kind="ratio",
    dimensions=("country",),
    measure=Query("""
        select count(distinct customer_id) filter (where exists (
                   select
                   from   staging.order_lines as one join staging.order_lines as other using (customer_id)
                   where  one.customer_id = active.customer_id
                   and    one.invoice_no <> other.invoice_no
                   and    left(one.invoice_no, 1) not in ('C', 'A')
                   and    left(other.invoice_no, 1) not in ('C', 'A')
                   and    one.invoice_date >= :end - interval '364 days'
                   and    one.invoice_date <  :end
                   and    other.invoice_date >= :end - interval '364 days'
                   and    other.invoice_date <  :end
               )) as numerator,
               count(distinct customer_id) as denominator
        from   (
                   select distinct customer_id, country
                   from   staging.order_lines
                   where  invoice_date >= :start
                   and    invoice_date <  :end
               ) as active
    """),
)
