"""A scorecard that moves on between two publishes: weeks pass, numbers are restated, KPIs and years come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from core import KPI, Query, Scorecard, Target
from core.catalog import Definition
from core.grid import Grid, build
from core.pages import Page
from core.periods import Period, Week
from core.readings import Number, Reading, State

CARD = Scorecard(title="Shop", owner="Shop team", timezone="Europe/London")
YEAR, NEXT_YEAR = 2026, 2027
KPIS: Mapping[str, Mapping[str, Any]] = {
    "05": {"title": "Orders", "unit": "orders", "better": "higher", "target": Target(1020, warn=1010)},
    "06": {"title": "Returned share", "unit": "%", "better": "lower", "target": 0.12},
    "07": {"title": "Revenue", "unit": "GBP", "better": "higher", "target": 200_000},
    "16": {"title": "Visits", "unit": "visits", "better": "neither"},
}
LATER = ("03", "12", "32")
"""KPIs that are added in this order: above, between and below the first ones."""
STATES = (State.FINAL, State.PROVISIONAL, State.HELD, State.FAILED)


@dataclass(frozen=True)
class News:
    """What is new at a publish. `restated` picks cells; `state` is the last week's, by its place in STATES."""

    weeks: int = 1
    restated: tuple[int, ...] = ()
    state: int = 0
    unknown: bool = False
    kpi: bool = False
    year: bool = False
    take_ours: bool = False


@dataclass
class Scoreboard:
    upto: int = 2
    later: int = 0
    years: list[int] = field(default_factory=lambda: [YEAR])
    versions: dict[tuple[str, int], int] = field(default_factory=dict)
    unknown: set[tuple[str, int]] = field(default_factory=set)
    state: State = State.FINAL

    @property
    def numbers(self) -> list[str]:
        return [*KPIS, *LATER[: self.later]]

    def moves_on(self, news: News) -> list[Grid]:
        self.upto = min(self.upto + news.weeks, 50)
        self.later += news.kpi and self.later < len(LATER)
        if news.year and NEXT_YEAR not in self.years:
            self.years.append(NEXT_YEAR)
        for pick in news.restated:
            cell = (self.numbers[pick % len(self.numbers)], pick // 7 % self.upto + 1)
            self.versions[cell] = self.versions.get(cell, 0) + 1
        if news.unknown:
            self.unknown.add((self.numbers[0], self.upto))
        self.state = STATES[news.state]
        return [self._grid(year) for year in self.years]

    def _grid(self, year: int) -> Grid:
        readings = {}
        for number in self.numbers:
            for week in range(1, (self.upto if year == YEAR else 1) + 1):
                period: Period = Week.of(year, week)
                state = self.state if week == self.upto else State.FINAL
                value = None if (number, week) in self.unknown else self._value(number, year, week)
                reading = Reading(f"shop.{number}", period, Number(value), state)
                readings[reading.kpi, period] = reading
        return build("shop", CARD, [_definition(n) for n in self.numbers], Page("weekly", year), readings)

    def _value(self, number: str, year: int, week: int) -> Decimal:
        """No two cells hold the same number: one that lands in a wrong cell is seen."""
        figure = Decimal(int(number) * 200 + week + (year - YEAR) * 60) + self.versions.get((number, week), 0) * 100_000
        return figure / 10_000 if number == "06" else figure + Decimal("0.25") if number == "07" else figure


def _definition(number: str) -> Definition:
    words = KPIS.get(number, {"title": f"Churn of {number}", "unit": "%", "better": "lower", "target": 0.2})
    kpi = KPI(**{"owner": "Shop team", "measure": Query("select 1 as value"), **words})
    return Definition("shop", number, f"kpi_{number}", kpi, CARD, f"{words['title']}.", Path("kpi.py"))
