"""The sample rows of lending belong together: five datasets tell of the same invented loans."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from core.discovery import read_catalog

CATALOG = read_catalog(Path(__file__).parents[2] / "scorecards")
LAST = date(2026, 11, 16)
FIRST = LAST - timedelta(weeks=160)


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def made(duck: duckdb.DuckDBPyConnection, name: str, first: date = FIRST, last: date = LAST) -> str:
    duck.execute(
        f"create or replace table {name} as {CATALOG.datasets[name].sample.read_text()}", {"first": first, "last": last}
    )
    return name


@pytest.mark.parametrize("name", ["loan_book", "funding_costs"])
@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 3, 9), date(2026, 4, 1)), (date(2025, 6, 2), date(2026, 6, 3))]
)
def test_a_month_has_the_same_rows_whatever_else_is_made(
    name: str, first: date, last: date, duck: duckdb.DuckDBPyConnection
) -> None:
    column = "month" if name == "funding_costs" else "snapshot_month"
    march = f"select columns(*)::text from {name} where {column} = date '2026-03-01' order by all"
    made(duck, name)
    whole = duck.execute(march).fetchall()
    made(duck, name, first, last)
    assert duck.execute(march).fetchall() == whole != []


def test_a_booked_application_names_the_loan_that_was_opened_that_day_for_that_customer(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    made(duck, "loan_book")
    made(duck, "applications_funnel")
    found = duck.execute("""
        select count(*) > 800,
               bool_and(opened_on = booked_at::date and loans.customer_id = forms.customer_id
                        and loans.channel = forms.channel and principal_disbursed = amount_booked
                        and amount_booked = coalesce(amount_requested, amount_booked))
        from   (from applications_funnel where booked_at < date '2026-11-01') as forms
               left join (from loan_book where snapshot_month = date_trunc('month', opened_on)) as loans using (loan_id)
    """).fetchall()
    assert found == [(True, True)]


def test_the_book_tells_of_each_loan_how_late_it_was_a_month_before(duck: duckdb.DuckDBPyConnection) -> None:
    """Computed a second way, from the snapshot before."""
    made(duck, "loan_book")
    found = duck.execute("""
        select count(*) filter (where loan_book.days_past_due_before is not null) > 10000,
               count(*) filter (where loan_book.days_past_due_before is distinct from before.days_past_due)
        from   loan_book
               left join (from loan_book where closed_on is null) as before
               on  before.loan_id = loan_book.loan_id
               and before.snapshot_month = loan_book.snapshot_month - interval '1 month'
        where  loan_book.snapshot_month > (select min(snapshot_month) from loan_book)
    """).fetchall()
    assert found == [(True, 0)]


def test_an_open_loan_has_a_row_in_the_month_after(duck: duckdb.DuckDBPyConnection) -> None:
    made(duck, "loan_book")
    lost = """
        select count(*)
        from   loan_book
               anti join loan_book as next
               on  next.loan_id = loan_book.loan_id
               and next.snapshot_month = loan_book.snapshot_month + interval '1 month'
        where  loan_book.closed_on is null
        and    loan_book.snapshot_month < (select max(snapshot_month) from loan_book)
    """
    assert duck.execute(lost).fetchall() == [(0,)]


def test_what_was_booked_is_what_was_paid_out_but_for_the_running_month(duck: duckdb.DuckDBPyConnection) -> None:
    made(duck, "loan_book")
    made(duck, "applications_funnel")
    by_month = """
        select month, sum(booked) = sum(paid_out)
        from   (
                   select date_trunc('month', booked_at)::date as month, amount_booked as booked, 0 as paid_out
                   from   applications_funnel where booked_at is not null
                   union  all
                   select snapshot_month, 0, principal_disbursed from loan_book where principal_disbursed is not null
               )
        where  month >= date '2024-01-01'
        group  by month
        order  by month
    """
    months = duck.execute(by_month).fetchall()
    assert len(months) == 35
    assert [month for month, equal in months if not equal] == [date(2026, 11, 1)]


def test_contacts_are_about_loans_of_the_book(duck: duckdb.DuckDBPyConnection) -> None:
    made(duck, "loan_book")
    made(duck, "collections_contacts")
    strangers = "select count(*) from collections_contacts anti join loan_book using (loan_id)"
    assert duck.execute(strangers).fetchall() == [(0,)]


@pytest.mark.parametrize("last", [LAST, date(2028, 2, 7), date(2030, 9, 9)])
def test_two_years_hold_good_months_and_a_bad_one(last: date, duck: duckdb.DuckDBPyConnection) -> None:
    made(duck, "loan_book", last - timedelta(weeks=104), last)
    at_risk = [
        share
        for (share,) in duck.execute("""
            select sum(balance) filter (where days_past_due >= 30) / sum(balance)
            from   loan_book
            group  by snapshot_month
        """).fetchall()
    ]
    assert min(at_risk) < 0.03
    assert max(at_risk) > 0.05
