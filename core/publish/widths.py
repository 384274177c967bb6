"""How wide a tab's periods must be: a spreadsheet cuts a number that does not fit, or shows ##### instead."""

from collections.abc import Iterator
from decimal import Decimal

from core.grid import Grid

USUAL, _MOST = 7, 20
"""Characters of a figure that the usual width holds with ease: `380,408`; and those that a column grows to at most."""


def longest_figure(grid: Grid) -> int:
    """Characters of the longest number in the periods as it is shown, `USUAL` at the least."""
    return min(max(USUAL, *_figures(grid)), _MOST)


def _figures(grid: Grid) -> Iterator[int]:
    yield 0
    for row in grid.measured:
        for period in grid.periods:
            cell = grid.cells[row, period]
            if isinstance(cell.value, Decimal):
                yield len(_shown(cell.value, cell.look.format))


def _shown(value: Decimal, form: str) -> str:
    """By a format such as `#,##0.00` or `0.0%`."""
    places = form.partition(".")[2].count("0")
    return f"{value * 100:.{places}f}%" if form.endswith("%") else f"{value:,.{places}f}"
