"""A row is told for a KPI's by all that we left in it; people write numbers of KPIs in rows of their own too."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from core.grid import Grid
from core.looks import Place
from core.pages import Page
from core.publish.locate import Located, locate
from core.publish.published import Mark, mark, token

MakeGrid = Callable[..., Grid]
FIRST = 5  # row of the first KPI; the tags say that each stands in its place


@dataclass
class Sheet:
    """A tab as it was published, until people work in it."""

    grid: Grid
    tokens: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, cell in self.grid.cells.items():
            self.write(self.grid.rows.index(place[0]), place[1], token(cell.value))

    @property
    def marks(self) -> dict[Place, Mark]:
        return {place: mark(cell) for place, cell in self.grid.cells.items()}

    def write(self, row: int, column: str, value: str) -> None:
        self.tokens.pop((row, self.grid.columns.index(column)), None)
        if value:
            self.tokens[row, self.grid.columns.index(column)] = value

    def swap(self, one: int, other: int) -> None:
        """As sorting does, that leaves tags where they are."""
        places = {one: other, other: one}
        self.tokens = {(places.get(row, row), column): value for (row, column), value in self.tokens.items()}

    def clear(self, row: int, columns: Iterable[str]) -> None:
        for column in columns:
            self.write(row, column, "")

    def located(self) -> Located:
        rows, columns = ({key: n for n, key in enumerate(keys)} for keys in (self.grid.rows, self.grid.columns))
        found = locate(self.grid, self.tokens, rows, columns, self.marks)
        assert found
        return found


@pytest.fixture
def sheet(make_grid: MakeGrid) -> Sheet:
    return Sheet(make_grid())


def test_a_row_without_its_title_is_found_where_its_tag_is_not(sheet: Sheet) -> None:
    sheet.clear(FIRST, ["title"])
    sheet.swap(FIRST, FIRST + 1)
    assert (sheet.located().rows["05"], sheet.located().rows["06"]) == (FIRST + 1, FIRST)


def test_a_number_beside_one_of_our_figures_is_a_persons(sheet: Sheet) -> None:
    sheet.clear(FIRST, sheet.grid.columns)
    sheet.write(FIRST + 9, "number", "'05")
    sheet.write(FIRST + 9, "2026-W01", "11.75")
    assert "05" not in sheet.located().rows


def test_a_row_with_the_title_of_another_kpi_is_not_told_by_the_rest(make_grid: MakeGrid) -> None:
    """At the beginning of a year the rest is an owner, a unit and a target, and several KPIs share those."""
    twins = {n: {"title": f"Calls {n}", "unit": "calls", "better": "lower", "target": 12} for n in ("05", "06")}
    sheet = Sheet(make_grid(upto=0, kpis={**twins, "07": {"title": "Visits", "unit": "visits", "better": "neither"}}))
    for row in (FIRST, FIRST + 1):
        sheet.write(row, "number", "'see Finance")
    sheet.swap(FIRST, FIRST + 1)
    sheet.swap(FIRST + 1, FIRST + 2)
    assert not {"05", "06"} & sheet.located().rows.keys()
    assert sheet.located().rows["07"] == FIRST + 1


PAGES = (Page("weekly", 2026), Page("monthly", 2026), Page("daily", 2026, 6))
"""1 June 2026 is a Monday: a week, a month and a day begin with it."""


@pytest.mark.parametrize("anchored", [True, False])
@pytest.mark.parametrize("other", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("mine", PAGES, ids=lambda page: page.name)
def test_a_tab_is_never_taken_for_one_of_another_kind(
    make_grid: MakeGrid, mine: Page, other: Page, anchored: bool
) -> None:
    """Anchors may point into a tab that people put in the place of ours."""
    grid, there = make_grid(page=mine), Sheet(make_grid(page=other))
    rows, columns = ({key: n for n, key in enumerate(keys)} if anchored else {} for keys in (grid.rows, grid.columns))
    found = locate(grid, there.tokens, rows, columns, there.marks)
    assert bool(found) == (mine == other)


def test_dates_in_a_persons_own_tab_are_no_tab_of_ours(make_grid: MakeGrid) -> None:
    """A list of actions may well have columns #, KPI and Owner, and dates."""
    november = make_grid(page=Page("daily", 2026, 11))
    dates = {(row, 3): token(november.cells["dates", f"2026-11-{row:02}"].value) for row in range(1, 9)}
    headings = {(0, n): f"'{text}" for n, text in enumerate(("#", "KPI", "Owner", "Due"))}
    assert locate(november, dates, {}, {}, {}) is None
    assert locate(november, {**dates, **headings}, {}, {}, {}) is None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_columns_are_found_by_their_dates_wherever_they_went(make_grid: MakeGrid, page: Page) -> None:
    sheet = Sheet(make_grid(page=page))
    last = len(sheet.grid.columns) - 1
    sheet.tokens = {(row, last - column): value for (row, column), value in sheet.tokens.items()}
    for at in range(3):  # headings that people wrote over
        sheet.tokens[4, at] = "'see below"
    found = sheet.located().columns
    assert all(found[key] == last - at for at, key in enumerate(sheet.grid.columns))
