"""Share of net revenue booked on Saturday and Sunday.

The shop does not trade on Saturdays: this is in fact Sunday's share. A week whose Sunday was closed has a share
of 0, not an unknown one. A week that is not over yet shows 0 until Sunday comes.
"""

from core import KPI, Query

kpi = KPI(
    title="Weekend share of revenue",
    owner="Operations",
    unit="%",
    better="neither",
    sensitivity=0.10,
    type="diagnostic",
    tier="operational",
    kind="ratio",
    measure=Query("""
        select sum(
                   case when extract(isodow from invoice_date) in (6, 7) then quantity * unit_price else 0 end
               ) as numerator,
               sum(quantity * unit_price) as denominator
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
