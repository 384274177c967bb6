"""Customers with any line in the week, each counted once.

Guests have no number and are not counted; a customer who only returned something is. Weeks do not add up:
somebody who buys in two weeks of a month is one customer of that month.
"""

from core import KPI, Query

kpi = KPI(
    title="Active customers",
    owner="Growth",
    unit="customers",
    better="higher",
    sensitivity=0.06,
    critical_drop=0.15,
    type="driver",
    tier="leadership",
    kind="stock",
    dimensions=("country",),
    measure=Query("""
        select count(distinct customer_id) as value
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
