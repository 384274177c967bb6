"""Where our rows and columns are now: an anchor follows what people move, a key cell proves it.

The period's date in its column proves the period and the year at once, so a tab of another year is never ours. The
heading below it tells the kind: 1 June is a week, a month and a day.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import PublishError
from core.grid import HEAD_ROWS, Grid
from core.looks import Place
from core.pages import headed
from core.publish.published import Mark, serial, token

Tokens = Mapping[tuple[int, int], str]
"""What stands where: row and column, counted from 0, to a value's token."""

_FEWEST_HEADINGS = 3  # people write "W03" elsewhere too
_NOTHING = Mark("")


@dataclass(frozen=True, slots=True)
class Located:
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    moved: tuple[str, ...]


def locate(
    grid: Grid,
    tokens: Tokens,
    anchored_rows: Mapping[str, int],
    anchored_columns: Mapping[str, int],
    marks: Mapping[Place, Mark],
) -> Located | None:
    """None when the tab does not hold the dates of the grid's periods, or nothing in it was ever ours.

    Raises PublishError when the dates are there but their headings or the KPI numbers are not.
    """
    dates = _dates(grid)
    dates_row = _row_with_most(tokens, set(dates))
    if dates_row is None:
        return None
    headings = {token(grid.cells["weeks", c].value): c for c in grid.columns}
    weeks_row = _row_with_most(tokens, set(headings), _FEWEST_HEADINGS)
    anchored = bool(anchored_rows or anchored_columns)
    if weeks_row is None and not anchored:  # people write dates in their own tabs
        return None
    if weeks_row is None:
        raise PublishError(
            f"{grid.name}: the row of headings (#, KPI, {_first_heading(grid)} ...) cannot be found, "
            "so no number was published.",
            next_step="Write it back below the dates, or move the tab away: the next publish makes a new one.",
        )
    keys = _column_keys(grid, tokens, dates, headings, dates_row, weeks_row)
    if not _are_ours(grid, tokens, keys, headings, weeks_row, anchored=anchored):
        return None
    columns, moved = _match(
        anchored_columns,
        keys,
        lambda key, column: dates.get(tokens.get((dates_row, column), ""), "") == key,
        lambda _, column: (weeks_row, column) in tokens or (dates_row, column) in tokens,
    )
    if "number" not in columns:
        raise PublishError(
            f"{grid.name}: the column of KPI numbers cannot be found, so no number was published.",
            next_step='Write its heading "#" back, or move the file away: the next publish makes a new one.',
        )
    titled = columns.get("title", -1)

    def is_told(key: str, row: int) -> bool:
        if (row, titled) in tokens:
            return tokens[row, titled] in _said(grid, marks, (key, "title"))
        return _bears_most(tokens, marks, columns, key, row)

    numbered = _row_keys(grid, tokens, columns["number"], weeks_row)
    if "title" in columns:  # a number alone is a person's: they write numbers anywhere
        numbered = {
            row: key
            for row, key in numbered.items()
            if (row, titled) in tokens or anchored_rows.get(key) == row or is_told(key, row)
        }
    rows, moved_rows = _match(
        {key: at for key, at in anchored_rows.items() if key not in HEAD_ROWS},
        _without_renumbered(numbered, grid.kpis, is_told),
        is_told,
        is_told,
    )
    head = _head_rows(grid, tokens, columns["number"], weeks_row, anchored_rows, marks)
    return Located({**head, **rows, "dates": dates_row, "weeks": weeks_row}, columns, (*moved_rows, *moved))


def _dates(grid: Grid) -> dict[str, str]:
    found = {}
    for period in grid.periods:
        start = grid.cells["dates", period].value
        assert isinstance(start, date)
        found[str(serial(start))] = period
    return found


def _first_heading(grid: Grid) -> str:
    return str(grid.cells["weeks", grid.periods[0]].value)


def _row_with_most(tokens: Tokens, due: set[str], fewest: int = 1) -> int | None:
    votes = Counter(row for (row, _), value in tokens.items() if value in due)
    found = max(votes, key=lambda row: (votes[row], -row)) if votes else None
    return found if found is not None and votes[found] >= fewest else None


def _column_keys(
    grid: Grid, tokens: Tokens, dates: Mapping[str, str], headings: Mapping[str, str], dates_row: int, weeks_row: int
) -> dict[int, str]:
    """Column -> key. A date decides, above any heading but that of another kind; a heading only where it contradicts
    none."""
    found = {}
    for column in {column for row, column in tokens if row in (dates_row, weeks_row)}:
        day, heading = tokens.get((dates_row, column), ""), tokens.get((weeks_row, column), "")
        if day in dates and headed(heading.removeprefix("'")) in (None, grid.page.cadence):
            found[column] = dates[day]
        elif heading in headings and (headings[heading] not in grid.periods or not _is_day(day)):
            found[column] = headings[heading]
    return found


def _are_ours(
    grid: Grid, tokens: Tokens, keys: Mapping[int, str], headings: Mapping[str, str], weeks_row: int, *, anchored: bool
) -> bool:
    """A period's column is there; where no anchor says so, one whose heading agrees with its date."""
    periods = set(grid.periods)
    found = [(column, key) for column, key in keys.items() if key in periods]
    return any(anchored or headings.get(tokens.get((weeks_row, column), "")) == key for column, key in found)


def _is_day(value: str) -> bool:
    """Another year's period starts on another day."""
    return value.isdigit() and int(value) > 30_000


def _row_keys(grid: Grid, tokens: Tokens, column: int, weeks_row: int) -> dict[int, str]:
    """Row -> key. `06` that a spreadsheet has made a number, 6, is the same KPI."""
    due = {_short(key): key for key in grid.kpis}
    return {
        row: due[_short(value.removeprefix("'"))]
        for (row, at), value in tokens.items()
        if at == column and row > weeks_row and _short(value.removeprefix("'")) in due
    }


def _bears_most(tokens: Tokens, marks: Mapping[Place, Mark], columns: Mapping[str, int], key: str, row: int) -> bool:
    """Most of what we left beside the KPI's number stands in the row: so it is told for ours without its title."""
    left = {at: marks.get((key, column), _NOTHING).value for column, at in columns.items() if column != "number"}
    standing = [tokens.get((row, at)) == value for at, value in left.items() if value]
    return 2 * sum(standing) > len(standing)


def _without_renumbered(
    proven: Mapping[int, str], keys: Sequence[str], is_told: Callable[[str, int], bool]
) -> dict[int, str]:
    """A row whose other cells say another KPI, which has no row of its own: somebody wrote over its number."""
    found = dict(proven)
    lost = set(keys) - set(proven.values())
    for row, key in proven.items():
        others = [] if is_told(key, row) else [other for other in lost if is_told(other, row)]
        if len(others) == 1:
            found[row] = others[0]
    return found


def _head_rows(
    grid: Grid,
    tokens: Tokens,
    column: int,
    weeks_row: int,
    anchored: Mapping[str, int],
    marks: Mapping[Place, Mark],
) -> dict[str, int]:
    """Title lines: by what they say or said, else by their anchor, moved as far as the heading has moved."""
    shift = weeks_row - anchored.get("weeks", weeks_row)
    found = {}
    for key in HEAD_ROWS[:-2]:
        said = _said(grid, marks, (key, "number"))
        spoken = next((row for row in range(weeks_row) if tokens.get((row, column)) in said), None)
        expected = anchored[key] + shift if key in anchored else -1
        if spoken is not None:
            found[key] = spoken
        elif 0 <= expected < weeks_row:
            found[key] = expected
    return found


def _said(grid: Grid, marks: Mapping[Place, Mark], place: Place) -> set[str]:
    """What we say there now, and what we said last time."""
    return {token(grid.cells[place].value), marks.get(place, _NOTHING).value} - {""}


def _short(number: str) -> str:
    return number.strip().lower().lstrip("0") or "0"


def _match(
    anchored: Mapping[str, int],
    proven: Mapping[int, str],
    confirmed: Callable[[str, int], bool],
    plausible: Callable[[str, int], bool],
) -> tuple[dict[str, int], tuple[str, ...]]:
    """A key cell decides; where several have the same, what stands beside it, then the anchor, then the first.

    A key that no cell has is where its anchor is, if that looks like ours.
    """
    places: dict[str, list[int]] = {}
    for at, key in sorted(proven.items()):
        places.setdefault(key, []).append(at)
    found = {
        key: max(ats, key=lambda at: (confirmed(key, at), anchored.get(key) == at, -at)) for key, ats in places.items()
    }
    moved = tuple(sorted((key for key, at in found.items() if anchored.get(key) != at), key=found.__getitem__))
    astray = any(key in anchored for key in moved)  # anchors did not follow a move: none is trusted alone
    likely = confirmed if astray else plausible
    free = {key: at for key, at in anchored.items() if key not in found and at not in proven}
    return found | {key: at for key, at in free.items() if likely(key, at)}, moved
