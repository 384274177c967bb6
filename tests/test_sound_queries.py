"""No alarm over queries that are right: each is read here, and run in PostgreSQL."""

import pytest
import sqlalchemy as sa

from core import measures
from core.databases import parse_url
from core.dataset import Column
from core.periods import Week
from core.queries import Dialect, faults

TABLES = {
    "staging.agreements": [
        *(Column("agreement_id", nulls=0), Column("client_type"), Column("status", nulls=0)),
        *(Column("start_date", "date"), Column("end_date", "date")),
    ],
    "staging.forms": [
        *(Column("id", nulls=0), Column("closed_at", "timestamp"), Column("closed_on", "date")),
        *(Column("is_test_account", "boolean", nulls=0), Column("reason")),
    ],
    "staging.order_lines": [
        *(Column("invoice_no", nulls=0), Column("stock_code", nulls=0), Column("quantity", "integer")),
        *(Column("invoice_date", "timestamp"), Column("unit_price", "decimal(12,3)"), Column("customer_id")),
        Column("country", nulls=0),
    ],
    "staging.cases": [
        *(Column("case_id"), Column("priority", nulls=0), Column("created_at", "timestamp")),
        Column("resolved_at", "timestamp"),
    ],
    "vl_analytics.scorecard_success": None,
}
WEEKLY = "invoice_date >= :start and invoice_date < :end"
SOUND = {
    "a count of the week": """
        select count(*) as value
        from   staging.forms
        where  closed_at >= :start
        and    closed_at <  :end
        and    not is_test_account
    """,
    "alive at the end, unknown type kept": """
        select count(*) as value
        from   staging.agreements
        where  start_date < :end
        and    (end_date is null or end_date >= :end)
        and    (client_type is null or client_type not in ('internal', 'test'))
    """,
    "a coalesced type": """
        select count(*) as value
        from   staging.agreements
        where  start_date < :end
        and    coalesce(client_type, '') not in ('internal', 'test')
        and    client_type is distinct from 'sample'
    """,
    "churn of 52 weeks": """
        select count(*) filter (where status = 'ended' and end_date >= :end - 364 and end_date < :end) as numerator,
               count(*)                                                                                as denominator
        from   staging.agreements
        where  start_date < :end
        and    (end_date is null or end_date >= :end - 364)
    """,
    "a mean of hours": """
        select avg(extract(epoch from (resolved_at - created_at)) / 3600) as value
        from   staging.cases
        where  resolved_at >= cast(:start as date)
        and    resolved_at <  (:end)::date
    """,
    "overdue at the end": """
        select count(*) as value
        from   staging.cases as c
        join   (values ('P1', 24), ('P2', 72)) as sla(priority, hours) on sla.priority = c.priority
        where  c.created_at + sla.hours * interval '1 hour' <= :end
        and    c.created_at < :end
        and    (resolved_at is null or resolved_at >= :end)
    """,
    "open when the week began": """
        select count(*) as value
        from   staging.cases
        where  created_at <= :start
        and    (resolved_at is null or resolved_at > :start)
    """,
    "a bucket of ages": """
        select count(*) as value
        from   staging.cases
        where  created_at <= :end - interval '24 hours'
        and    created_at >  :end - interval '72 hours'
    """,
    "first orders": f"""
        with firsts as (
            select customer_id, min(invoice_date) as first_at
            from   staging.order_lines
            where  invoice_no not like 'C%' and customer_id is not null
            group  by customer_id
        )
        select count(*) as value from firsts where first_at >= :start and first_at < :end
        union  all
        select count(*) from staging.order_lines where {WEEKLY} having count(*) < 0
    """,
    "the top twenty": f"""
        with lines as (select *, quantity * unit_price as revenue from staging.order_lines where {WEEKLY}),
             top   as (select stock_code, sum(revenue) as sold from lines group by 1 order by sold desc limit 20)
        select (select sum(sold) from top) as numerator, (select sum(revenue) from lines) as denominator
    """,
    "a window": f"""
        select avg(gap) as value
        from   (
            select invoice_date, extract(epoch from invoice_date - lag(invoice_date) over w) as gap
            from   staging.order_lines
            window w as (partition by customer_id order by invoice_date)
        ) as gaps
        where  {WEEKLY}
    """,
    "a mean of seven days": """
        with recursive days(day) as (
            select cast(:start as date)
            union all
            select day + 1 from days where day + 1 < :end
        ),
        counts as (
            select day, (select count(*) from staging.cases as c where c.created_at < day + 1) as open_cases
            from   days
        )
        select avg(open_cases) as value from counts
    """,
    "a lateral join": f"""
        select sum(twice) as value
        from   staging.order_lines as o
        cross  join lateral (select o.quantity * 2 as twice) as doubled
        where  {WEEKLY}
        order  by value
    """,
    "the last day on a date": """
        select count(*) as value
        from   staging.forms
        where  closed_on between :start and :last_sunday
        or     cast(closed_at as date) <= :last_sunday
    """,
    "a scorecard": """
        select count(*) as value from vl_analytics.scorecard_success as s where s.last_sunday = :last_sunday
    """,
    "an ISO week and its ISO year": """
        select count(*) as value
        from   staging.forms
        where  extract(isoyear from closed_at) = 2026 and extract(week from closed_at) = 53 and closed_at < :end
    """,
    "an exact share in one column": f"""
        select 1.0 * count(*) filter (where quantity < 0) / nullif(count(*), 0) as value
        from   staging.order_lines where {WEEKLY}
    """,
}


@pytest.mark.parametrize("dialect", ["postgres", "duckdb"])
@pytest.mark.parametrize("name", SOUND)
def test_a_sound_query_raises_no_alarm(name: str, dialect: Dialect):
    assert faults(SOUND[name], dialect=dialect, tables=TABLES) == []


def test_the_sound_queries_run_in_postgres(warehouse_url: str):
    engine = sa.create_engine(parse_url(warehouse_url))
    with engine.begin() as connection:
        connection.execute(sa.text("create schema staging; create schema vl_analytics"))
        connection.execute(sa.text("create table vl_analytics.scorecard_success (last_sunday date)"))
        for table, columns in TABLES.items():
            listed = ", ".join(f"{column.name} {column.type}" for column in columns or ())
            connection.execute(sa.text(f"create table if not exists {table} ({listed})"))
        for sql in SOUND.values():
            connection.execute(sa.text(sql), measures.binds(Week.of(2026, 47))).all()
    engine.dispose()


def test_sound_in_duckdb_alone():
    for sql in (
        f"select sum(quantity) as value from staging.order_lines where {WEEKLY} group by all",
        "select count(*) as value from staging.forms where strftime(closed_at, '%G-W%V') = :week",
        f"select count(q) as value from (select * exclude (country) from staging.order_lines) as x where {WEEKLY}",
        f"select count(*) filter (where quantity < 0) / count(*) as value from staging.order_lines where {WEEKLY}",
    ):
        assert faults(sql, dialect="duckdb", tables=TABLES) == []
