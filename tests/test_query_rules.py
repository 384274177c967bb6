"""The ways to a wrong number that a text gives away: the clock, closed ranges, years beside weeks, lost remainders."""

from typing import Any

import pytest

from core.dataset import Column
from core.measures import Blend, Query
from core.queries import Dialect, faults, measure_faults

TABLES = {
    "staging.forms": [Column("closed_at", "timestamp"), Column("closed_on", "date")],
    "staging.order_lines": [
        Column("quantity", "integer"),
        Column("invoice_date", "timestamp"),
        Column("customer_id"),
    ],
}
WEEKLY = "invoice_date >= :start and invoice_date < :end"
COUNT = f"select count(*) as value from staging.order_lines where {WEEKLY}"


def refused(sql: str, **options: Any) -> str:
    """The one fault of a query."""
    told = faults(sql, **{"tables": TABLES, **options})
    assert len(told) == 1, told
    return told[0]


@pytest.mark.parametrize(
    "clock",
    [
        *("now()", "NOW()", "current_date", "current_timestamp", "localtimestamp", "clock_timestamp()"),
        *("pg_catalog.now()", "random()", "gen_random_uuid()"),
    ],
)
@pytest.mark.parametrize("dialect", ["postgres", "duckdb"])
def test_the_clock_and_chance_are_refused(clock: str, dialect: Dialect):
    told = faults(f"{COUNT} and {clock} is not null", tables=None, dialect=dialect)
    assert len(told) == 1
    assert clock.rpartition(".")[2].lower() in told[0]


@pytest.mark.parametrize(
    "clock", ["'now'::timestamp", "date 'today'", "cast('yesterday' as date)", "age(invoice_date)"]
)
def test_the_clock_in_disguise_is_refused(clock: str):
    assert len(faults(f"{COUNT} and {clock} is not null", tables=TABLES)) == 1


def test_a_column_or_text_that_is_called_like_a_clock_is_welcome():
    sql = "select count(today) as value from crm.visits as v where v.current_date >= :start and note = 'now()'"
    assert faults(sql, tables=None) == []


# Ranges.


@pytest.mark.parametrize(
    ("condition", "better"),
    [
        ("closed_at between :start and :end", "closed_at >= :start and closed_at < :end"),
        ("closed_at between :end - 28 and :end", "closed_at >= :end - 28 and closed_at < :end"),
        ("closed_at between :start - 28 and :start", "closed_at >= :start - 28 and closed_at < :start"),
        ("closed_at between :start - 364 and :end - 364", "closed_at >= :start - 364 and closed_at < :end - 364"),
        ("closed_at between :start and :last_sunday", "closed_at >= :start and closed_at < :end"),
        ("closed_at >= :start and closed_at <= :end", "closed_at < :end"),
        ("closed_at >= :start and :end >= closed_at", "closed_at < :end"),
        ("cast(closed_at as date) <= :end", "closed_at < :end"),
        ("closed_at > :start and closed_at < :end", "closed_at >= :start"),
        ("closed_at >= :start - 28 and closed_at <= :start", "closed_at < :start"),
        ("closed_at >= :start and closed_at <= :last_sunday", "closed_at < :end"),
        ("closed_at > :end", "closed_at >= :end"),
    ],
)
def test_a_range_that_is_not_half_open_is_refused_with_the_one_that_is(condition: str, better: str):
    told = refused(f"select count(*) as value from staging.forms where {condition}")
    assert f"Write {better}." in told


# Years and weeks, ratios, whole numbers: what they cost is shown in tests/soundness.


def test_the_calendar_year_beside_the_iso_year_is_refused_in_weekly_kpis_alone():
    sql = "select count(*) as value from staging.forms where extract(year from closed_at) = :year and closed_at < :end"
    assert "ISO year" in refused(sql)
    assert faults(sql, tables=TABLES, cadence="monthly") == []


@pytest.mark.parametrize(
    "division",
    ["count(*) filter (where quantity < 0) / count(*)", "count(*) / nullif(count(customer_id), 0)", "count(*) / 7"],
)
def test_a_division_of_counts_is_refused_where_postgres_would_drop_the_rest(division: str):
    sql = f"select {division} as value from staging.order_lines where {WEEKLY}"
    assert "drops the rest" in refused(sql)
    assert faults(sql, tables=TABLES, dialect="duckdb") == []


PEOPLE = {
    "staging.people": [
        *(Column("mail", sensitive=True), Column("salary", "decimal(9,2)", sensitive=True), Column("region")),
        *(Column("client_id", "integer", sensitive="hash"), Column("hours", "integer"), Column("at", "timestamp")),
    ]
}
_THEN = "from staging.people where at >= :start and at < :end"


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        (f"select mail as value {_THEN}", "mail"),
        (f"select max(salary) as value {_THEN}", "salary"),
        (f"select min(cast(mail as integer)) filter (where hours > 1) as value {_THEN}", "mail"),
        (f"select max(client_id) as numerator, count(*) as denominator {_THEN}", "client_id"),
        (f"select coalesce((select salary {_THEN} limit 1), 0) as value", "salary"),
        (f"select x.s as value from (select max(salary) as s {_THEN}) as x", "salary"),
        (f"with a as (select salary as s {_THEN}) select max(s) as value from a", "salary"),
        (f"select * from (select salary as value {_THEN}) as x", "salary"),
        (f"select hours as value {_THEN} union all select salary {_THEN}", "salary"),
    ],
)
def test_what_one_row_holds_in_a_sensitive_column_is_no_number_to_publish(sql: str, column: str):
    assert refused(sql, tables=PEOPLE) == (
        f"the query returns what one row holds in {column}, which is sensitive. Count, add up or average it."
    )


def test_a_blend_sees_through_its_inputs():
    measure = Blend(tables={"p": Query(f"select salary as pay {_THEN}")}, sql="select max(pay) as value from p")
    assert ["salary, which is sensitive" in fault for fault in measure_faults(measure, tables=PEOPLE)] == [True]


@pytest.mark.parametrize(
    "chosen",
    [
        *("count(distinct mail) as value", "sum(salary) as value", "avg(salary) as value", "max(hours) as value"),
        "count(mail) as numerator, count(*) as denominator",
        "sum(case when mail like '%@example.com' then hours end) as value",
    ],
)
def test_sensitive_columns_may_be_counted_added_up_and_asked_about(chosen: str):
    assert faults(f"select {chosen} {_THEN}", tables=PEOPLE) == []
