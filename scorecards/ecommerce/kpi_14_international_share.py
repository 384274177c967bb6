"""Share of net revenue that comes from outside the United Kingdom.

The country is that of the order line, so "Unspecified" and "European Community" count as abroad. A week that sold
at home alone has a share of 0; a week without any line has none.
"""

from core import KPI, Query

kpi = KPI(
    title="International share of revenue",
    owner="International",
    unit="%",
    better="higher",
    sensitivity=0.08,
    type="diagnostic",
    tier="operational",
    kind="ratio",
    measure=Query("""
        select sum(case when country <> 'United Kingdom' then quantity * unit_price else 0 end) as numerator,
               sum(quantity * unit_price) as denominator
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
    """),
)
