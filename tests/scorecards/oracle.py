"""An independent calculation of the sixteen retail KPIs: one grouped pass of DuckDB over the raw file.

It shares no text with the KPI files: weeks come from the calendar label of each line, not from a range; sums of
parts come from what is left over; the best of a week come from sorted lists.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

Parts = tuple[Decimal | None, Decimal | None]
"""Numerator and denominator; of a plain value, the value and None."""

LINES = """
    create view lines as
    select InvoiceNo as invoice, StockCode as code, Quantity as pieces, CustomerID as customer, Country as country,
           InvoiceDate as moment, strftime(InvoiceDate, '%G-W%V') as week,
           Quantity * UnitPrice::decimal(12, 4) as money,
           not regexp_matches(InvoiceNo, '^[CA]') as is_order
    from   read_parquet($file)
"""

BY_WEEK = """
    select week,
           sum(money) as revenue,
           sum(money) - sum(money) filter (where country = 'United Kingdom') as abroad,
           coalesce(sum(money) filter (where dayname(moment) in ('Saturday', 'Sunday')), 0) as weekend,
           coalesce(sum(money) filter (where customer is not null), 0) as identified,
           sum(pieces) as units,
           len(list_distinct(list(invoice) filter (where is_order))) as orders,
           len(list_distinct(list(customer))) as customers,
           len(list_distinct(list(invoice) filter (where pieces < 0))) as returns,
           len(list_distinct(list(invoice))) as invoices
    from   lines
    group  by week
"""

BEST = """
    select week, list_sum(list_reverse_sort(list(money))[:{count}])
    from   (select week, sum(money) as money from lines group by week, {key})
    group  by week
"""

NEWCOMERS = """
    select week, count(*)
    from   (select arg_min(week, moment) as week from lines where is_order and customer is not null group by customer)
    group  by week
"""

REPEATERS = """
    with ends as (select week, date_trunc('week', min(moment))::date + 7 as out from lines group by week),
         orders as (select distinct customer, invoice, moment::date as day from lines where is_order),
         frequent as (
             select week, customer
             from   ends join orders on day between out - 364 and out - 1
             group  by week, customer
             having count(distinct invoice) >= 2
         )
    select week, count(*)
    from   (select distinct week, customer from lines) semi join frequent using (week, customer)
    group  by week
"""


def expected_weeks(file: Path) -> Mapping[str, Mapping[str, Parts]]:
    """KPI number -> week -> parts, of every week that has lines."""
    with duckdb.connect() as duck:
        duck.execute(LINES.replace("$file", f"'{file}'"))
        rows = duck.execute(BY_WEEK)
        names = [column[0] for column in rows.description]
        weeks = {row[0]: {n: Decimal(v) for n, v in zip(names[1:], row[1:], strict=True)} for row in rows.fetchall()}
        top20 = _by_week(duck, BEST.format(count=20, key="code"))
        best3 = _by_week(duck, BEST.format(count=3, key="hour(moment)"))
        new, repeat = _by_week(duck, NEWCOMERS), _by_week(duck, REPEATERS)
    kpis: dict[str, dict[str, Parts]] = {f"{number:02}": {} for number in range(1, 17)}
    for week, w in weeks.items():
        parts: list[Parts] = [
            (w["revenue"], None),
            (w["revenue"], w["orders"]),
            (w["identified"], w["customers"]),
            (w["orders"], None),
            (w["units"], w["orders"]),
            (w["units"], None),
            (w["customers"], None),
            (repeat.get(week, Decimal(0)), w["customers"]),
            (new.get(week, Decimal(0)), None),
            (top20[week], w["revenue"]),
            (w["revenue"], w["units"]),
            (w["returns"], w["invoices"]),
            (w["revenue"], None),
            (w["abroad"], w["revenue"]),
            (w["weekend"], w["revenue"]),
            (best3[week], w["revenue"]),
        ]
        for number, part in enumerate(parts, start=1):
            kpis[f"{number:02}"][week] = part
    return kpis


def _by_week(duck: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Decimal]:
    return {week: Decimal(value) for week, value in duck.execute(sql).fetchall()}
