"""Where our rows and columns are now: an anchor follows what people move, a key cell proves it.

The week's date in its column proves the week and the year at once, so a tab of another year is never ours.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.errors import PublishError
from core.grid import HEAD_ROWS, Grid
from core.publish.published import serial, token

Tokens = Mapping[tuple[int, int], str]
"""What stands where: row and column, counted from 0, to a value's token."""


@dataclass(frozen=True, slots=True)
class Located:
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    moved: tuple[str, ...]


def locate(
    grid: Grid, tokens: Tokens, anchored_rows: Mapping[str, int], anchored_columns: Mapping[str, int]
) -> Located | None:
    """None when the tab does not hold the dates of this year's weeks.

    Raises PublishError when the weeks are there but the KPI numbers are not.
    """
    dates = _dates(grid)
    dates_row = _row_with_most(tokens, set(dates))
    if dates_row is None:
        return None
    headings = {token(grid.cells["weeks", c].value): c for c in grid.columns}
    weeks_row = _row_with_most(tokens, set(headings))
    if weeks_row is None:
        weeks_row = dates_row + 1
    columns, moved = _match(anchored_columns, _column_keys(grid, tokens, dates, headings, dates_row, weeks_row))
    if "number" not in columns:
        raise PublishError(
            f"{grid.name}: the column of KPI numbers cannot be found, so no number was published.",
            next_step='Write its heading "#" back, or move the file away: the next publish makes a new one.',
        )
    row_keys = _row_keys(grid, tokens, columns["number"], weeks_row)
    rows, moved_rows = _match({k: i for k, i in anchored_rows.items() if k not in HEAD_ROWS}, row_keys)
    shift = weeks_row - anchored_rows.get("weeks", weeks_row)
    head = {k: i + shift for k, i in anchored_rows.items() if k in HEAD_ROWS and 0 <= i + shift < weeks_row}
    return Located({**head, **rows, "dates": dates_row, "weeks": weeks_row}, columns, (*moved_rows, *moved))


def _dates(grid: Grid) -> dict[str, str]:
    found = {}
    for week in grid.weeks:
        start = grid.cells["dates", week].value
        assert isinstance(start, date)
        found[str(serial(start))] = week
    return found


def _row_with_most(tokens: Tokens, due: set[str]) -> int | None:
    votes = Counter(row for (row, _), value in tokens.items() if value in due)
    return max(votes, key=lambda row: (votes[row], -row)) if votes else None


def _column_keys(
    grid: Grid, tokens: Tokens, dates: Mapping[str, str], headings: Mapping[str, str], dates_row: int, weeks_row: int
) -> dict[int, str]:
    """Column -> key. A date decides; a heading only where it contradicts none."""
    found = {}
    for column in {column for row, column in tokens if row in (dates_row, weeks_row)}:
        day, heading = tokens.get((dates_row, column), ""), tokens.get((weeks_row, column), "")
        if day in dates:
            found[column] = dates[day]
        elif heading in headings and (headings[heading] not in grid.weeks or not _is_day(day)):
            found[column] = headings[heading]
    return found


def _is_day(value: str) -> bool:
    """Another year's week starts on another day."""
    return value.isdigit() and int(value) > 30_000


def _row_keys(grid: Grid, tokens: Tokens, column: int, weeks_row: int) -> dict[int, str]:
    """Row -> key. `06` that a spreadsheet has made a number, 6, is the same KPI."""
    due = {_short(key): key for key in grid.kpis}
    return {
        row: due[_short(value.removeprefix("'"))]
        for (row, at), value in tokens.items()
        if at == column and row > weeks_row and _short(value.removeprefix("'")) in due
    }


def _short(number: str) -> str:
    return number.strip().lower().lstrip("0") or "0"


def _match(anchored: Mapping[str, int], proven: Mapping[int, str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """An anchor that its key cell proves wins; then the key cell alone; then an anchor that nothing contradicts."""
    found = {key: at for key, at in anchored.items() if proven.get(at) == key}
    moved = []
    for at, key in sorted(proven.items()):
        if key not in found:
            found[key] = at
            moved.append(key)
    if any(key in anchored for key in moved):
        return found, tuple(moved)  # anchors did not follow a move: none is trusted alone
    taken = set(found.values())
    found |= {key: at for key, at in anchored.items() if key not in found and at not in proven and at not in taken}
    return found, tuple(moved)
