"""One CSV file for each tab, laid out like the tab, with exact numbers and a last column for the notes."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from core.grid import Grid
from core.looks import Place, Value
from core.publish.atomic import replace_file, standing
from core.publish.outcome import Intend, Outcome, nothing
from core.publish.plan import AddTab, Operation, Policy, SetValue
from core.publish.published import Mark, Published, mark
from core.readings import State

_RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # wide forms: Japanese Excel


def publish(
    grids: Sequence[Grid],
    path: Path,
    last: Published,
    policy: Policy = "keep theirs",
    *,
    dry_run: bool = False,
    intend: Intend = nothing,
) -> Outcome:
    """Writes `<tab>.csv` into the folder `path` for each grid; a file that would not change is not touched.

    A CSV file is ours alone: there is no person's work in it to keep, whatever the policy.
    Raises PublishError; files written before it stay.
    """
    changes: list[Operation] = []
    tabs = dict(last.tabs)
    if not dry_run:
        intend(Published(tabs=tabs | {grid.name: _marks(grid) for grid in grids}))
    for grid in grids:
        file = path / f"{grid.name.replace(' ', '-')}.csv"
        data = text(grid).encode("utf-8-sig")  # Excel takes a file without the mark for another encoding
        marks = _marks(grid)
        if standing(file) != data:
            changes += _changed(grid, marks, tabs.get(grid.name, {})) or [AddTab(grid)]
            if not dry_run:
                replace_file(file, data)
        tabs[grid.name] = marks
    published = last if dry_run else Published(tabs=tabs)
    return Outcome(str(path), changes, [], published, written=bool(changes) and not dry_run)


def _marks(grid: Grid) -> dict[Place, Mark]:
    return {place: mark(cell) for place, cell in grid.cells.items()}


def _changed(grid: Grid, marks: Mapping[Place, Mark], before: Mapping[Place, Mark]) -> list[Operation]:
    """Cell by cell, where the tab was published before."""
    if not before:
        return []
    nothing = Mark("")
    return [
        SetValue(place, grid.cells[place].value, before.get(place, nothing).value)
        for place, left in marks.items()
        if left.value != before.get(place, nothing).value
    ]


def text(grid: Grid) -> str:
    """Periods by their full names, for people and programs; unknown is empty."""
    told = io.StringIO(newline="")
    left = [column for column in grid.left if column != "trend"]
    first_day = "day" if grid.page.cadence == "daily" else f"{grid.page.noun} from"
    writer = csv.writer(told, lineterminator="\r\n")
    headings = [grid.cells["weeks", c].value for c in left]
    writer.writerow([*map(_shown, headings), *grid.periods, "Notes"])
    dates = [_shown(grid.cells["dates", period].value) for period in grid.periods]
    writer.writerow([*[""] * (len(left) - 1), first_day, *dates, ""])
    for row in grid.kpis:
        found = [grid.cells.get((row, column)) for column in (*left, *grid.periods)]
        values = [_shown(cell.value) if cell else "" for cell in found]
        writer.writerow([*values, harmless("; ".join(_notes(grid, row)))])
    return told.getvalue()


def harmless(words: str) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{words}" if words.lstrip(" ").startswith(_RUNS_AS_FORMULA) else words


def _notes(grid: Grid, row: str) -> Iterator[str]:
    for period in grid.periods:
        cell = grid.cells.get((row, period))
        if cell is None:
            continue
        if cell.note:
            yield f"{period} {' '.join(cell.note.split())}"
        elif cell.state not in (None, State.FINAL):
            yield f"{period} {cell.state.value}"


def _shown(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else ""
    return value.isoformat() if isinstance(value, date) else harmless(value)
