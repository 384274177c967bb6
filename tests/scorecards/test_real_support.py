"""Support on real incident cases: the backlog of the days of May 2012 with its spikes, and the time to resolve."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.engines.postgres import PostgresEngine
from core.measures import Query
from core.periods import parse
from core.pipeline.past import history
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.pipeline.slicing import split
from core.readings import Number, Reading, State
from core.settings import Settings
from core.sources.database import Answer
from core.sources.shape import number_of
from core.targets import Status

from .bpi_cases import fill

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
EVER = (date(2010, 1, 1), date(2012, 7, 1))


@dataclass(frozen=True)
class Desk:
    """The real cases, filled in as a sync would, and the days around the flood on record."""

    session: Session
    recorded: Mapping[tuple[str, str], Reading]

    def sql(self, number: str) -> str:
        measure = self.session.catalog.by_name[f"support.{number}"].kpi.measure
        assert isinstance(measure, Query)
        return measure.sql

    def over(self, sql: str, start: date, end: date) -> Number:
        """A query over any range of days."""
        reader = self.session.databases.reader("warehouse", "UTC")
        assert isinstance(reader, PostgresEngine)
        with reader.pool.connect() as connection:
            rows = connection.execute(sa.text(sql), {"start": start, "end": end})
            return number_of(Answer(tuple(rows.keys()), [tuple(row) for row in rows]))


@pytest.fixture(scope="module")
def desk(
    new_database: Callable[[str], str], migrated: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    home, url = tmp_path_factory.mktemp("desk"), new_database(migrated)
    settings = Settings(home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=url)
    session = Session(settings, date(2012, 6, 1))
    bound = session.catalog.datasets["support_cases"]
    columns = {column.name: column.type for column in bound.dataset.columns}
    assert fill(url, real_data / "bpi_13_incidents_cases.parquet", bound.table, columns, home) == 7_554
    for first, last in (("2012-04-20", "2012-05-25"), ("2012-W17", "2012-W20")):
        report = backfill(session, ["support"], first, last)
        assert (report.exit_code, report.problems) == (0, [])
    recorded = {
        (t.definition.number, t.line.reading.period.label): t.line.reading for t in history(session, ["support"])
    }
    yield Desk(session, recorded)
    session.close()


@pytest.mark.parametrize(
    ("day", "cases", "growth", "status"),
    [
        ("2012-04-30", 2_251, None, None),
        ("2012-05-01", 2_524, None, None),
        ("2012-05-02", 3_459, None, None),
        ("2012-05-03", 4_157, "0.8267", Status.OFF),
        ("2012-05-04", 4_660, None, None),
        ("2012-05-07", 4_491, "0.1997", Status.ON),
        ("2012-05-08", 4_272, "0.0513", Status.ON),
    ],
)
def test_the_backlog_of_the_days_of_the_flood(
    day: str, cases: int, growth: str | None, status: Status | None, desk: Desk
) -> None:
    backlog = desk.recorded["04", day]
    assert (backlog.value, backlog.state) == (cases, State.FINAL)
    if growth:
        growing, found = desk.session.catalog.by_name["support.08"].kpi, desk.recorded["08", day]
        assert found.state is State.FINAL
        assert round(found.value or Decimal(0), 4) == Decimal(growth)
        assert growing.status(found.value, parse(day)) is status


def test_days_without_a_new_case_are_known_as_long_as_cases_change(desk: Desk) -> None:
    """No case was taken in after 6 May; they were worked on until the morning of the 23rd."""
    assert desk.recorded["05", "2012-05-07"].value == 0
    assert desk.recorded["04", "2012-05-23"].note == "support_cases reaches 2012-05-23 09:22"
    assert ("04", "2012-05-24") not in desk.recorded, "nothing that happened then is known: not a day without cases"


def test_the_yardstick_of_3_may_is_the_mean_of_the_seven_days_before(desk: Desk) -> None:
    days = [f"2012-04-{day}" for day in (26, 27, 28, 29, 30)] + ["2012-05-01", "2012-05-02"]
    found = [desk.recorded["04", day].value or Decimal(0) for day in days]
    assert round(sum(found) / 7, 2) == Decimal("2275.71")


@pytest.mark.parametrize(("weekly", "daily"), [("11", "01"), ("12", "02"), ("15", "05")])
def test_a_week_made_of_its_days_is_the_week_asked_of_the_cases(weekly: str, daily: str, desk: Desk) -> None:
    found = desk.recorded[weekly, "2012-W18"].number
    asked = desk.over(desk.sql(daily), date(2012, 4, 30), date(2012, 5, 7))
    assert round(found.value or Decimal(0), 9) == round(asked.value or Decimal(0), 9) > 0
    assert found.denominator == asked.denominator


def test_the_median_of_a_week_is_not_made_of_those_of_its_days(desk: Desk) -> None:
    days = [desk.recorded["03", f"2012-05-0{day}"].value or Decimal(0) for day in range(1, 7)]
    week = desk.recorded["13", "2012-W18"].value or Decimal(0)
    asked = desk.over(desk.sql("03"), date(2012, 4, 30), date(2012, 5, 7)).value
    assert week == asked
    assert week < sum(days) / 6


@pytest.mark.parametrize("number", ["04", "06", "07", "08", "09"])
def test_a_number_at_a_moment_is_in_the_week_what_it_is_on_its_last_day(number: str, desk: Desk) -> None:
    week, day = desk.recorded[f"1{number[1]}", "2012-W18"], desk.recorded[number, "2012-05-06"]
    assert (week.value, week.state) == (day.value, State.FINAL)
    assert week.value is not None


def test_the_mean_time_to_resolve_of_all_cases(desk: Desk) -> None:
    found = desk.over(desk.sql("02"), *EVER)
    assert found.denominator == 7_554
    assert round(found.value or Decimal(0), 2) == Decimal("289.90")


def test_the_median_of_the_same_hours(desk: Desk) -> None:
    """The median KPI goes by the first response; asked for the resolution, it is the figure that is known."""
    found = desk.over(desk.sql("03").replace("first_response_at", "resolved_at"), *EVER)
    assert round(found.value or Decimal(0), 2) == Decimal("181.18")


def test_the_ages_of_the_backlog_add_up_to_it_and_have_no_upper_end(desk: Desk) -> None:
    found = split(desk.session, desk.session.catalog.by_name["support.04"], ["age"], "2012-05-03")
    ages = {part.of[0]: part.number.value for part in found.slices}
    assert sorted(ages, key=str) == ["0-24 h", "24-72 h", "> 72 h"]
    assert sum(value or Decimal(0) for value in ages.values()) == 4_157


def test_at_risk_breached_and_the_rest_are_all_of_the_backlog(desk: Desk) -> None:
    at_risk, breached, all_open = (desk.recorded[n, "2012-05-03"].value or Decimal(0) for n in ("06", "07", "04"))
    early = desk.over(
        "select count(*) as value from staging.support_cases where (resolved_at is null or resolved_at >= :end) "
        "and created_at < :end and created_at > :end - interval '268 hours 48 minutes' and :start is not null",
        date(2012, 5, 3),
        date(2012, 5, 4),
    )
    assert at_risk > 0
    assert breached > 0
    assert at_risk + breached + (early.value or 0) == all_open
