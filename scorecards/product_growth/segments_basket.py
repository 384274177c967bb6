"""Customers by the quartile of their basket.

A customer's basket is their items per order in the week. Those of whom fewer than a quarter of all customers have a
smaller one are the smallest quarter, and so on: the same basket is always in the same quartile, so they are not always
equal in number, and one may be empty: it is 0 then. The quartiles are cut anew each week.
"""

from core import Query, Segments

segments = Segments(
    of="vpac",
    title="By basket of the customer, in quartiles",
    owner="Merchandising",
    names={"q1": "smallest quarter", "q2": "second quarter", "q3": "third quarter", "q4": "largest quarter"},
    counts=("customers", "orders", "items"),
    ratios={
        "orders_per_customer": ("orders", "customers"),
        "items_per_order": ("items", "orders"),
        "vpac": ("items", "customers"),
    },
    measure=Query("""
        select case when smaller < 0.25 * everyone then 'q1'
                    when smaller < 0.50 * everyone then 'q2'
                    when smaller < 0.75 * everyone then 'q3'
                    else 'q4' end as segment,
               count(*) as customers,
               sum(orders) as orders,
               sum(items) as items
        from   (
                   select count(*) as orders,
                          sum(items) as items,
                          rank() over (order by cast(sum(items) as double precision) / count(*)) - 1 as smaller,
                          count(*) over () as everyone
                   from   staging.orders
                   where  ordered_at >= :start
                   and    ordered_at <  :end
                   group  by customer_id
               ) as baskets
        group  by 1
    """),
)
