"""Business hours, counted a second way: 48 hours of the days from Monday to Friday, on the clock of the zone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate, repeat
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa

from core.databases import parse_url
from core.discovery import read_catalog
from core.engines.postgres import PostgresEngine
from core.measures import Query
from core.periods import Week
from core.sources.database import Answer, ask
from core.sources.shape import number_of

CATALOG = read_catalog(Path(__file__).parents[2] / "scorecards")
SCREENED = CATALOG.by_name["applications.screened_within_48h"]
SUMMER = datetime(2026, 3, 2)  # noqa: DTZ001 - on the clock of each zone in turn; the weeks reach beyond its changes
WAITS = [timedelta(hours=hours, seconds=more) for hours in range(40, 120, 2) for more in (-1, 0, 1)]


def received(zone: ZoneInfo) -> Iterator[datetime]:
    """One moment a week: three hours further each time, until every weekday has had its turn."""
    steps = accumulate(repeat(timedelta(days=7, hours=3)), initial=SUMMER)
    yield from (moment.replace(tzinfo=zone) for _, moment in zip(range(56), steps, strict=False))


def working_time(start: datetime, end: datetime) -> timedelta:
    """How long the clock ran between two moments of one zone, weekends left out: day by day."""
    spent, moment = timedelta(), start.replace(tzinfo=None)
    while moment < end.replace(tzinfo=None):
        midnight = datetime.combine(moment.date() + timedelta(days=1), datetime.min.time())
        until = min(midnight, end.replace(tzinfo=None))
        spent += until - moment if moment.weekday() < 5 else timedelta()
        moment = until
    return spent


@pytest.mark.parametrize("zone", [ZoneInfo("UTC"), ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")], ids=str)
def test_48_business_hours_are_those_of_a_clock_that_stands_still_at_weekends(
    zone: ZoneInfo, warehouse_url: str
) -> None:
    moments = list(received(zone))
    rows = [(start, start + wait) for start in moments for wait in WAITS]
    expected = [sum(working_time(start, start + wait) <= timedelta(hours=48) for wait in WAITS) for start in moments]
    with psycopg.connect(warehouse_url) as connection:
        columns = ", ".join(f"{c.name} {c.type}" for c in CATALOG.datasets["applications"].dataset.columns)
        connection.execute("create schema staging")
        connection.execute(f"create table staging.applications ({columns})")
        with connection.cursor() as cursor:
            insert = "insert into staging.applications (submitted_at, decided_at, decision) values (%s, %s, 'passed')"
            cursor.executemany(insert, rows)
    assert isinstance(SCREENED.kpi.measure, Query)
    pool = sa.create_engine(parse_url(warehouse_url), connect_args={"options": f"-c timezone={zone}"})
    weeks = [Week.containing(start.date()) for start in moments]
    answers = list(ask(PostgresEngine(pool), SCREENED.kpi.measure, weeks))
    pool.dispose()
    assert all(isinstance(answer, Answer) for answer in answers)
    found = [number_of(answer, None) for answer in answers if isinstance(answer, Answer)]
    assert [number.denominator for number in found] == [len(WAITS)] * len(moments)
    assert [number.numerator for number in found] == expected
    assert len(set(expected)) > 3, "waits that tell nothing apart prove nothing"
