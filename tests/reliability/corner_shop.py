"""A corner shop in London, twice: in PostgreSQL with the product at work, and as `expected.Ledger` in plain Python.

Whatever is done is done to both; `ledger_promises.hold` compares them.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import psycopg

import core
from core import write_points
from core.pipeline.correcting import annotate, correct, withdraw
from core.pipeline.loading import load
from core.pipeline.publish_report import PublishReport
from core.pipeline.publishing import publish
from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.settings import Settings

from .around import LONDON, WEEK, label
from .expected import KPI, Ledger
from .figures import ORDERS, QUERIES, VISITS
from .ledger_promises import Promises

RUN_POINTS = ("run opened", "batch appended", "batch recorded", "run evaluated")
PUBLISH_POINTS = ("publish asked", "publish announced", "file written", "file swapped", "publish landed")
LOAD_POINTS = ("table replaced", "load recorded", "load landed")
COUNTS = ("count(*)", "count(*) filter (where amount >= 5)")
WORDINGS = {
    "01": COUNTS,
    "02": ("sum(amount)", "sum(amount) filter (where amount >= 5)"),
    "03": ("count(*)", "100 / (count(*) - 2)"),  # the other one fails in weeks of two visits
}
FORMULAS = {"04": 'ref("shop.02") / ref("shop.01")', "05": 'ref("shop.01").mean(weeks=4)'}
SLUGS = {"01": "orders", "02": "revenue", "03": "visits", "04": "basket", "05": "orders_4w"}
AT = 'Column("at", "timestamptz", nulls=0)'
AMOUNT = 'Column("amount", "integer", at_least=0)'


class Killed(BaseException):
    """The process dies here: no `except Exception` may come between."""


class Shop:
    """With `like`, as that one was when it closed; `url` is then a copy of its database."""

    def __init__(self, url: str, folder: Path, now: datetime, like: "Shop | None" = None) -> None:
        self.folder = folder
        self.settings = Settings(
            home=folder / "home",
            scorecards=folder / "scorecards",
            data=folder / "data",
            published=folder / "published",
            warehouse_url=url,
        )
        self.outside = psycopg.connect(url, autocommit=True)  # the systems around us
        self.session = Session(self.settings, fixed_now=now)
        self.kills = 0
        if like:
            self.expected, self.promises = deepcopy(like.expected), like.promises.asked_of(self.outside)
            self._move_in(like)
        else:
            self.expected = Ledger(now, kpis={number: KPI(slug) for number, slug in SLUGS.items()})
            self.promises = Promises(self.outside)
            self._open()

    def close(self) -> None:
        write_points.disarm()
        self.session.close()
        self.outside.close()

    def reopen(self) -> None:
        """As the next process would: nothing is left in memory."""
        self.session.close()
        self.session = Session(self.settings, fixed_now=self.expected.now)

    # The world.

    def goes_to(self, now: datetime) -> None:
        """The machine's clock: it may go backwards too."""
        self.expected.now = self.session.fixed_now = now

    def sells(self, at: datetime, amount: int) -> None:
        row = self.expected.sources[ORDERS].add(at, amount)
        self.outside.execute("insert into staging.orders values (%s, %s, %s)", [row, at, amount])

    def mends(self, row: int, amount: int) -> None:
        self.expected.sources[ORDERS].change(row, amount)
        self.outside.execute("update staging.orders set amount = %s where id = %s", [amount, row])

    def takes_back(self, row: int) -> None:
        self.expected.sources[ORDERS].remove(row)
        self.outside.execute("delete from staging.orders where id = %s", [row])

    def is_visited(self, at: datetime, amount: int) -> None:
        """It stands in the file when that is loaded next."""
        self.expected.sources[VISITS].add(at, amount)

    # The definitions.

    def rewords(self, number: str) -> None:
        self.expected.kpis[number].query ^= 1
        self._write(number)

    def renames(self, number: str) -> None:
        kpi = self.expected.kpis[number]
        self._file(number).unlink()
        kpi.slug = kpi.slug.removesuffix("_renamed") if kpi.slug.endswith("_renamed") else f"{kpi.slug}_renamed"
        self._write(number)

    def retires(self, number: str, week: date | None) -> None:
        """With no week, it is called back."""
        self.expected.kpis[number].retired = week
        self._write(number)

    # The commands.

    def loads(self, kill: str = "") -> int:
        source = self.expected.sources[VISITS]
        lines = [f"{i},{row.at.isoformat()},{row.amount}" for w in source.weeks.values() for i, row in w.items()]
        (self.settings.data / "visits.csv").write_text("\n".join(["id,at,amount", *lines]) + "\n", encoding="utf-8")
        code = self._killed(kill, 1, lambda: load(self.session, ["visits"], files={}).exit_code)
        if code is not None or kill == "load landed":
            self.expected.load()
        return code or 0

    def runs(self, chosen: Sequence[str] = (), week: date | None = None, kill: str = "", times: int = 1) -> None:
        word = label(week) if week else ""
        selectors = [f"shop.{number}" for number in chosen]
        done = self.expected.run(chosen or [*QUERIES, *FORMULAS], week)
        ended = self._killed(kill, times, lambda: run(self.session, selectors, week=word).exit_code)
        if ended is not None and not week:
            self.expected.visit(done)
        self.promises.hold(self, done, killed=ended is None)

    def backfills(self, chosen: Sequence[str], first: date, last: date, kill: str = "") -> None:
        selectors = [f"shop.{number}" for number in chosen]
        done = self.expected.backfill(chosen or [*QUERIES, *FORMULAS], first, last)
        ended = self._killed(kill, 1, lambda: backfill(self.session, selectors, label(first), label(last)).exit_code)
        self.promises.hold(self, done, killed=ended is None)

    def corrects(self, number: str, week: date, value: int | None, kill: str = "") -> None:
        done = self.expected.correct(number, week, None if value is None else Decimal(value))
        said = "unknown" if value is None else str(value)
        ended = self._killed(kill, 1, lambda: correct(self.session, f"shop.{number}", label(week), said, "miscounted"))
        self.promises.hold(self, done, killed=ended is None)

    def withdraws(self, number: str, week: date, kill: str = "") -> None:
        done = self.expected.withdraw(number, week)
        ended = self._killed(kill, 1, lambda: withdraw(self.session, f"shop.{number}", label(week), "it was right"))
        self.promises.hold(self, done, killed=ended is None)

    def notes(self, number: str, week: date, text: str) -> None:
        annotate(self.session, f"shop.{number}", label(week), text)
        self.promises.hold(self)

    def publishes(self, kill: str = "") -> PublishReport | None:
        """The report; None when it was killed."""
        report: PublishReport | None = self._killed(kill, 1, lambda: publish(self.session, ["shop"]))
        return report

    @property
    def book(self) -> Path:
        return self.settings.published / "shop.xlsx"

    def _killed(self, point: str, times: int, do: Callable[[], Any]) -> Any:
        """What was done; None when it died at the point."""
        if point:
            write_points.arm(point, times, _die)
        try:
            return do()
        except Killed:
            self.kills += 1
            self.reopen()
            return None
        finally:
            write_points.disarm()

    # How it is made.

    def _move_in(self, like: "Shop") -> None:
        """Where a workbook was published, the ledger tells by its whole path."""
        copytree(like.folder, self.folder, dirs_exist_ok=True)
        moved = "update kpi.publication set target = replace(target, %s, %s)"
        self.outside.execute(moved, [str(like.folder), str(self.folder)])

    def _open(self) -> None:
        for folder in (self.settings.data, self.settings.scorecards / "shop"):
            folder.mkdir(parents=True, exist_ok=True)
        self.outside.execute("create table staging.orders (id bigint, at timestamptz, amount bigint)")
        self._put("scorecard.py", 'scorecard = Scorecard(title="Shop", owner="Shop", timezone="Europe/London")')
        columns = f'columns=(Column("id", "integer"), {AT}, {AMOUNT})'
        self._put("dataset_orders.py", f'dataset = Dataset(owner="Shop", watermark="at", {columns})')
        source = f'source=File("visits.csv"), {columns}'
        self._put("dataset_visits.py", f'dataset = Dataset(owner="Shop", watermark="at", {source})')
        for number in SLUGS:
            self._write(number)

    def _write(self, number: str) -> None:
        kpi = self.expected.kpis[number]
        measure = FORMULAS.get(number)
        if measure is None:
            asked = f"select {WORDINGS[number][kpi.query]} as value from staging.{QUERIES[number]}"
            measure = f'Query("{asked} where at >= :start and at < :end")'
        retired = f'retired="{label(kpi.retired)}", ' if kpi.retired else ""
        words = f'title="KPI {number}", owner="Shop", unit="pieces", better="higher", {retired}measure={measure}'
        self._put(self._file(number).name, f"kpi = KPI({words})")
        self.session.__dict__.pop("catalog", None)

    def _file(self, number: str) -> Path:
        return self.settings.scorecards / "shop" / f"kpi_{number}_{self.expected.kpis[number].slug}.py"

    def _put(self, name: str, body: str) -> None:
        text = f'"""What it stands for."""\n\nfrom core import {", ".join(core.__all__)}\n\n{body}\n'
        (self.settings.scorecards / "shop" / name).write_text(text, encoding="utf-8")


def at(week: date, day: int, hour: int = 12) -> datetime:
    """A moment of a week as London's clocks show it."""
    there = week + timedelta(days=day)
    return datetime(there.year, there.month, there.day, hour, tzinfo=LONDON).astimezone(UTC)


def morning_after(week: date) -> datetime:
    """Six o'clock on the Monday after: when cron calls."""
    return at(week + WEEK, 0, 6)


def _die() -> None:
    raise Killed
