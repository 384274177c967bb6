"""Which published cells would be another after a change, told from the marks of what was last published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.grid import Grid
from core.ledger.publications import Publication
from core.looks import Place
from core.publish.published import Mark, Published, mark


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell by its KPI's number and its period, or the column of the left block; values as they are written."""

    row: str
    column: str
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Touched:
    """One published tab: the cells that would be written anew, and the rows that would come."""

    scorecard: str
    target: str
    tab: str
    cells: Sequence[Cell]
    new_rows: Sequence[str]


def touched(
    scorecard: str, before: Sequence[Grid], now: Sequence[Grid], landed: Sequence[Publication]
) -> Iterator[Touched]:
    """What publishing `now` in the place of `before` would write; a tab that stays as it is is left out.

    Rows of KPIs that are gone stay in the tab: publishing takes no row away.
    """
    was = {grid.name: grid for grid in before}
    for publication in landed:
        tabs = Published.from_json(publication.published).tabs
        for grid in now:
            marks, old = tabs.get(grid.name), was.get(grid.name)
            if marks is None or old is None:
                continue
            cells = list(_cells(old, grid, marks))
            new = [row for row in grid.kpis if row not in old.rows and row not in {row for row, _ in marks}]
            if cells or new:
                yield Touched(scorecard, publication.target, grid.name, cells, new)


def _cells(was: Grid, becomes: Grid, marks: Mapping[Place, Mark]) -> Iterator[Cell]:
    for place, cell in becomes.cells.items():
        old, there = was.cells.get(place), marks.get(place)
        if old is not None and there is not None and mark(old) != mark(cell):
            yield Cell(*place, there.value, mark(cell).value)
