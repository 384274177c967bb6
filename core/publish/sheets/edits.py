"""The planner's operations as requests on a tab that stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.grid import HEAD_ROWS, Grid
from core.looks import Look, Place
from core.publish.plan import AddColumn, AddRow, AddTab, Operation, SetLook, SetNote, SetValue, SetView
from core.publish.sheets.batches import batches
from core.publish.sheets.cells import At, Draft, write_cells
from core.publish.sheets.ids import COLUMN_KEY, ROW_KEY
from core.publish.sheets.read import OpenTab, trend_formula
from core.publish.sheets.slips import Written
from core.publish.sheets.tags import still_there, tag_again, token
from core.publish.sheets.words import Json, entered, face_of, seen_face, to_paint, whole_format


@dataclass
class _Draft:
    """What will change, gathered before a request is made.

    The planner names new rows and columns first, so the positions of cells are those after they were added.
    """

    tab: OpenTab
    grid: Grid
    rows: dict[str, int]
    columns: dict[str, int]
    structure: list[Json] = field(default_factory=list)
    cells: dict[At, Draft] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)  # keys of new rows and columns
    inserted: list[tuple[str, int]] = field(default_factory=list)  # where they went in, one after the other
    touched: set[Place] = field(default_factory=set)

    @property
    def sheet_id(self) -> int:
        return self.tab.head.sheet_id

    def cell(self, place: Place) -> Draft:
        self.touched.add(place)
        return self.cells.setdefault((self.rows[place[0]], self.columns[place[1]]), Draft())

    def standing(self, place: Place) -> Json:
        """The cell as it was read; nothing for one in a new row or column."""
        if self.added & set(place):
            return {}
        there = self.tab.snapshot
        return self.tab.cells.get((there.rows[place[0]], there.columns[place[1]]), {})


def edit_batches(
    tab: OpenTab, grid: Grid, operations: Sequence[Operation], name: str, largest: int
) -> tuple[list[list[Json]], Written | None]:
    """Batches that carry out the operations, heal tags and trends, and leave `name` as the tab's token; or none.

    And what was written where, for whoever wants to see whether it stands there.
    """
    draft = _Draft(tab, grid, dict(tab.snapshot.rows), dict(tab.snapshot.columns))
    for step in operations:
        _take(draft, step)
    healing = _healed(draft)
    _draw_trends(draft)
    requests = [*draft.structure, *healing, *write_cells(draft.sheet_id, draft.cells)]
    if not requests:
        return [], None
    old = {key for place in draft.touched for key in place} - draft.added - set(tab.snapshot.moved)
    if draft.structure:  # where a row goes in, all others matter
        old |= set(tab.snapshot.rows) - set(tab.snapshot.moved)
    waiting = batches(
        requests,
        first=_guards(draft, tab.snapshot.rows, tab.snapshot.columns, old),
        then=_guards(draft, draft.rows, draft.columns, old),
        last=token(draft.sheet_id, name, tab.head.token),
        largest=largest,
    )
    return waiting, _written(draft)


def _written(draft: _Draft) -> Written:
    before = dict(draft.tab.cells)
    for kind, at in draft.inserted:
        rows = kind == ROW_KEY
        before = {(r + (rows and r >= at), c + (not rows and c >= at)): cell for (r, c), cell in before.items()}
    head = draft.tab.head
    return Written(head.sheet_id, head.title, draft.columns["number"], before, frozenset(draft.cells), head.token)


def _guards(draft: _Draft, rows: Mapping[str, int], columns: Mapping[str, int], keys: Iterable[str]) -> list[Json]:
    wanted = set(keys)
    found = []
    for kind, places in ((ROW_KEY, rows), (COLUMN_KEY, columns)):
        mine = {key: at for key, at in places.items() if key in wanted}
        found += still_there(draft.sheet_id, kind, mine, draft.tab.tags)
    return found


def _take(draft: _Draft, step: Operation) -> None:
    match step:
        case AddRow(row):
            _add_row(draft, row)
        case AddColumn(column):
            _add_column(draft, column)
        case SetValue(place, value):
            draft.cell(place).value(entered(value))
        case SetLook(place, look, was):
            _paint(draft, place, look, was)
        case SetNote(place, note):
            draft.cell(place).note(note)
        case SetView():
            pass  # the API cannot scroll
        case AddTab():
            raise ValueError("a tab is added to the spreadsheet, not to a tab")


def _paint(draft: _Draft, place: Place, look: Look, was: str | None) -> None:
    standing = draft.standing(place)
    if not standing.get("userEnteredFormat"):
        draft.cell(place).whole_format(whole_format(look))
        return
    face = face_of(look)
    for part in to_paint(seen_face(standing), look, Look.parse(was) if was else None):
        draft.cell(place).paint(part, face[part])


def _add_row(draft: _Draft, row: str) -> None:
    """Below the KPI that comes before it, so that the order of the scorecard is kept."""
    order = list(draft.grid.rows)
    above = [key for key in order[: order.index(row)] if key in draft.rows and key not in HEAD_ROWS]
    below = [key for key in order[order.index(row) + 1 :] if key in draft.rows]
    if above:
        at = draft.rows[above[-1]] + 1
    else:
        at = draft.rows[below[0]] if below else draft.rows["weeks"] + 1
    draft.rows = _insert(draft, ROW_KEY, draft.rows, at, row)


def _add_column(draft: _Draft, column: str) -> None:
    """Right of the period that comes before it."""
    order = list(draft.grid.columns)
    before = [key for key in order[: order.index(column)] if key in draft.columns]
    after = [key for key in order[order.index(column) + 1 :] if key in draft.columns]
    at = draft.columns[before[-1]] + 1 if before and before[-1] not in draft.grid.left else None
    if at is None:
        at = draft.columns[after[0]] if after else max(draft.columns.values()) + 1
    draft.columns = _insert(draft, COLUMN_KEY, draft.columns, at, column)


def _insert(draft: _Draft, kind: str, places: Mapping[str, int], at: int, key: str) -> dict[str, int]:
    """One more row or column at `at`, with its tag; where all the others stand then."""
    dimension = "ROWS" if kind == ROW_KEY else "COLUMNS"
    span = {"sheetId": draft.sheet_id, "dimension": dimension, "startIndex": at, "endIndex": at + 1}
    draft.structure.append({"insertDimension": {"range": span, "inheritFromBefore": at > 0}})
    old = draft.tab.tags.get((kind, key))
    draft.structure += tag_again(draft.sheet_id, kind, key, at, old)
    draft.added.add(key)
    draft.inserted.append((kind, at))
    return {**{k: n + (n >= at) for k, n in places.items()}, key: at}


def _healed(draft: _Draft) -> list[Json]:
    """New tags for rows and columns that were found by their key cell, away from their tag or without one."""
    found = []
    for key in draft.tab.snapshot.moved:
        kind, places = (ROW_KEY, draft.rows) if key in draft.grid.kpis else (COLUMN_KEY, draft.columns)
        found += tag_again(draft.sheet_id, kind, key, places[key], draft.tab.tags.get((kind, key)))
    return found


def _draw_trends(draft: _Draft) -> None:
    """Of new rows, and of those whose trend leaves a period out."""
    stale = set(draft.tab.stale_trends)
    if any(column in draft.added for column in draft.grid.periods):
        stale |= {row for row in draft.grid.kpis if _has_trend(draft, row)}
    for row in [row for row in draft.grid.measured if row in stale or row in draft.added]:
        _draw(draft, row)


def _has_trend(draft: _Draft, row: str) -> bool:
    standing = draft.standing((row, "trend")) if row in draft.rows and "trend" in draft.columns else {}
    return "SPARKLINE" in str(standing.get("userEnteredValue", {}).get("formulaValue", "")).upper()


def _draw(draft: _Draft, row: str) -> None:
    periods = [draft.columns[period] for period in draft.grid.periods if period in draft.columns]
    if periods and "trend" in draft.columns and row in draft.rows:
        draft.cell((row, "trend")).value({"formulaValue": trend_formula(draft.rows[row], periods)})
