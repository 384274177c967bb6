"""Years of weeks as cron sees them (load, run, publish), with all that goes wrong in years: no promise is broken."""

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from .around import WEEK, label, midnight
from .corner_shop import LOAD_POINTS, PUBLISH_POINTS, RUN_POINTS, Shop, at, morning_after
from .figures import FORMULAS, ORDERS, QUERIES, VISITS, Cell

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says that it drops them
OPENED = date(2026, 1, 5)  # a year of 53 weeks
SEED = 20261121
FIRST_KPI_ROW = 6
BY_HAND = 4_711  # what a person writes over one of our numbers
_COUNTED = """
    select date_trunc('week', at at time zone 'Europe/London')::date, count(*), sum(amount)
    from   staging.{} group by 1
"""


class Years:
    """One soak: what goes wrong is drawn from the seed, and from nothing else."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.draw = shop, random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.breaks_until = 0
        self.remarks: dict[tuple[str, str], str] = {}  # by tab and cell: what people wrote beside our rows
        self.overwritten: dict[tuple[str, Cell], int] = {}

    def pass_weeks(self, many: int) -> None:
        for n in range(many):
            self._week(OPENED + WEEK * n, n)
            if n % 10 == 9:
                self.compare_the_book()

    def _week(self, week: date, n: int) -> None:
        self._business(week)
        if n > 3:
            self._late_rows(week)
            self._source_fixes(week)
            self._contract(week, n)
        if n > 3 and self._happens("host off", 0.06):
            return
        self.shop.goes_to(morning_after(week))
        if self._happens("clock set back", 0.05):
            self.shop.goes_to(self.shop.expected.now - timedelta(days=self.draw.randint(1, 20), minutes=7))
            self._cron()
            self.shop.goes_to(morning_after(week))
        self._cron()
        if n > 3 and self._happens("hand edit", 0.08):
            self._someone_writes_into_the_book()

    def _cron(self) -> None:
        """Load, run, publish; whatever is killed is not tried again before the next time."""
        self.shop.loads(self._kill(LOAD_POINTS))
        self.shop.runs(kill=self._kill(RUN_POINTS), times=self.draw.randint(1, 2))
        self.shop.publishes(self._kill(PUBLISH_POINTS))

    def _business(self, week: date) -> None:
        """Some orders and visits, a few in the night in which the clocks change, and the first of the week after."""
        for _ in range(self.draw.randint(0, 5)):
            self.shop.sells(self._moment(week), self.draw.randint(1, 9))
            self.shop.is_visited(self._moment(week), self.draw.randint(1, 9))
        self.shop.sells(at(week, 6, self.draw.randint(0, 3)), 7)
        for comes in (self.shop.sells, self.shop.is_visited):
            comes(midnight(week + WEEK), 6)

    def _late_rows(self, week: date) -> None:
        if self._happens("late rows", 0.25):
            for comes in (self.shop.sells, self.shop.is_visited):
                comes(self._moment(week - WEEK * self.draw.randint(1, 3)), self.draw.randint(1, 9))

    def _source_fixes(self, week: date) -> None:
        if self._happens("source fix", 0.2):
            orders, visits = (self.shop.expected.sources[name] for name in (ORDERS, VISITS))
            past = week - WEEK * self.draw.randint(1, 3)
            if rows := orders.ids(past):
                self.shop.mends(self.draw.choice(rows), self.draw.randint(1, 9))
            if len(rows) > 2:
                self.shop.takes_back(rows[0])
            if rows := visits.ids(past):
                visits.remove(rows[0])

    def _contract(self, week: date, n: int) -> None:
        """Broken for a while, in one dataset or in both."""
        if self.breaks_until == n:
            self.heal()
        elif n > self.breaks_until and self._happens("contract broken", 0.06):
            self.breaks_until = n + self.draw.randint(1, 3)
            for comes in self.draw.sample([self.shop.sells, self.shop.is_visited], self.draw.randint(1, 2)):
                comes(self._moment(week), -1)

    def heal(self) -> None:
        for row in self.shop.expected.sources[ORDERS].broken():
            self.shop.mends(row, 1)
        for row in self.shop.expected.sources[VISITS].broken():
            self.shop.expected.sources[VISITS].change(row, 1)

    def _someone_writes_into_the_book(self) -> None:
        """A remark below our rows, and once in a while a number of their own over one of ours."""
        book = load_workbook(self.shop.book)
        week = self.shop.expected.last
        sheet = book[f"sc{week.isocalendar().year}"]
        place = f"C{FIRST_KPI_ROW + 10 + self.draw.randint(0, 20)}"
        sheet[place] = remark = f"Look at {label(week)}"
        self.remarks[sheet.title, place] = remark
        if self.draw.random() < 0.5:
            cell: Cell = (self.draw.choice([*QUERIES]), week)
            column = _columns(sheet)[week]
            sheet.cell(_rows(sheet)[cell[0]], column).value = BY_HAND
            self.overwritten[sheet.title, cell] = BY_HAND
        book.save(self.shop.book)
        book.close()

    def compare_the_book(self) -> None:
        """Published now, every cell of every tab is the ledger's; what people wrote is theirs."""
        report = self.shop.publishes()
        assert report is not None
        assert report.exit_code == 0, report.problems
        book = load_workbook(self.shop.book)
        expected = self.shop.expected
        for sheet in book.worksheets:
            columns, rows = _columns(sheet), _rows(sheet)
            assert list(rows) == [*QUERIES, *FORMULAS]
            for week, column in columns.items():
                for kpi, row in rows.items():
                    lines = expected.cells.get((kpi, week)) if week <= expected.last else None
                    due = lines[-1].number[0] if lines else None
                    due = self.overwritten.get((sheet.title, (kpi, week)), due)
                    _same(sheet.cell(row, column).value, due, f"{sheet.title} {kpi} {week}")
        for (tab, place), remark in self.remarks.items():
            assert book[tab][place].value == remark
        book.close()

    def _moment(self, week: date) -> Any:
        return at(week, self.draw.randint(0, 6), self.draw.randint(0, 23))

    def _kill(self, points: tuple[str, ...]) -> str:
        return self.draw.choice(points) if self._happens("kill", 0.08) else ""

    def _happens(self, what: str, odds: float) -> bool:
        happens = self.draw.random() < odds
        self.faults[what] += happens
        return happens


def _rows(sheet: Any) -> dict[str, int]:
    """By number of KPI."""
    found = {sheet.cell(row, 1).value: row for row in range(FIRST_KPI_ROW, FIRST_KPI_ROW + 8)}
    return {number: row for number, row in found.items() if number in {*QUERIES, *FORMULAS}}


def _columns(sheet: Any) -> dict[date, int]:
    """By Monday, as the row above the weeks' names says it."""
    heads = {column: sheet.cell(4, column).value for column in range(7, sheet.max_column + 1)}
    return {value.date(): column for column, value in heads.items() if hasattr(value, "date")}


def _same(found: Any, due: Decimal | int | None, where: str) -> None:
    if due is None or found is None:
        assert found == due, f"{where}: {found}, expected {due}"
    else:
        assert abs(Decimal(str(found)) - due) <= abs(Decimal(due)) * Decimal("1e-13"), f"{where}: {found}, {due}"


def counted(shop: Shop, dataset: str) -> dict[date, tuple[int, int]]:
    """By week, as PostgreSQL's own calendar counts it: rows and their sum."""
    return {week: (many, total) for week, many, total in shop.outside.execute(_COUNTED.format(dataset)).fetchall()}


def every_due_week_is_filled_once_and_right(shop: Shop) -> None:
    orders, visits = counted(shop, ORDERS), counted(shop, VISITS)
    shown = {
        (kpi, week): (value, state)
        for kpi, week, value, state in shop.outside.execute(
            "select kpi_number, period_start, field_value, state from vl_analytics.scorecard_shop"
        ).fetchall()
    }
    # A clock set back before the first run lets the KPIs' life begin earlier, in weeks before there was any data.
    shown = {(kpi, week): found for (kpi, week), found in shown.items() if week >= OPENED}
    due, week = [], OPENED
    while week <= shop.expected.last:
        due.append(week)
        week += WEEK
    assert [w for k, w in sorted(shown) if k == "01"] == due
    for week in due:
        assert shown["01", week] == (orders.get(week, (0, 0))[0], "final")
        assert shown["02", week] == (orders.get(week, (0, None))[1], "final")
        assert shown["03", week] == (visits.get(week, (0, 0))[0], "final")
    begun = "select kpi_number, period_start from kpi.reading where follows is null and period_start >= %s"
    assert sorted(shop.outside.execute(begun, [OPENED]).fetchall()) == sorted(shown)


Soak = Callable[[int, int], Years]


@pytest.fixture
def soak(new_database: Callable[[str], str], migrated: str, tmp_path: Path) -> Soak:
    def _soak(weeks: int, seed: int) -> Years:
        print(f"seed {seed}")  # told when it fails; KPI_TEST_SEED replays it
        shop = Shop(new_database(migrated), tmp_path, morning_after(OPENED))
        try:
            years = Years(shop, seed)
            years.pass_weeks(weeks)
            years.heal()
            shop.goes_to(morning_after(OPENED + WEEK * (weeks - 1)))
            shop.loads()
            shop.runs()
            shop.backfills((), OPENED, shop.expected.last)
            every_due_week_is_filled_once_and_right(shop)
            years.compare_the_book()
            runs = dict(shop.outside.execute("select state, count(*) from kpi.run group by 1").fetchall())
            print(weeks, "weeks;", dict(years.faults), f"kills {shop.kills}; lines {shop.promises.lines}; runs {runs}")
            return years
        finally:
            shop.close()

    return _soak


def chosen_seed(otherwise: int) -> int:
    return int(os.environ.get("KPI_TEST_SEED") or otherwise)


def test_a_hundred_weeks_with_faults_break_no_promise(soak: Soak) -> None:
    years = soak(100, chosen_seed(SEED))
    assert min(years.faults[f] for f in ("kill", "host off", "late rows", "source fix", "clock set back")) > 0


@pytest.mark.long
@pytest.mark.parametrize("shop", range(4))
def test_a_thousand_weeks_with_faults_break_no_promise(soak: Soak, shop: int) -> None:
    """Four shops of almost five years each."""
    years = soak(250, chosen_seed(random.SystemRandom().randrange(10**9)) + shop)
    assert years.faults["kill"] > 20
