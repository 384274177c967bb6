"""The data quality KPIs of lending, on loads that were really made: one that warns, one with a column too many, one
that was refused."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.measures import Query
from core.periods import Month
from core.pipeline.loading import load
from core.pipeline.session import Session
from core.readings import Number
from core.settings import Settings
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
C-1,L-1,{CALLED - timedelta(days=1)},call,,,true,true,,,,,1.80,calm
C-2,L-2,{CALLED},pigeon,,,true,false,,,,,0.10,calm
"""


@pytest.fixture(scope="module")
def lender(
    new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    home = tmp_path_factory.mktemp("lender")
    (home / "contacts.csv").write_text(CONTACTS)
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, NOW.date())
    load(session, ["marketing_spend", "loan_book"], files={}, sample=True)
    load(session, ["collections_contacts"], files={})  # there is no file
    load(session, ["collections_contacts"], files={"collections_contacts": str(home / "contacts.csv")})
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


def test_the_stalest_dataset_tells_the_lag(lender: Session, month: Month) -> None:
    lag = datetime.combine(month.end, time(), UTC) - CALLED
    assert reading(lender, "freshness_lag_hours", month).value == lag.total_seconds() / 3600


def test_a_column_that_nobody_declared_is_drift(lender: Session, month: Month) -> None:
    assert reading(lender, "schema_drift", month).value == 1
    assert reading(lender, "schema_drift", month.shift(3)).value == 1  # until a load knows better


def test_a_load_that_was_refused_is_no_success(lender: Session, month: Month) -> None:
    found = reading(lender, "load_success", month)
    assert (found.numerator, found.denominator) == (3, 4)


def test_broken_rules_are_counted_for_each_load_that_came_through(lender: Session, month: Month) -> None:
    found = reading(lender, "warnings_per_batch", month)
    assert (found.numerator, found.denominator) == (2, 3)  # the pigeon, and rows of three weeks ago


@pytest.mark.parametrize("name", ["freshness_lag_hours", "schema_drift", "load_success", "warnings_per_batch"])
def test_before_anything_was_loaded_nobody_knows(name: str, lender: Session, month: Month) -> None:
    assert reading(lender, name, month.shift(-1)).value is None
