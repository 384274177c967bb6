"""Customers by how often they ordered in the week.

One order is one-time, 2 to 4 occasional, 5 to 10 regular, 11 or more power. It goes by the orders of the period alone:
a customer of many years who ordered once this week is one-time in it. A segment that nobody is in is 0.
"""

from core import Query, Segments

segments = Segments(
    of="vpac",
    title="By orders of the customer in the week",
    owner="Retention",
    names={
        "one_time": "one-time (1)",
        "occasional": "occasional (2-4)",
        "regular": "regular (5-10)",
        "power": "power (11+)",
    },
    counts=("customers", "orders", "items"),
    ratios={
        "orders_per_customer": ("orders", "customers"),
        "items_per_order": ("items", "orders"),
        "vpac": ("items", "customers"),
    },
    measure=Query("""
        select case when orders = 1 then 'one_time'
                    when orders <= 4 then 'occasional'
                    when orders <= 10 then 'regular'
                    else 'power' end as segment,
               count(*) as customers,
               sum(orders) as orders,
               sum(items) as items
        from   (
                   select count(*) as orders, sum(items) as items
                   from   staging.orders
                   where  ordered_at >= :start
                   and    ordered_at <  :end
                   group  by customer_id
               ) as customers
        group  by 1
    """),
)
