"""Net revenue by its largest countries: what each was sold, and what it gave back.

The eight are fixed, the largest of the year in which they were chosen; everybody else is one row, "Unspecified" and the
European Community included. Sold and taken back stand apart because a share needs parts that are never below 0: in the
week of one large return, a small country's net revenue is. Net revenue is the one less the other, and over all rows it
is that of the KPI. An order belongs to one country.
"""

from core import Query, Segments

segments = Segments(
    of="revenue_by_country",
    title="By country",
    owner="International",
    names={
        "united_kingdom": "United Kingdom",
        "netherlands": "Netherlands",
        "eire": "EIRE",
        "germany": "Germany",
        "france": "France",
        "australia": "Australia",
        "switzerland": "Switzerland",
        "spain": "Spain",
        "others": "all others",
    },
    counts=("sold", "taken_back", "orders"),
    measure=Query("""
        select case when country in ('United Kingdom', 'Netherlands', 'EIRE', 'Germany', 'France', 'Australia',
                                     'Switzerland', 'Spain')
                    then lower(replace(country, ' ', '_')) else 'others' end as segment,
               sum(greatest(quantity * unit_price, 0)) as sold,
               sum(greatest(-quantity * unit_price, 0)) as taken_back,
               count(distinct invoice_no) filter (where left(invoice_no, 1) not in ('C', 'A')) as orders
        from   staging.order_lines
        where  invoice_date >= :start
        and    invoice_date <  :end
        group  by 1
    """),
)
