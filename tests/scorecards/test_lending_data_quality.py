"""The data quality KPIs of lending, on loads that were really made: one that warns and has a column too many, one that
fails, and two that were refused, of which one is the latest."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from core.checks import Verdict
from core.discovery import read_catalog
from core.measures import Query
from core.periods import Month
from core.pipeline.loading import load
from core.pipeline.session import Session
from core.readings import Number
from core.settings import Settings
from core.sources.contract import in_duckdb, verdicts
from core.sources.database import Answer, ask
from core.sources.shape import number_of

ROOT = Path(__file__).parents[2]
HEAD = (
    "contact_id,loan_id,contacted_at,channel,agent_id,phone,reached,right_party,"
    "promise_amount,promise_due_on,paid_on,amount_paid,cost,mood"
)
NOW = datetime.now(UTC)  # the ledger has a clock of its own
CALLED = datetime.combine(NOW.date() - timedelta(days=21), time(9), UTC)
CONTACTS = f"""{HEAD}
C-1,{{loan}},{CALLED - timedelta(days=1)},call,,,true,true,,,,,1.80,calm
C-2,{{loan}},{CALLED},pigeon,,,true,false,,,,,0.10,calm
"""
WARNINGS = 2
"""The pigeon, and rows of three weeks ago."""


@pytest.fixture(scope="module")
def lender(
    new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    home = tmp_path_factory.mktemp("lender")
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, NOW.date())
    load(session, ["marketing_spend", "loan_book"], files={}, sample=True)
    with session.ledger() as connection:
        loan = connection.execute(sa.text("select min(loan_id) from staging.loan_book")).scalar_one()
    (home / "contacts.csv").write_text(CONTACTS.format(loan=loan))
    (home / "twice.csv").write_text(CONTACTS.format(loan=loan).replace("C-2", "C-1"))
    load(session, ["collections_contacts"], files={})  # there is no file
    for name in ("contacts", "twice"):
        load(session, ["collections_contacts"], files={"collections_contacts": str(home / f"{name}.csv")})
    load(session, ["collections_contacts"], files={})
    yield session
    session.close()


@pytest.fixture(scope="module")
def month(lender: Session) -> Month:
    """The one in which all of it was loaded."""
    with lender.ledger() as connection:
        return Month.containing(connection.execute(sa.text("select max(loaded_at) from kpi.load")).scalar_one().date())


def reading(session: Session, name: str, month: Month) -> Number:
    measure = session.catalog.by_name[f"lending.{name}"].kpi.measure
    assert isinstance(measure, Query)
    (answer,) = ask(session.databases.reader("warehouse", "UTC"), measure, [month])
    assert isinstance(answer, Answer), answer
    return number_of(answer)


def test_the_stalest_dataset_tells_the_lag_whatever_was_refused_since(lender: Session, month: Month) -> None:
    lag = datetime.combine(month.end, time(), UTC) - CALLED
    assert reading(lender, "freshness_lag_hours", month).value == lag.total_seconds() / 3600


def test_a_column_that_nobody_declared_is_drift(lender: Session, month: Month) -> None:
    assert reading(lender, "schema_drift", month).value == 1
    assert reading(lender, "schema_drift", month.shift(3)).value == 1  # until a load knows better


def test_loads_that_failed_or_were_refused_are_no_success(lender: Session, month: Month) -> None:
    found = reading(lender, "load_success", month)
    assert (found.numerator, found.denominator) == (3, 6)


def test_warnings_are_counted_for_each_load_that_came_through_and_failures_are_none(
    lender: Session, month: Month
) -> None:
    found = reading(lender, "warnings_per_batch", month)
    assert (found.numerator, found.denominator) == (2 * WARNINGS, 4)
    with lender.ledger() as connection:
        asked = "select level, warnings from vl_analytics.dataset_quality where dataset = 'collections_contacts'"
        levels = connection.execute(sa.text(f"{asked} order by loaded_at")).all()
    assert levels == [("refused", None), ("warn", WARNINGS), ("fail", WARNINGS), ("refused", None)]


@pytest.mark.parametrize("name", ["freshness_lag_hours", "schema_drift", "load_success", "warnings_per_batch"])
def test_before_anything_was_loaded_nobody_knows(name: str, lender: Session, month: Month) -> None:
    assert reading(lender, name, month.shift(-1)).value is None


@pytest.mark.parametrize(
    ("balance", "days", "broken"),
    [("100", "45", 0), ("0", "0", 0), ("0", "null", 0), ("-100", "45", 1), ("-100", "0", 1), ("100", "null", 1)],
)
def test_a_row_that_could_lift_par_60_above_par_30_breaks_the_contract(balance: str, days: str, broken: int) -> None:
    assert par_order(f"(100, 95), (200, 0), ({balance}, {days})").rows == broken


def test_a_book_whose_par_60_is_above_its_par_30_holds_its_kpis_back() -> None:
    """45 days late and overpaid: PAR 30 is 50 / 150, PAR 60 is 100 / 150."""
    found = par_order("(100, 75), (-50, 45), (100, 0)")
    assert (found.level, found.rows) == ("fail", 1)


def par_order(rows: str) -> Verdict:
    """What the contract of the loan book says of the order of its PARs: rows of balance and days past due."""
    bound = read_catalog(ROOT / "scorecards").datasets["loan_book"]
    columns = ", ".join(f"{column.name} {column.type}" for column in bound.dataset.columns)
    with duckdb.connect() as duck:
        duck.execute(f"create table loan_book ({columns})")
        duck.execute(f"insert into loan_book (balance, days_past_due) values {rows}")
        found = verdicts(in_duckdb(duck), "loan_book", bound.dataset, "duckdb", date(2026, 11, 20))
    return next(verdict for verdict in found if verdict.check.startswith("PAR 30 >= PAR 60 >= PAR 90"))
