"""The wrong number: rows whose value is null are lost in `not in`.

`null not in ('internal', 'test')` is neither true nor false, so an agreement whose type nobody filled in is not
counted as active, without an error.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import psycopg
import pytest

from core.dataset import Column
from core.discovery import read_catalog
from core.measures import Query
from core.queries import faults

ROWS = "(values (1, 'agency'), (2, null), (3, 'internal'), (4, 'test'), (5, null)) as agreements(id, client_type)"
SCORECARDS = Path(__file__).parents[2] / "scorecards"
LOST = "client_type not in ('internal', 'test')"
KEPT = f"(client_type is null or {LOST})"
AGREEMENTS = {"staging.agreements": [Column("id", nulls=0), Column("client_type"), Column("start_date", "date")]}


@pytest.fixture(params=["duckdb", "postgres"])
def count_where(request: pytest.FixtureRequest) -> Callable[[str], int]:
    """How many of the five agreements an engine finds."""

    def count(condition: str) -> int:
        sql = f"select count(*) from {ROWS} where {condition}"
        if request.param == "duckdb":
            with duckdb.connect() as connection:
                row = connection.execute(sql).fetchone()
        else:
            with psycopg.connect(request.getfixturevalue("warehouse_url")) as connection:
                row = connection.execute(sql).fetchone()
        assert row is not None
        return int(row[0])

    return count


def query(condition: str) -> str:
    return f"select count(*) as value from staging.agreements where start_date < :end and {condition}"


def test_not_in_loses_the_rows_without_a_type(count_where: Callable[[str], int]):
    assert count_where(LOST) == 1
    assert count_where("client_type <> 'internal' and client_type <> 'test'") == 1


def test_the_forms_that_are_offered_keep_them(count_where: Callable[[str], int]):
    assert count_where(KEPT) == 3
    assert count_where("coalesce(client_type, '') not in ('internal', 'test')") == 3
    assert count_where("client_type is distinct from 'internal' and client_type is distinct from 'test'") == 3


def test_one_null_in_the_list_loses_every_row(count_where: Callable[[str], int]):
    assert count_where("id not in (9, null)") == 0
    assert count_where(f"id not in (select nullif(a.id, 1) from {ROWS.replace('as agreements', 'as a')})") == 0


@pytest.mark.parametrize(
    ("condition", "offered"),
    [
        (LOST, "(client_type is null or client_type not in (...))"),
        ("not client_type in ('internal', 'test')", "(client_type is null or client_type not in (...))"),
        ("lower(trim(client_type)) not in ('test')", "(client_type is null or client_type not in (...))"),
        ("client_type <> 'internal'", "client_type is distinct from 'internal'"),
        ("'internal' != client_type", "client_type is distinct from 'internal'"),
        ("id not in (select client_type from staging.agreements)", "not exists (...)"),
        ("id not in ('a', null)", "Take the null out of the list."),
    ],
)
def test_a_query_that_loses_them_is_refused_with_a_form_that_does_not(condition: str, offered: str):
    (told,) = faults(query(condition), tables=AGREEMENTS)
    assert offered in told


def test_a_query_that_loses_them_through_a_cte_is_refused_too():
    sql = f"""
        with known as (select id, client_type as kind, start_date from staging.agreements)
        select count(*) as value from known as k where k.start_date < :end and {LOST.replace("client_type", "k.kind")}
    """
    (told,) = faults(sql, tables=AGREEMENTS)
    assert "loses the rows where kind is null" in told


@pytest.mark.parametrize(
    "condition",
    [
        KEPT,
        "coalesce(client_type, '') not in ('internal', 'test')",
        f"{LOST} and client_type is not null",
        "id not in ('1', '2')",
        "id not in (select client_type from staging.agreements where client_type is not null)",
        "client_type in ('agency')",
    ],
)
def test_a_query_that_says_what_becomes_of_them_is_welcome(condition: str):
    assert faults(query(condition), tables=AGREEMENTS) == []


@pytest.fixture(scope="module")
def active_agreements() -> tuple[str, dict[str, list[Column]]]:
    """The query of the KPI that must keep them, and the contract of its table."""
    catalog = read_catalog(SCORECARDS)
    measure = next(one.kpi.measure for one in catalog.definitions if one.key == "success.01")
    assert isinstance(measure, Query)
    return measure.sql, {bound.table: list(bound.dataset.columns) for bound in catalog.datasets.values()}


def test_active_agreements_counts_those_without_a_type(
    warehouse_url: str, active_agreements: tuple[str, dict[str, list[Column]]]
):
    sql, _ = active_agreements
    with psycopg.connect(warehouse_url) as connection:
        connection.execute("create schema staging")
        connection.execute(f"""
            create table staging.agreements as
            select id, client_type, date '2026-01-05' as start_date, cast(null as date) as end_date from {ROWS}
        """)
        row = connection.execute(sql.replace(":end", "%(end)s"), {"end": date(2026, 11, 23)}).fetchone()
    assert row == (3,)


def test_active_agreements_would_be_refused_without_its_word_on_nulls(
    active_agreements: tuple[str, dict[str, list[Column]]],
):
    sql, contracts = active_agreements
    assert faults(sql, tables=contracts) == []
    careless = sql.replace("client_type is null or ", "")
    assert careless != sql
    (told,) = faults(careless, tables=contracts)
    assert "loses the rows where client_type is null" in told
