"""What a query's text says: one SELECT, known binds, and every fault as a sentence."""

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
from core.queries import BINDS, Dialect, binds_in, faults, measure_faults

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
    assert faults(COUNT + "; -- refunds count\n", tables=TABLES) == []


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


# Together.


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


@pytest.mark.parametrize(
    "sql",
    [
        "select " + "(" * 3000 + "1" + ")" * 3000 + " as value",
        "select avg(gap) as value from (select gone.gap from staging.forms) as gaps where closed_at >= :start",
        "select gap as value from staging.forms where closed_at >= :start union all select gap from staging.forms",
        "with a as (select gap from staging.forms) select sum(gap) as value from a where closed_at >= :start",
    ],
)
def test_a_query_that_refers_to_nothing_is_answered_however_it_is_nested(sql: str):
    (told, *_) = faults(sql, tables=TABLES)
    assert told.startswith(("there is no column", "the query cannot be read"))


def test_nothing_is_claimed_about_a_table_that_is_made_of_itself():
    sql = "with recursive a as (select n from a) select sum(n) as value from a where n >= :start"
    assert faults(sql, tables=TABLES) == []


def test_nothing_is_logged_about_what_cannot_be_read(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        faults("vacuum full staging.forms", tables=TABLES)
    assert caplog.records == []
