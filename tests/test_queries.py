"""What a query's text says: every fault as a sentence, and no alarm over queries that are right."""

import logging
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core import measures
from core.dataset import Column
from core.measures import Blend, File, Query, Sheet
from core.periods import Week
from core.queries import BINDS, Dialect, binds_in, faults, measure_faults, tables_in

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
COUNT = f"select count(*) as value from staging.order_lines where {WEEKLY}"

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


def test_sound_in_duckdb_alone():
    for sql in (
        f"select sum(quantity) as value from staging.order_lines where {WEEKLY} group by all",
        "select count(*) as value from staging.forms where strftime(closed_at, '%G-W%V') = :week",
        f"select count(q) as value from (select * exclude (country) from staging.order_lines) as x where {WEEKLY}",
        f"select count(*) filter (where quantity < 0) / count(*) as value from staging.order_lines where {WEEKLY}",
    ):
        assert faults(sql, dialect="duckdb", tables=TABLES) == []


def refused(sql: str, **options: Any) -> str:
    """The one fault of a query."""
    told = faults(sql, **{"tables": TABLES, **options})
    assert len(told) == 1, told
    return told[0]


# One SELECT.


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("", "the query is empty or a quote in it is never closed."),
        ("  \n -- nothing\n", "the query is empty or a quote in it is never closed."),
        ("select 'abc", "the query is empty or a quote in it is never closed."),
        ("select 1 as value; select 2 as value", "the query holds 2 statements. Write one SELECT."),
        ("delete from staging.forms", "the query begins with delete. Write one SELECT."),
        ("vacuum", "the query begins with vacuum. Write one SELECT."),
        ("explain select 1", "the query begins with explain. Write one SELECT."),
        ("selct 1", 'the query begins with selct. Did you mean "select"?'),
        (
            "\n\n  select count(\n  from staging.forms",
            'line 2 of the query cannot be read near "forms". Look there and just before.',
        ),
    ],
)
@pytest.mark.parametrize("dialect", ["postgres", "duckdb"])
def test_what_is_not_one_select_is_refused(sql: str, fault: str, dialect: Dialect):
    assert refused(sql, dialect=dialect) == fault


@pytest.mark.parametrize(
    "sql",
    [
        f"with gone as (delete from staging.order_lines where {WEEKLY} returning *) select count(*) as value from gone",
        f"with new as (insert into staging.order_lines select * from staging.order_lines where {WEEKLY} returning *) "
        "select count(*) as value from new",
        f"select count(*) as value into kept from staging.order_lines where {WEEKLY}",
        f"select quantity as value from staging.order_lines where {WEEKLY} for update",
    ],
)
def test_a_select_that_writes_or_locks_is_refused(sql: str):
    assert "A KPI only reads" in refused(sql)


def test_a_closing_semicolon_is_no_second_statement():
    assert faults(COUNT + ";\n", tables=TABLES) == []


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ("count(*)", "a column without a name"),
        ("count(*) as vlaue", "vlaue"),
        ("count(*) as value, sum(quantity) as other", "value, other"),
        ("count(*) as numerator", "numerator"),
        ("count(*) as value, 1 as value", "value, value"),
    ],
)
def test_a_query_returns_value_or_numerator_and_denominator(chosen: str, shown: str):
    told = refused(f"select {chosen} from staging.order_lines where {WEEKLY}")
    assert told.startswith(f"the query returns {shown}. Return value, or numerator and denominator")


def test_a_star_is_judged_when_the_query_runs():
    assert (
        faults(f"select * from (select 1 as value from staging.order_lines where {WEEKLY}) as one", tables=TABLES) == []
    )


# Binds.


def test_the_binds_are_those_that_a_period_gives():
    assert set(BINDS) == set(measures.binds(Week.containing(date(2026, 11, 20))))


def test_an_unknown_bind_is_refused_with_the_one_that_was_meant():
    assert refused(COUNT.replace(":start", ":strat")) == ':strat is no bind. Did you mean ":start"?'


@pytest.mark.parametrize("quoted", ["':start'", "date ':start'", '":start"', "$$:start$$"])
def test_a_bind_inside_quotes_is_refused(quoted: str):
    told = faults(COUNT.replace(":start", quoted), tables=None)
    assert ":start stands in quotes, where it is read as a bind all the same. Take the quotes away." in told


def test_a_bind_in_a_comment_is_refused_since_the_database_would_ask_for_it():
    told = refused(f"{COUNT} -- not :before")
    assert told == ":before stands in a comment, where it is read as a bind all the same. Take the colon away."


def test_a_colon_that_is_no_bind_is_left_alone():
    assert faults(f"{COUNT} and to_char(invoice_date, 'HH24:MI') > '08:30' -- at 10:30", tables=TABLES) == []


def test_a_cast_glued_to_a_bind_is_refused_since_sqlalchemy_does_not_see_it():
    told = refused(COUNT.replace(":start", ":start::date"))
    assert told == ":start::date is not read as a bind. Write cast(:start as date)."


@pytest.mark.parametrize("other", ["%(start)s", "{start}", "{{ start }}", "$1", "$start"])
def test_binds_of_other_tools_are_refused_with_ours(other: str):
    told = faults(COUNT.replace(":start", other), tables=None)
    assert f"{other} is no bind here. Write :start, :end, :week, :year or :last_sunday." in told


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) as value from staging.forms",
        "select count(*) as value from staging.forms where extract(isoyear from closed_at) = :year",
    ],
)
def test_a_query_without_a_period_is_refused_since_every_week_would_be_equal(sql: str):
    assert refused(sql) == "the query names no period, so every week would have the same number. Use :start and :end."


BIND_WORDS = st.sampled_from([":start", ":end", ":week", ":year", ":last_sunday"])
AROUND = st.sampled_from(["({})", " {} ", "{} - 364", "cast({} as date)", "({})::date", "[{}]", "x={}", "{}\n", ",{},"])


@given(st.lists(st.tuples(BIND_WORDS, AROUND), max_size=5))
def test_the_binds_found_are_those_that_sqlalchemy_asks_for(parts: list[tuple[str, str]]):
    sql = "select " + " ".join(around.format(bind) for bind, around in parts)
    assert binds_in(sql) == set(sa.text(sql).compile().params)


# Tables and columns.


def test_tables_are_told_in_full_once_and_without_ctes():
    sql = """
        with forms as (select * from staging.forms), again as (select * from forms)
        select count(*) as value from again join staging.cases on true join staging.forms as f on true
        where  f.id in (select agreement_id from staging.agreements)
    """
    assert set(tables_in(sql)) == {"staging.forms", "staging.cases", "staging.agreements"}
    assert len(tables_in(sql)) == 3
    assert tables_in("select from where") == ()


def test_a_cte_with_the_name_of_a_table_hides_it_only_after_itself():
    sql = "with forms as (select * from forms) select count(*) as value from forms"
    assert tables_in(sql) == ("forms",)


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        ("staging.order_line", 'Did you mean "staging.order_lines"?'),
        ("order_lines", 'Did you mean "staging.order_lines"?'),
        ("public.order_lines", 'Did you mean "staging.order_lines"?'),
        ("pg_catalog.pg_class", ""),
    ],
)
def test_a_table_that_nobody_knows_is_refused(table: str, hint: str):
    told = refused(COUNT.replace("staging.order_lines", table))
    assert told == f'there is no table "{table}": no dataset and no scorecard has that name. {hint}'.strip()


def test_a_file_behind_the_tables_is_refused():
    told = faults("select count(*) as value from read_csv('x.csv') where day >= :start", dialect="duckdb", tables={})
    assert told == ["read_csv() reads from outside. Name the source in a Blend: tables={...}."]
    assert "x.csv" in refused("select 1 as value from 'x.csv' where :start < :end", dialect="duckdb")


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        (f"select sum(quantty) as value from staging.order_lines where {WEEKLY}", "quantty"),
        (f"select sum(o.quantty) as value from staging.order_lines as o where {WEEKLY}", "o.quantty"),
        (f"select sum(quantty) as value from staging.order_lines where {WEEKLY} group by country", "quantty"),
        (
            f"with o as (select quantity, invoice_date from staging.order_lines) "
            f"select sum(quantty) as value from o where {WEEKLY}",
            "quantty",
        ),
        (
            f"with o(quantity, invoice_date) as (select quantity, invoice_date from staging.order_lines) "
            f"select sum(quantty) as value from o where {WEEKLY}",
            "quantty",
        ),
        (
            f"select count(*) as value from staging.order_lines as o where {WEEKLY} "
            "and exists (select 1 from staging.forms as f where f.id = o.quantty)",
            "o.quantty",
        ),
    ],
)
def test_a_column_outside_the_contract_is_refused(sql: str, column: str):
    assert refused(sql) == f'there is no column "{column}". Did you mean "quantity"?'


def test_without_a_close_name_the_known_ones_are_told():
    told = refused("select count(nothing_like_it) as value from staging.cases where created_at >= :start")
    assert told.endswith("Known are case_id, priority, created_at, resolved_at.")


def test_an_unknown_alias_is_refused():
    assert refused(f"{COUNT} and ol.quantity > 0").startswith('there is no column "ol.quantity"')


def test_of_another_database_no_names_are_known():
    sql = "select count(x) as value from crm.visits where at >= :start"
    assert faults(sql, tables=None) == []
    assert measure_faults(Query(sql, database="crm"), tables=TABLES) == []
    assert len(measure_faults(Query(sql), tables=TABLES)) == 1


def test_every_fault_is_told_at_once():
    told = faults(
        """
        select avg(quantity / unit_price)
        from   staging.order_line
        join   staging.forms using (id)
        where  invoice_date between :start and :end
        and    reason not in ('x')
        and    f.closed_at < now()
        """,
        tables=TABLES,
    )
    words = (
        "the query returns",
        "now()",
        "staging.order_line",
        "f.closed_at",
        "closed range",
        "mean of ratios",
        "reason",
    )
    assert len(told) == 7
    assert all(any(word in sentence for sentence in told) for word in words)


# The clock.


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


# Blends.

REPORT = Sheet(
    "CS weekly report", "Report", {"week_reported": "text", "client_type": "text", "replacements": "integer"}
)


def test_a_blend_knows_the_columns_of_its_sheets_and_queries():
    blend = Blend(
        {
            "report": REPORT,
            "clients": Query("select client_type, count(*) as agreements from staging.agreements group by 1"),
            "extra": File("extra.csv"),
        },
        """
        select sum(r.replacement) as numerator, sum(c.agreement) as denominator
        from   report as r join clients as c using (client_type) join extra as e on e.anything = 1
        where  week_reported = :week
        """,
    )
    assert measure_faults(blend, tables=TABLES) == [
        'there is no column "r.replacement". Did you mean "replacements"?',
        'there is no column "c.agreement". Did you mean "agreements"?',
    ]


def test_a_fault_of_an_input_is_told_with_its_name():
    blend = Blend({"clients": Query("select clint_type from staging.agreements")}, "select 1 as value from clients")
    assert measure_faults(blend, tables=TABLES) == [
        'input "clients": there is no column "clint_type". Did you mean "client_type"?',
        "the query names no period, so every week would have the same number. Use :start and :end.",
    ]


def test_a_blend_may_name_its_period_in_an_input_or_rest_on_a_sheet():
    dated = Query("select client_type from staging.agreements where start_date < :end")
    assert measure_faults(Blend({"a": dated}, "select count(*) as value from a"), tables=TABLES) == []
    assert measure_faults(Blend({"a": REPORT}, "select sum(replacements) as value from a"), tables=TABLES) == []


def test_a_table_that_the_blend_does_not_name_is_refused():
    blend = Blend({"report": REPORT}, "select sum(replacements) as value from reprot where week_reported = :week")
    assert measure_faults(blend, tables=TABLES) == [
        'there is no table "reprot" in this Blend. Did you mean "report"?',
    ]


# Nothing that anybody types may end in a traceback.


@given(st.text(alphabet="select from where()'\";:,.*-/$%{}[]\n01abx", max_size=60))
def test_any_text_is_answered_with_sentences(sql: str):
    for dialect in ("postgres", "duckdb"):
        told = faults(sql, dialect=dialect, tables=TABLES)  # type: ignore[arg-type]
        assert told
        assert not any("\x1b" in sentence for sentence in told)


def test_nothing_is_logged_about_what_cannot_be_read(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        faults("vacuum full staging.forms", tables=TABLES)
    assert caplog.records == []
