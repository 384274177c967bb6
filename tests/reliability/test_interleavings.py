"""Two sessions at the same KPI and week: whatever the order of their steps, the outcome is a serial one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from core.catalog import Definition
from core.databases import parse_url
from core.kpi import KPI, Scorecard
from core.ledger import clock, names, readings, runs
from core.ledger.evidence import Evidence, Rows
from core.ledger.rules import Entry, correction, next_entry
from core.measures import Query
from core.periods import Period, Week
from core.readings import Number, Reading

from .orders_of_steps import Actor, Do, orders, play

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)  # the same for both: the hardest case for a clock
ORDERED = KPI(title="Orders", owner="O", unit="u", better="higher", measure=Query("select 1 as value"))
ORDERS = Definition("sales", "01", "orders", ORDERED, Scorecard(title="S", owner="O"), "D.", Path("kpi_01_orders.py"))
COMMITTED, REPEATABLE, SERIALIZABLE = "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"
STEPS = 5  # take the lock, read what stands, append, judge it, commit
Story = tuple[tuple[Any, ...], ...]
"""The lines of a week, oldest first: value, state, reason, by hand."""


class Week01:
    """The same KPI, and for every order of steps a fresh week of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.outside = psycopg.connect(url, autocommit=True)
        self.engine = sa.create_engine(parse_url(url))
        self.week: Period = Week.of(2020, 1)
        with self.engine.begin() as connection:
            names.add_parts(connection, ["sales"])
            names.name_definitions(connection, [ORDERS], {})
            self.run = runs.start(connection, "run", ["sales"], "tester", NOW)
        self.actors: list[Actor] = []

    def actor(self, isolation: str) -> Actor:
        self.actors.append(Actor(self.url, isolation, self.outside))
        return self.actors[-1]

    def next_week(self, stands: int | None) -> None:
        self.week = self.week.shift(1)
        if stands is not None:
            with self.engine.begin() as connection:
                self.record(stands)(connection)

    def record(self, value: int) -> Do:
        """What a run does; the number is that of the rows it found."""
        week = self.week
        found = Evidence({"orders": Rows(1, value, value, f"{value:016x}")})

        def _record(connection: sa.Connection) -> int:
            given = [(ORDERS, Reading(ORDERS.key, week, Number(Decimal(value))))]
            return len(readings.record(connection, self.run, given, NOW, lambda *_: found))

        return _record

    def correct(self, value: int) -> Do:
        """What `kpi correct` does."""
        week = self.week

        def _correct(connection: sa.Connection) -> int:
            readings.alone(connection, ["sales"])
            lines = readings.revisions(connection, [ORDERS], week.start, week.start)[ORDERS.key].get(week, [])
            number = Number(Decimal(value))
            entry = correction(lines[-1] if lines else None, Reading(ORDERS.key, week), number, ORDERS.hash, "told")
            readings.append(connection, self.run, [(ORDERS, entry)] if entry else [], NOW)
            return 1 if entry else 0

        return _correct

    def look(self) -> Do:
        """What a publication does: it asks for the ledger's time, and reads what stands."""
        week = self.week

        def _look(connection: sa.Connection) -> tuple[datetime, int]:
            at = clock.read_at(connection, "sales", NOW)
            found = readings.revisions(connection, [ORDERS], week.start, week.start, at)
            return at, len(found[ORDERS.key].get(week, []))

        return _look

    def story(self) -> Story:
        sql = "select value, state, reason, because <> '' from kpi.reading where period_start = %s order by reading_id"
        return tuple(self.outside.execute(sql, [self.week.start]).fetchall())

    def is_whole(self) -> bool:
        """The table is the history's replay and the chain has a link for every line."""
        unlike = "(table vl_analytics.scorecard except table kpi.replay) union (table kpi.replay except table {})"
        links = "select entries, (select count(*) from kpi.reading) from kpi.chain where scorecard = 'sales'"
        same = self.outside.execute(unlike.format("vl_analytics.scorecard")).fetchall() == []
        return same and all(entries == lines for entries, lines in self.outside.execute(links).fetchall())

    def close(self) -> None:
        for actor in self.actors:
            actor.close()
        self.engine.dispose()
        self.outside.close()


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Week01]:
    opened = Week01(ledger_url)
    yield opened
    opened.close()


Make = Callable[[], Do]


def every_order_is_a_serial_one(
    ledger: Week01, make_a: Make, make_b: Make, isolations: tuple[str, str], stands: int | None = None
) -> int:
    """How often a session had to wait for the other. A session that is refused tries again, as the next run would."""
    a, b = (ledger.actor(isolation) for isolation in isolations)
    serial = set()
    for one, other in (("A", "B"), ("B", "A")):
        ledger.next_week(stands)
        play(a, b, one * STEPS + other * STEPS, make_a(), make_b())
        serial.add(ledger.story())
    waits = 0
    for order in orders(STEPS, STEPS):
        ledger.next_week(stands)
        waits += play(a, b, order, make_a(), make_b())
        for actor, make in ((a, make_a), (b, make_b)):
            if isinstance(actor.result, sa.exc.DBAPIError):
                assert isolations != (COMMITTED, COMMITTED), actor.result
                assert actor.result.orig.sqlstate in ("23505", "40001"), actor.result
                play(a, b, "", make() if actor is a else _nothing, make() if actor is b else _nothing)
        assert ledger.story() in serial, order
        assert ledger.is_whole(), order
    return waits


def _nothing(connection: sa.Connection) -> None:
    pass


@pytest.mark.parametrize("stands", [None, 3], ids=["first", "again"])
def test_two_runs_that_found_other_numbers(ledger: Week01, stands: int | None) -> None:
    pair = (COMMITTED, COMMITTED)
    assert every_order_is_a_serial_one(ledger, lambda: ledger.record(5), lambda: ledger.record(7), pair, stands) > 0


def test_two_runs_that_found_the_same_number_record_it_once(ledger: Week01) -> None:
    pair = (COMMITTED, COMMITTED)
    every_order_is_a_serial_one(ledger, lambda: ledger.record(5), lambda: ledger.record(5), pair)
    assert [line[0] for line in ledger.story()] == [5]


@pytest.mark.parametrize("pair", [(COMMITTED, REPEATABLE), (REPEATABLE, REPEATABLE), (SERIALIZABLE, SERIALIZABLE)])
def test_two_runs_whose_database_isolates_more_than_the_usual(ledger: Week01, pair: tuple[str, str]) -> None:
    every_order_is_a_serial_one(ledger, lambda: ledger.record(5), lambda: ledger.record(7), pair, 3)


def test_a_run_and_a_correction(ledger: Week01) -> None:
    pair = (COMMITTED, COMMITTED)
    every_order_is_a_serial_one(ledger, lambda: ledger.record(5), lambda: ledger.correct(9), pair, 3)
    assert ledger.story()[-1][0] == 9  # it stands, whoever came last


def test_what_a_publication_read_is_what_stood_at_its_instant(ledger: Week01) -> None:
    a, b = ledger.actor(COMMITTED), ledger.actor(COMMITTED)
    seen = set()
    for order in orders(STEPS, STEPS + 1):
        ledger.next_week(3)
        play(a, b, order, ledger.record(5), ledger.look())
        at, lines = b.result
        assert ledger.outside.execute(
            "select count(*) from kpi.reading where period_start = %s and recorded_at <= %s", [ledger.week.start, at]
        ).fetchall() == [(lines,)], order
        seen.add(lines)
    assert seen == {1, 2}


@pytest.mark.parametrize("stands", [None, 3], ids=["first", "again"])
def test_without_the_lock_the_unique_key_lets_one_in(ledger: Week01, stands: int | None) -> None:
    a, b = ledger.actor(COMMITTED), ledger.actor(COMMITTED)

    def append(value: int) -> Do:
        """As if it had been decided before the other one came: both follow the same line."""
        week, reading = ledger.week, Reading(ORDERS.key, ledger.week, Number(Decimal(value)))
        with ledger.engine.begin() as connection:
            there = readings.current(connection, [ORDERS], week, week)[ORDERS.key].get(week)
        entry = next_entry(there, reading, ORDERS.hash, Decimal(0))
        assert isinstance(entry, Entry)

        def _append(connection: sa.Connection) -> None:
            readings.append(connection, ledger.run, [(ORDERS, entry)], NOW)

        return _append

    for order in orders(2, 2):
        ledger.next_week(stands)
        play(a, b, order, append(5), append(7))
        refused = [actor.result for actor in (a, b) if actor.result is not None]
        assert len(refused) == 1, order
        assert refused[0].orig.sqlstate == "23505"
        won = 7 if a.result is not None else 5
        assert [line[0] for line in ledger.story()] == [*([stands] if stands else []), won]
        assert ledger.is_whole()
