"""Tables and columns: what nobody knows is refused with the name that was meant; what is uncertain is left alone."""

from typing import Any

import pytest

from core.dataset import Column
from core.measures import Query
from core.queries import faults, measure_faults, tables_in

TABLES = {
    "staging.agreements": [Column("agreement_id", nulls=0)],
    "staging.forms": [Column("id", nulls=0), Column("closed_at", "timestamp")],
    "staging.order_lines": [
        *(Column("invoice_no", nulls=0), Column("quantity", "integer"), Column("invoice_date", "timestamp")),
        Column("country", nulls=0),
    ],
    "staging.cases": [Column("case_id"), Column("priority"), Column("created_at", "timestamp"), Column("resolved_at")],
}
WEEKLY = "invoice_date >= :start and invoice_date < :end"
COUNT = f"select count(*) as value from staging.order_lines where {WEEKLY}"


def refused(sql: str, **options: Any) -> str:
    """The one fault of a query."""
    told = faults(sql, **{"tables": TABLES, **options})
    assert len(told) == 1, told
    return told[0]


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
