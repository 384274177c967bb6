"""The sample rows: the same week is always the same, the contract holds, and the numbers look like a business."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import correlation, mean

import duckdb
import pytest

from core.catalog import BoundDataset
from core.checks import Level, quoted, score
from core.discovery import read_catalog
from core.sources.contract import in_duckdb, verdicts

ROOT = Path(__file__).parents[2]
CATALOG = read_catalog(ROOT / "scorecards")
DATASETS = sorted(CATALOG.datasets)
OF_MONTHS = {"loan_book", "funding_costs"}  # they have rows of month ends, which tests of their own look at

PLANTED = {"applications_funnel": "every step comes after the one before"}
"""The rules that sample rows break on purpose, so that a demo shows what a warning looks like."""

MOMENTS = ("date", "timestamp", "timestamptz")
LAST = date(2026, 11, 16)
FIRST = LAST - timedelta(weeks=160)
A_WEEK = (date(2026, 3, 2), date(2026, 3, 9))
OTHER_RANGES = [(date(2026, 3, 2), date(2026, 3, 9)), (date(2025, 12, 29), date(2026, 4, 6)), (date(2026, 1, 5), LAST)]

# What belongs to one week of a dataset, once that week is over.
OF_THE_WEEK = {
    "order_lines": "select columns(*)::text from {table} where invoice_date >= $start and invoice_date < $end",
    "offboarding_forms": "select columns(*)::text from {table} where closed_at >= $start and closed_at < $end",
    "cs_weekly_report": "select * from {table} where week_reported = strftime($start, '%G-W%V') and $end > $start",
    # status and end date are those of the day the CRM is asked
    "agreements": "select agreement_id, client_type from {table} where start_date >= $start and start_date < $end",
}


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def shop() -> Iterator[duckdb.DuckDBPyConnection]:
    """160 weeks of the sample shop."""
    with duckdb.connect() as connection:
        _sample(connection, "order_lines", FIRST, LAST)
        yield connection


def _sample(duck: duckdb.DuckDBPyConnection, name: str, first: date, last: date) -> str:
    """Makes the sample rows under the contract's types; the table's name."""
    bound = CATALOG.datasets[name]
    columns = ", ".join(f"{quoted(c.name)} {c.type}" for c in bound.dataset.columns)
    duck.execute(f"create or replace table {name} ({columns})")
    duck.execute(f"insert into {name} {bound.sample.read_text()}", {"first": first, "last": last})
    return name


def _rows(duck: duckdb.DuckDBPyConnection, sql: str) -> Sequence[Sequence[object]]:
    return duck.execute(sql).fetchall()


def test_every_dataset_has_sample_rows() -> None:
    assert {name: bound.sample.exists() for name, bound in CATALOG.datasets.items()} == dict.fromkeys(DATASETS, True)


@pytest.mark.parametrize("name", sorted(set(DATASETS) - OF_MONTHS))
@pytest.mark.parametrize(("first", "last"), OTHER_RANGES)
def test_a_week_has_the_same_sample_rows_whatever_else_is_made(
    name: str, first: date, last: date, duck: duckdb.DuckDBPyConnection
) -> None:
    assert _week_of(duck, name, FIRST, LAST) == _week_of(duck, name, first, last) != []


def _week_of(duck: duckdb.DuckDBPyConnection, name: str, first: date, last: date) -> list[tuple[object, ...]]:
    table = _sample(duck, name, first, last)
    start, end = A_WEEK
    asked = OF_THE_WEEK.get(name) or _dated(CATALOG.datasets[name])
    rows = duck.execute(asked.format(table=table), {"start": start, "end": end}).fetchall()
    return sorted(rows, key=str)


def _dated(bound: BoundDataset) -> str:
    """The rows of a week by their first column and their first date: what is filled in later may differ."""
    key, moment = bound.dataset.columns[0].name, next(c.name for c in bound.dataset.columns if c.type in MOMENTS)
    key, moment = quoted(key), quoted(moment)
    return f"select {key}::text, {moment}::text from {{table}} where {moment} >= $start and {moment} < $end"


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("today", [LAST, date(2014, 6, 2), date(2031, 6, 2)])
def test_sample_rows_keep_their_own_contract(name: str, today: date, duck: duckdb.DuckDBPyConnection) -> None:
    bound: BoundDataset = CATALOG.datasets[name]
    table = _sample(duck, name, today - timedelta(weeks=160), today)
    found = verdicts(in_duckdb(duck), table, bound.dataset, "duckdb", today)
    broken = [v for v in found if v.level is not Level.PASS]
    assert [v.check for v in broken] == [rule for planted, rule in PLANTED.items() if planted == name]
    assert all(v.level is Level.WARN and v.rows < 20 for v in broken)
    assert (score(found) == 1) == (not broken)


def test_agreements_of_past_weeks_do_not_depend_on_the_day_they_are_looked_at(duck: duckdb.DuckDBPyConnection) -> None:
    def running(last: date) -> object:
        table = _sample(duck, "agreements", FIRST, last)
        sql = f"select count(*) from {table} where start_date < $e and (end_date is null or end_date >= $e)"
        return duck.execute(sql, {"e": A_WEEK[1]}).fetchall()

    assert running(A_WEEK[1]) == running(LAST)


def test_forms_belong_to_the_agreements_they_name(duck: duckdb.DuckDBPyConnection) -> None:
    agreements, forms = _sample(duck, "agreements", FIRST, LAST), _sample(duck, "offboarding_forms", FIRST, LAST)
    found = _rows(
        duck,
        f"""
        select within_first_60_days, bool_and((last_day_of_work - start_date <= 60) = within_first_60_days),
               count(*) > 300
        from   {forms} join {agreements} using (agreement_id)
        group  by 1
        order  by 1
        """,
    )
    assert found == [(False, True, True), (True, True, True)]


def test_the_shop_never_trades_on_a_saturday_nor_at_christmas(shop: duckdb.DuckDBPyConnection) -> None:
    closed = "select count(*) from order_lines where dayname(invoice_date) = 'Saturday'"
    christmas = "select count(*) from order_lines where strftime(invoice_date, '%m-%d') between '12-25' and '12-29'"
    assert _rows(shop, closed) == _rows(shop, christmas) == [(0,)]
    weekdays = "select count(distinct dayname(invoice_date)), count(distinct invoice_date::date) from order_lines"
    assert _rows(shop, weekdays) == [(6, 938)]


def test_a_trading_day_has_about_five_hundred_lines(shop: duckdb.DuckDBPyConnection) -> None:
    (found,) = _rows(
        shop,
        "select min(n), max(n) from (select count(*) as n from order_lines group by invoice_date::date) as days",
    )
    assert 500 <= int(str(found[0])) <= int(str(found[1])) < 700


def test_the_shops_year_comes_back_a_year_later(shop: duckdb.DuckDBPyConnection) -> None:
    """Noise, or a trend alone, would show next to nothing once its neighbours are compared at other distances."""
    revenue = _weekly_revenue(shop)
    year, half = (correlation(revenue[lag:], revenue[:-lag]) for lag in (52, 26))
    assert year > 0.75
    assert half < 0.2


def test_the_shops_weeks_are_like_their_neighbours(shop: duckdb.DuckDBPyConnection) -> None:
    revenue = _weekly_revenue(shop)
    assert correlation(revenue[1:], revenue[:-1]) > 0.75
    november, spring = revenue[-2:] + revenue[-54:-52], revenue[-32:-28] + revenue[-84:-80]
    assert mean(november) > 1.5 * mean(spring)


def _weekly_revenue(shop: duckdb.DuckDBPyConnection) -> list[float]:
    rows = _rows(
        shop,
        """
        select sum(quantity * unit_price)::double
        from   order_lines
        group  by date_trunc('week', invoice_date)
        order  by date_trunc('week', invoice_date)
        """,
    )
    return [float(str(row[0])) for row in rows]


def test_the_shop_has_guests_returns_regulars_and_customers_abroad(shop: duckdb.DuckDBPyConnection) -> None:
    (shares,) = _rows(
        shop,
        """
        select avg((customer_id is null)::integer),
               count(distinct invoice_no) filter (where quantity < 0) / count(distinct invoice_no),
               sum(quantity * unit_price) filter (where country <> 'United Kingdom') / sum(quantity * unit_price),
               bool_and((quantity < 0) = (invoice_no like 'C%')),
               count(distinct country)
        from   order_lines
        """,
    )
    guests, returns, abroad, signed, countries = shares
    assert 0.10 < float(str(guests)) < 0.25
    assert 0.05 < float(str(returns)) < 0.20
    assert 0.08 < float(str(abroad)) < 0.30
    assert signed is True
    assert int(str(countries)) > 10
    (regulars,) = _rows(
        shop,
        """
        select count(*) filter (where orders >= 11) > 300, count(*) filter (where orders = 1) > 300
        from   (
                   select count(distinct invoice_no) as orders
                   from   order_lines
                   where  invoice_no not like 'C%' and customer_id is not null
                   group  by customer_id
               ) as customers
        """,
    )
    assert regulars == (True, True)


def test_a_promotion_lowers_the_price_of_about_one_week_a_quarter(shop: duckdb.DuckDBPyConnection) -> None:
    """About one week a quarter sells well below the usual price."""
    rows = _rows(
        shop,
        """
        select (sum(quantity * unit_price) / sum(quantity))::decimal(12, 4)
        from   order_lines
        group  by date_trunc('week', invoice_date)
        order  by date_trunc('week', invoice_date)
        """,
    )
    prices = [Decimal(str(row[0])) for row in rows][-104:]
    low = [price for price in prices if price < Decimal("0.93") * sorted(prices)[52]]
    assert 6 <= len(low) <= 12


def test_nobody_reports_at_christmas(duck: duckdb.DuckDBPyConnection) -> None:
    table = _sample(duck, "cs_weekly_report", FIRST, LAST)
    (found,) = _rows(
        duck,
        f"""
        select count(*) filter (where week_reported like '%-W52'), count(distinct week_reported) between 140 and 158,
               count(*) filter (where client_type = 'Existing') > count(*) / 2
        from   {table}
        """,
    )
    assert found == (0, True, True)


def test_sample_rows_name_no_person(duck: duckdb.DuckDBPyConnection) -> None:
    table = _sample(duck, "offboarding_forms", FIRST, LAST)
    named = rf"""
        select count(*)
        from   {table}
        where  not regexp_matches(client_name, '^Client \d{{4}}$')
        or     not regexp_matches(client_email, '^client\d{{4}}@example\.com$')
    """
    assert _rows(duck, named) == [(0,)]
