"""Definitions at their edges, on a few rows each: who is counted, who is not, and when there is no number."""

from datetime import date
from pathlib import Path

import duckdb
import psycopg
import pytest
import sqlalchemy as sa

from core.databases import parse_url
from core.discovery import read_catalog
from core.engines.postgres import PostgresEngine
from core.measures import Blend, Query
from core.periods import Period, parse
from core.readings import Number
from core.sources.database import Answer, ask
from core.sources.shape import number_of

CATALOG = read_catalog(Path(__file__).parents[2] / "scorecards")
WEEK = parse("2026-W47")  # 16 to 22 November; the 364 days before its end begin on 24 November 2025


def reading(url: str, name: str, rows: list[dict[str, object]], period: Period = WEEK) -> Number:
    """The KPI's number when its dataset holds just these rows."""
    definition = CATALOG.by_name[name]
    bound = CATALOG.datasets[definition.datasets[0]]
    with psycopg.connect(url) as connection:
        columns = ", ".join(f"{column.name} {column.type}" for column in bound.dataset.columns)
        connection.execute("drop schema if exists staging cascade")
        connection.execute("create schema staging")
        connection.execute(f"create table {bound.table} ({columns})")
        for row in rows:
            marks = ", ".join(f"%({key})s" for key in row)
            connection.execute(f"insert into {bound.table} ({', '.join(row)}) values ({marks})", row)
    assert isinstance(definition.kpi.measure, Query)
    pool = sa.create_engine(parse_url(url), connect_args={"options": f"-c timezone={definition.card.timezone}"})
    (answer,) = ask(PostgresEngine(pool), definition.kpi.measure, [period])
    pool.dispose()
    assert isinstance(answer, Answer), answer
    return number_of(answer, definition.kpi.nothing_found)


def agreement(
    start: str, end: str | None = None, status: str = "active", kind: str | None = "existing"
) -> dict[str, object]:
    return {"start_date": start, "end_date": end, "status": status, "client_type": kind}


def form(closed: str, **facts: object) -> dict[str, object]:
    return {"closed_at": closed, "is_test_account": False} | facts


def line(invoice: str, moment: str, customer: str | None = "10001", quantity: int = 1) -> dict[str, object]:
    return {
        "invoice_no": invoice,
        "invoice_date": moment,
        "customer_id": customer,
        "quantity": quantity,
        "unit_price": 1,
        "country": "France",
    }


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        (agreement("2026-11-22"), True),
        (agreement("2026-11-23"), False),
        (agreement("2026-01-01", "2026-11-23"), True),
        (agreement("2026-01-01", "2026-11-22"), False),
        (agreement("2026-01-01", kind=None), True),
        (agreement("2026-01-01", kind="internal"), False),
        (agreement("2026-01-01", kind="test"), False),
    ],
)
def test_an_agreement_runs_at_the_end_of_the_week(row: dict[str, object], counted: bool, warehouse_url: str) -> None:
    assert reading(warehouse_url, "success.active_agreements", [row]).value == int(counted)


@pytest.mark.parametrize(
    ("end", "status", "all_churn", "client_churn", "alive"),
    [
        ("2026-11-22", "terminated by client", 1, 1, 1),
        ("2026-11-23", "terminated by client", 0, 0, 1),
        ("2025-11-24", "terminated by client", 1, 1, 1),
        ("2025-11-23", "terminated by client", 0, 0, 0),
        ("2026-06-01", "terminated by us", 1, 0, 1),
        ("2026-06-01", "ended", 0, 0, 1),
    ],
)
def test_churn_counts_what_was_terminated_in_exactly_52_weeks(
    end: str, status: str, all_churn: int, client_churn: int, alive: int, warehouse_url: str
) -> None:
    rows = [agreement("2024-01-01", end, status), agreement("2024-01-01", end, status, "internal")]
    churn = reading(warehouse_url, "success.churn_52w", rows)
    by_client = reading(warehouse_url, "success.client_churn_52w", rows)
    assert (churn.numerator, churn.denominator) == (all_churn, alive)
    assert (by_client.numerator, by_client.denominator) == (client_churn, alive)


def test_a_form_counts_in_the_week_it_is_closed_unless_it_is_a_test(warehouse_url: str) -> None:
    rows = [
        form("2026-11-16 00:00:00+00"),
        form("2026-11-22 23:59:59+00"),
        form("2026-11-23 00:00:00+00"),
        form("2026-11-15 23:59:59+00"),
        form("2026-11-18 12:00:00+00", is_test_account=True),
        form("2026-11-18 12:00:00+00", is_test_account=None),
    ]
    assert reading(warehouse_url, "success.offboarding_forms", rows).value == 3


@pytest.mark.parametrize(
    ("name", "fact"),
    [("early_offboarding_share", "within_first_60_days"), ("replacement_requests_share", "replacement_requested")],
)
def test_shares_of_forms_are_unknown_without_a_form_and_count_a_missing_answer_as_no(
    name: str, fact: str, warehouse_url: str
) -> None:
    rows = [form("2026-11-18 12:00:00+00", **{fact: answer}) for answer in (True, False, None)]
    found = reading(warehouse_url, f"success.{name}", rows)
    assert (found.numerator, found.denominator) == (1, 3)
    assert reading(warehouse_url, f"success.{name}", []).value is None


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ("('2026-W46', 'Existing', 4)", None),
        ("('2026-W47', 'Existing', 0)", 0),
        ("('2026-W47', 'New', 4)", 0),
        ("('2026-W47', 'Existing', 2), ('2026-w47 ', ' existing client', 3), ('2026-W47', 'New', 9)", 5),
        ("('2026-W47', 'Existing', 2), ('2026-W47', 'Existing', null), (null, null, null)", 2),
    ],
)
def test_replacements_are_unknown_until_the_week_is_reported(rows: str, value: int | None) -> None:
    measure = CATALOG.by_name["success.replacement_processes"].kpi.measure
    assert isinstance(measure, Blend)
    with duckdb.connect() as duck:
        duck.execute(f"create table report as from (values {rows}) as t(week_reported, client_type, replacements)")
        found = duck.execute(measure.sql.replace(":week", "$week"), {"week": WEEK.label}).fetchall()
    assert found == [(value,)]


@pytest.mark.parametrize(
    ("earlier", "repeats"),
    [
        (line("536001", "2025-11-24 00:00"), 1),
        (line("536001", "2025-11-23 23:59"), 0),
        (line("C536001", "2026-06-01 12:00", quantity=-1), 0),
        (line("536002", "2026-11-18 09:00"), 0),
        (line("536001", "2026-06-01 12:00", customer="10002"), 0),
    ],
)
def test_a_customer_repeats_with_two_orders_in_the_364_days_before_the_weeks_end(
    earlier: dict[str, object], repeats: int, warehouse_url: str
) -> None:
    this_week = line("536002", "2026-11-18 09:00")
    found = reading(
        warehouse_url, "ecommerce.repeat_customer_rate", [earlier, this_week, line("536003", "2026-11-19", None)]
    )
    assert (found.numerator, found.denominator) == (repeats, 1)


@pytest.mark.parametrize(
    ("earlier", "new"),
    [
        (line("536001", "2026-11-15 23:59"), 0),
        (line("536001", "2026-11-16 00:00"), 1),
        (line("C536001", "2026-06-01 12:00", quantity=-1), 1),
    ],
)
def test_a_customer_is_new_with_the_first_order_ever(earlier: dict[str, object], new: int, warehouse_url: str) -> None:
    rows = [earlier, line("536002", "2026-11-18 09:00"), line("536003", "2026-11-19", None)]
    assert reading(warehouse_url, "ecommerce.new_customers", rows).value == new


def test_a_week_that_sold_at_home_alone_has_an_international_share_of_0(warehouse_url: str) -> None:
    home = line("536001", "2026-11-18 09:00") | {"country": "United Kingdom"}
    assert reading(warehouse_url, "ecommerce.international_share", [home]).value == 0
    assert reading(warehouse_url, "ecommerce.weekend_share", [home]).value == 0


def test_the_shops_week_turns_at_its_own_midnight_in_summer_too(warehouse_url: str) -> None:
    """The shop's dates are local: the last minute of Sunday is this week's in summer and in winter."""
    rows = [line("536001", "2026-07-05 23:59"), line("536002", "2026-07-06 00:00")]
    found = [
        reading(warehouse_url, "ecommerce.order_count", rows, parse(week)).value for week in ("2026-W27", "2026-W28")
    ]
    assert found == [1, 1]


def test_the_four_week_mean_is_the_mean_of_exactly_four() -> None:
    measure = CATALOG.by_name["success.offboarding_forms_4w"].kpi.measure
    assert not isinstance(measure, Query | Blend)
    assert [period.label for _, period in measure.needs(WEEK)] == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
    assert date(2026, 10, 26) == next(iter(measure.needs(WEEK)))[1].start
