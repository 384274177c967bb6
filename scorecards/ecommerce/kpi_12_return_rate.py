"""Share of invoices that take something back.

Distinct invoices with a negative quantity over distinct invoices of all kinds: cancellations, returns and stock
written off. A return counts in the week it is booked, not in the week of its sale.
"""

from core import KPI, Query

kpi = KPI(
    title="Return rate",
    owner="Operations",
    unit="%",
    better="lower",
    sensitivity=0.10,
    critical_spike=0.15,
    type="guardrail",
    tier="leadership",
    kind="ratio",
    dimensions=("stock_code", "country"),
    measure=Query("""
        select count(distinct invoice_no) filter (where quantity < 0) as numerator,
               count(distinct invoice_no) as denominator
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
