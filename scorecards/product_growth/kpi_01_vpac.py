"""Value per active customer: the North Star. Items ordered in the week for each customer who ordered.

How often customers order times how much they put in: orders per customer x items per order, which is items over
customers exactly. It is not the mean number of orders times the mean of each customer's own mean basket: on a year of
real orders that gives 1,082.86 where the truth is 1,191.29, because those who order often also fill larger baskets.
"""

from core import KPI, Limit, ref

kpi = KPI(
    title="Value per active customer",
    owner="Product Growth",
    unit="items",
    better="higher",
    type="north_star",
    tier="executive",
    tags=("growth", "value"),
    limits=(Limit(-0.05, severity="high"),),
    measure=ref("orders_per_customer") * ref("items_per_order"),
)
