"""One CSV file for each tab, laid out like the tab, with exact numbers and a last column for the notes."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from core.errors import PublishError
from core.grid import LEFT_BLOCK, Grid, Value
from core.publish.atomic import replace_file
from core.readings import State

_RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # wide forms: Japanese Excel
_COLUMNS = tuple(c for c in LEFT_BLOCK if c != "trend")


@dataclass(frozen=True)
class CsvOutcome:
    paths: Sequence[Path]
    written: Sequence[Path]  # those whose content changed


def publish_csv(grids: Sequence[Grid], folder: Path, name: str, *, dry_run: bool = False) -> CsvOutcome:
    """Writes `<name>_<tab>.csv` for each grid; a file that would not change is not touched.

    Raises PublishError; files written before it stay.
    """
    paths, written = [], []
    for grid in grids:
        path = folder / f"{name}_{grid.name}.csv"
        paths.append(path)
        data = text(grid).encode("utf-8-sig")  # Excel takes a file without the mark for another encoding
        if _standing(path) != data:
            written.append(path)
            if not dry_run:
                replace_file(path, data)
    return CsvOutcome(paths, written)


def text(grid: Grid) -> str:
    """Weeks by their full names, for people and programs; unknown is empty."""
    told = io.StringIO(newline="")
    writer = csv.writer(told, lineterminator="\r\n")
    headings = [grid.cells["weeks", c].value for c in _COLUMNS]
    writer.writerow([*map(_shown, headings), *grid.weeks, "Notes"])
    writer.writerow(
        [""] * (len(_COLUMNS) - 1) + ["week from", *(_shown(grid.cells["dates", w].value) for w in grid.weeks), ""]
    )
    for row in grid.kpis:
        values = [_shown(grid.cells[row, c].value) for c in (*_COLUMNS, *grid.weeks)]
        writer.writerow([*values, harmless("; ".join(_notes(grid, row)))])
    return told.getvalue()


def harmless(words: str) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{words}" if words.lstrip(" ").startswith(_RUNS_AS_FORMULA) else words


def _notes(grid: Grid, row: str) -> Iterator[str]:
    for week in grid.weeks:
        cell = grid.cells[row, week]
        if cell.note:
            yield f"{week} {' '.join(cell.note.split())}"
        elif cell.state not in (None, State.FINAL):
            yield f"{week} {cell.state.value}"


def _shown(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else ""
    return value.isoformat() if isinstance(value, date) else harmless(value)


def _standing(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise PublishError(
            f"{path.name} cannot be read ({error.strerror or type(error).__name__}); it was left as it is.",
            next_step="Give the folder read and write permission, then publish again.",
        ) from None
