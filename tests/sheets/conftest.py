"""A spreadsheet on the test server, and a scorecard that is published to it by the real client."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import KPI, Query, Scorecard, Target
from core.catalog import Definition
from core.google.client import Sheets, connect
from core.grid import Grid, build
from core.pages import Page
from core.periods import Period
from core.publish.outcome import Outcome
from core.publish.plan import Policy
from core.publish.published import Published
from core.publish.sheets.batches import LARGEST
from core.publish.sheets.publish import Target as Place
from core.publish.sheets.publish import publish
from core.readings import Number, Reading, State
from core.segments import Block, Segmented, Segments
from core.settings import Settings
from tests.google.played_time import PlayedTime
from tests.sheets_server.model import Book, Tab
from tests.sheets_server.server import SheetsServer

CARD = Scorecard(title="Success", owner="Customer Success", timezone="Europe/London")
KPIS: dict[str, dict[str, Any]] = {
    "05": {"title": "Offboarding forms", "unit": "forms", "better": "lower", "target": Target(12, warn=14)},
    "06": {"title": "Early offboarding share", "unit": "%", "better": "lower", "target": 0.12},
    "07": {"title": "Revenue", "unit": "GBP", "better": "higher", "target": 300_000},
    "16": {"title": "Replacement processes", "unit": "processes", "better": "neither"},
}
VALUES = {"05": "11.75", "06": "0.118", "07": "308185.02", "16": "4"}
News = Mapping[tuple[str, int], tuple[str | None, State, str]]


def make_grid(
    year: int = 2026,
    upto: int = 3,
    changes: News | None = None,
    kpis: Mapping[str, Mapping[str, Any]] | None = None,
    notes: Mapping[tuple[str, Period], str] | None = None,
    as_of: str = "",
    page: Page | None = None,
    blocks: Sequence[Block] = (),
) -> Grid:
    """`changes` are value, state and note by number and week, or the number of another period of the `page`."""
    page = page or Page("weekly", year)
    chosen = KPIS if kpis is None else kpis
    found: dict[tuple[str, Period], Reading] = {}
    for number in chosen:
        for n, period in enumerate(page.periods()[:upto], start=1):
            value, state, note = (changes or {}).get((number, n), (VALUES.get(number, "7"), State.FINAL, ""))
            exact = Number(None if value is None else Decimal(value))
            found[f"success.{number}", period] = Reading(f"success.{number}", period, exact, state, note)
    definitions = [_definition(number, {"cadence": page.cadence, **words}) for number, words in chosen.items()]
    return build("success", CARD, definitions, page, found, notes=notes, as_of=as_of, blocks=blocks)


def _definition(number: str, words: Mapping[str, Any]) -> Definition:
    told: dict[str, Any] = {"owner": "Customer Success", "measure": Query("select 1 as value"), **words}
    return Definition("success", number, f"kpi_{number}", KPI(**told), CARD, f"{words['title']}.", Path("kpi.py"))


def by_size(name: str = "size", upto: int = 3) -> Block:
    """A block of two segments with numbers for the first weeks of 2026."""
    segments = Segments(
        of="x",
        title="By size",
        owner="Sales",
        names={"small": "small", "large": "large"},
        counts=("orders",),
        measure=Query("select 1"),
    )
    found = {segment: {"orders": Decimal(n)} for n, segment in enumerate(("small", "large"), start=1)}
    numbers = {(segment, metric.name): number for segment, metric, number in segments.numbers(found)}
    weeks = Page("weekly", 2026).periods()[:upto]
    return Block.of(name, segments, "What it means.", [Segmented(week, State.FINAL, "", numbers) for week in weeks])


@dataclass
class Desk:
    """A spreadsheet that a scorecard is published to, with all that was ever announced and has not been settled."""

    server: SheetsServer
    folder: Path
    time: PlayedTime
    spreadsheet: str
    stored: list[Published] = field(default_factory=list)
    largest: int = LARGEST

    @property
    def book(self) -> Book:
        return self.server.books[self.spreadsheet]

    def tab(self, title: str = "sc2026") -> Tab:
        found = self.book.named(title)
        assert found is not None
        return found

    def change(self, act: Callable[..., Book], *given: Any, **more: Any) -> None:
        """A person's hand: `change(people.type_in, (5, 6), "12")`, on the first published tab."""
        sheet_id = more.pop("sheet_id", None) or self.tab(more.pop("title", "sc2026")).id
        self.server.keep(act(self.book, sheet_id, *given, **more))

    def sheets(self, budget: int = 300) -> Sheets:
        """A client as a new process would have it."""
        key = self.folder / "key.json"
        settings = Settings(
            home=self.folder,
            scorecards=self.folder,
            data=self.folder,
            published=self.folder,
            google_key=key if key.exists() else self.server.key_file(key),
            google_budget=budget,
            sheets_endpoint=self.server.url,
        )
        return connect(settings, time=self.time.as_time())

    def publish(
        self, *grids: Grid, policy: Policy = "keep theirs", dry_run: bool = False, budget: int = 300
    ) -> Outcome:
        """As the pipeline does: what is announced is kept before a write, and what landed alone after it."""
        place = Place(self.sheets(budget), self.spreadsheet, "success", list(self.stored), self.largest)
        outcome = publish(grids, place, policy, dry_run=dry_run, intend=self.stored.append)
        if not dry_run:
            self.stored = [outcome.published]
        return outcome

    def requests(self) -> Sequence[tuple[str, int]]:
        """Methods and codes since the last look."""
        seen = [(one.method, one.code) for one in self.server.log]
        self.server.log.clear()
        return seen


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    time = PlayedTime(chance=0.5)
    with SheetsServer(now=time.wall) as server:
        server.faults.limited = True
        yield Desk(server, tmp_path, time, server.new_book("Scorecards").id)


def shown(tab: Tab) -> dict[tuple[str, str], Any]:
    """What was entered, by KPI number and week as they stand in the tab."""
    values = {at: next(iter(c["userEnteredValue"].values())) for at, c in tab.cells.items() if "userEnteredValue" in c}
    (head, keys) = next(at for at, value in values.items() if value == "#")
    names = {c: value for (r, c), value in values.items() if r == head}
    rows = {r: value for (r, c), value in values.items() if c == keys and r > head}
    return {(rows[r], str(names[c])): value for (r, c), value in values.items() if r in rows and c in names}


def at(tab: Tab, number: str, week: str) -> tuple[int, int]:
    """Where a KPI's week stands now."""
    values = {p: next(iter(c["userEnteredValue"].values())) for p, c in tab.cells.items() if "userEnteredValue" in c}
    head, keys = next(p for p, value in values.items() if value == "#")
    column = next(c for (r, c), value in values.items() if r == head and value == week)
    row = next(r for (r, c), value in values.items() if c == keys and value == number and r > head)
    return row, column
