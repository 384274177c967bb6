"""Anything a shop's year can bring, in any order: after every step the ledger is what plain Python says it must be."""

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from core.databases import parse_url

from .around import WEEK
from .corner_shop import LOAD_POINTS, RUN_POINTS, Shop, at, morning_after
from .figures import FORMULAS, ORDERS, QUERIES, VISITS

OPENED = date(2026, 9, 28)  # four weeks before London's clocks go back
STEPS = 40  # in one example
KPIS = st.sampled_from([*QUERIES, *FORMULAS])
CHOSEN = st.sampled_from([(), (), (), ("01",), ("04",), ("02", "04"), ("03", "05")])
AGO = st.integers(0, 5)
DAY, HOUR = st.integers(0, 6), st.sampled_from([0, 1, 12, 23])
AMOUNT = st.integers(1, 9)
PICK = st.integers(0, 10_000)
LIVES = st.just("")
RUN_KILL = st.one_of(LIVES, LIVES, LIVES, st.sampled_from(RUN_POINTS))
LOAD_KILL = st.one_of(LIVES, LIVES, LIVES, st.sampled_from(LOAD_POINTS))
SAID_KILL = st.one_of(LIVES, LIVES, st.sampled_from(["batch appended", "batch recorded"]))


def business(shop: Shop, week: date) -> None:
    """Some orders and visits, and the first of the week after, so that this one is whole."""
    for day in (1, 4):
        shop.sells(at(week, day), 3 + day)
        shop.is_visited(at(week, day), 5)
    for comes in (shop.sells, shop.is_visited):
        comes(at(week + WEEK, 0, 1), 6)


class ShopMachine(RuleBasedStateMachine):
    """One example is one shop, with a database and folders of its own."""

    def __init__(self, shop: Shop, done: Counter[str]) -> None:
        super().__init__()
        self.shop, self.done = shop, done

    def teardown(self) -> None:
        self.shop.close()

    # What happens in the shop.

    @rule(amount=AMOUNT, day=DAY, hour=HOUR, many=st.integers(1, 2), idle=st.booleans())
    def weeks_pass(self, amount: int, day: int, hour: int, many: int, idle: bool) -> None:
        """Unless the machine was off, cron calls on Monday morning."""
        self._count("weeks pass")
        for _ in range(many):
            week = self.shop.expected.last + WEEK
            business(self.shop, week)
            self.shop.sells(at(week, day, hour), amount)
            self.shop.goes_to(morning_after(week))
        if not idle:
            self.shop.loads()
            self.shop.runs()

    @rule(ago=AGO, day=DAY, hour=HOUR, amount=AMOUNT, here=st.booleans())
    def a_late_row(self, ago: int, day: int, hour: int, amount: int, here: bool) -> None:
        self._count("late row")
        comes = self.shop.sells if here else self.shop.is_visited
        comes(at(self.shop.expected.last - WEEK * ago, day, hour), amount)
        self._hold()

    @rule(pick=PICK, amount=AMOUNT, goes=st.booleans(), here=st.booleans())
    def a_source_mends_a_row(self, pick: int, amount: int, goes: bool, here: bool) -> None:
        self._count("source fix")
        source = self.shop.expected.sources[ORDERS if here else VISITS]
        rows = source.ids()
        row, goes = rows[pick % len(rows)], goes and len(rows) > 5
        if here:
            self.shop.takes_back(row) if goes else self.shop.mends(row, amount)
        else:
            source.remove(row) if goes else source.change(row, amount)
        self._hold()

    @rule(ago=st.integers(1, 3))
    def the_source_drops_its_past(self, ago: int) -> None:
        self._count("past dropped")
        source, first = self.shop.expected.sources[ORDERS], self.shop.expected.last - WEEK * ago
        for week in [w for w in source.weeks if w < first]:
            for row in source.ids(week):
                self.shop.takes_back(row)
        self._hold()

    @rule(ago=AGO, here=st.booleans())
    def a_contract_breaks_or_heals(self, ago: int, here: bool) -> None:
        orders, visits = (self.shop.expected.sources[name] for name in (ORDERS, VISITS))
        self._count("contract healed" if orders.broken() or visits.broken() else "contract broken")
        if orders.broken() or visits.broken():
            for row in orders.broken():
                self.shop.mends(row, 1)
            for row in visits.broken():
                visits.change(row, 1)
        else:
            comes = self.shop.sells if here else self.shop.is_visited
            comes(at(self.shop.expected.last - WEEK * ago, 3), -1)
        self._hold()

    # What the machine does.

    @rule(days=st.integers(-21, 21))
    def the_clock_jumps(self, days: int) -> None:
        """And the next command is another process."""
        self._count("clock jump")
        self.shop.reopen()
        self.shop.goes_to(self.shop.expected.now + timedelta(days=days, minutes=17))
        self._hold()

    # What people and cron do.

    @rule(kill=LOAD_KILL)
    def load(self, kill: str) -> None:
        self._count("load", kill)
        self.shop.loads(kill)
        self._hold()

    @rule()
    def run_everything(self) -> None:
        self._count("run")
        self.shop.runs()

    @rule(chosen=CHOSEN, kill=RUN_KILL, times=st.integers(1, 3))
    def run(self, chosen: tuple[str, ...], kill: str, times: int) -> None:
        self._count("run", kill)
        self.shop.runs(chosen, kill=kill, times=times)

    @rule(chosen=CHOSEN, ago=AGO, many=st.integers(0, 4), kill=RUN_KILL)
    def run_some_weeks(self, chosen: tuple[str, ...], ago: int, many: int, kill: str) -> None:
        last = self.shop.expected.last - WEEK * ago
        self._count("backfill" if many else "run --week", kill)
        if many:
            self.shop.backfills(chosen, last - WEEK * many, last, kill=kill)
        else:
            self.shop.runs(chosen, week=last, kill=kill)

    @rule(
        what=st.sampled_from(["correct", "withdraw", "note"]),
        number=KPIS,
        ago=AGO,
        value=st.one_of(st.none(), st.integers(-5, 50)),
        kill=SAID_KILL,
    )
    def someone_says(self, what: str, number: str, ago: int, value: int | None, kill: str) -> None:
        expected, week = self.shop.expected, self.shop.expected.last - WEEK * ago
        cells = [(k, w) for k, w in expected.corrected() if w <= expected.last and expected.lives(k, w)]
        if what == "withdraw" and cells:
            self._count("withdraw", kill)
            self.shop.withdraws(*cells[ago % len(cells)], kill)
        elif expected.lives(number, week):
            self._count("note" if what == "note" else "correct", kill if what != "note" else "")
            if what == "note":
                self.shop.notes(number, week, "Stocktaking")
            else:
                self.shop.corrects(number, week, value, kill)

    @rule(
        number=KPIS,
        what=st.sampled_from(["query", "name", "end"]),
        end=st.one_of(st.none(), st.integers(-2, 3)),
    )
    def an_analyst_edits(self, number: str, what: str, end: int | None) -> None:
        self._count(f"edited: {what}")
        if what == "end":
            self.shop.retires(number, None if end is None else self.shop.expected.last - WEEK * end)
        elif what == "query" and number in QUERIES:
            self.shop.rewords(number)
        else:
            self.shop.renames(number)
        self._hold()

    def _hold(self) -> None:
        self.shop.promises.hold(self.shop)

    def _count(self, what: str, kill: str = "") -> None:
        self.done[what] += 1
        self.done["steps"] += 1
        if kill:
            self.done["killed"] += 1


Play = Callable[[int, int | None], Counter[str]]


@pytest.fixture(scope="module")
def young_shop(new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Three weeks on record. It is closed: each example begins with a copy."""
    shop = Shop(new_database(migrated), tmp_path_factory.mktemp("young_shop"), morning_after(OPENED))
    for n in range(3):
        business(shop, OPENED + WEEK * n)
    shop.goes_to(morning_after(OPENED + WEEK * 2))
    shop.loads()
    shop.runs()
    shop.close()
    return shop


@pytest.fixture
def play(new_database: Callable[[str], str], young_shop: Shop, tmp_path: Path) -> Play:
    """Plays so many examples, with a seed where one is given; how often what was done."""
    numbers, template = count(1), str(parse_url(young_shop.settings.warehouse_url).database)

    def _play(examples: int, seeded: int | None) -> Counter[str]:
        done: Counter[str] = Counter()

        class Here(ShopMachine):
            def __init__(self) -> None:
                folder, now = tmp_path / str(next(numbers)), young_shop.expected.now
                super().__init__(Shop(new_database(template), folder, now, like=young_shop), done)

        limits = settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize=seeded is None,
            database=None,
            phases=[Phase.generate],  # the steps that fail are told as they were: to shrink them takes minutes
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(Here if seeded is None else seed(seeded)(Here), settings=limits)
        print(dict(done.most_common()))
        return done

    return _play


@pytest.mark.parametrize("seeded", [None, 20261121])
def test_a_thousand_steps_of_a_shop_keep_every_promise(play: Play, seeded: int | None) -> None:
    """In two halves, for two workers."""
    done = play(13, seeded)
    assert done["steps"] >= 500
    assert done["killed"] >= 15


@pytest.mark.long
def test_ten_thousand_steps_keep_every_promise(play: Play) -> None:
    chosen = int(os.environ.get("KPI_TEST_SEED") or random.SystemRandom().randrange(10**9))
    print(f"KPI_TEST_SEED={chosen}")
    assert play(270, chosen)["steps"] >= 10_000
