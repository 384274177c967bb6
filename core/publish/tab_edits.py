"""The planner's operations carried out on one tab of an open workbook."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from core.grid import HEAD_ROWS, Grid
from core.looks import Look, Place
from core.publish.book_xml import Anchor, add_anchors, compute_again, forget_order_of_formulas
from core.publish.notes_xml import read_notes, write_notes
from core.publish.open_tab import OpenTab, styles_part
from core.publish.package import Package
from core.publish.plan import AddColumn, AddRow, AddTab, Operation, SetLook, SetNote, SetValue, SetView
from core.publish.sheet_xml import NewCell, Position, add_trend, apply, merged, set_view, used, write_cells
from core.publish.workbook import anchor_name
from core.publish.xml_spans import Splice


@dataclass
class _Draft:
    """What will change, gathered before a byte is written."""

    rows: dict[str, int]
    columns: dict[str, int]
    noted: Collection[Position] = ()
    cells: dict[Position, NewCell] = field(default_factory=dict)
    new: set[Position] = field(default_factory=set)  # cells of new lines: they take nothing of people's from others
    notes: dict[Position, str] = field(default_factory=dict)
    anchors: list[tuple[str, Anchor]] = field(default_factory=list)
    edits: list[Splice] = field(default_factory=list)
    new_rows: dict[int, int] = field(default_factory=dict)  # new row -> the row it is modelled on
    overwrites_formula: bool = False

    def change(self, at: Position, cell: NewCell) -> None:
        self.cells[at] = merged(self.cells[at], cell) if at in self.cells else cell


def carry_out(package: Package, tab: OpenTab, grid: Grid, operations: Sequence[Operation]) -> None:
    """Changes the parts of the package; nothing reaches the disk here."""
    draft = _Draft(dict(tab.snapshot.rows), dict(tab.snapshot.columns), read_notes(package, tab.sheet.part).keys())
    for step in operations:
        _take(draft, tab, grid, step)
    tab_edits = write_cells(tab.sheet, draft.cells, draft.new_rows) + draft.edits
    tab_edits += write_notes(package, tab.sheet, draft.notes)
    package.write(tab.sheet.part, apply(tab.sheet, tab_edits))
    package.write(styles_part(package), tab.styles.to_bytes())
    add_anchors(package, draft.anchors)
    if draft.overwrites_formula:
        forget_order_of_formulas(package)
    if any(cell.sets_value for cell in draft.cells.values()):
        compute_again(package)


def _take(draft: _Draft, tab: OpenTab, grid: Grid, step: Operation) -> None:
    match step:
        case AddRow(row):
            _add_row(draft, tab, grid, row)
        case AddColumn(column):
            _add_column(draft, tab, grid, column)
        case SetValue(place, value, was):
            draft.overwrites_formula |= was.startswith("=")
            draft.change(_at(draft, place), NewCell(value, sets_value=True))
        case SetLook(place, look, was):
            at = _at(draft, place)
            style, left = _style(draft, tab, at), Look.parse(was) if was else None
            new = tab.styles.wear(style, look) if at in draft.new else tab.styles.dress(style, look, left)
            draft.change(at, NewCell(style=new))
        case SetNote(place, note):
            draft.notes[_at(draft, place)] = note
        case SetView(column):
            draft.edits += set_view(tab.sheet, draft.columns[column])
        case AddTab():
            raise ValueError("a tab is added to the workbook, not to a tab")


def _at(draft: _Draft, place: Place) -> Position:
    return draft.rows[place[0]], draft.columns[place[1]]


def _style(draft: _Draft, tab: OpenTab, at: Position) -> int:
    new = draft.cells.get(at)
    if new is not None and new.style is not None:
        return new.style
    return tab.sheet.cells[at].style if at in tab.sheet.cells else 0


def _add_row(draft: _Draft, tab: OpenTab, grid: Grid, row: str) -> None:
    """In the first free row below ours, formatted like the last of ours."""
    ours = {key: at for key, at in draft.rows.items() if key not in HEAD_ROWS}
    model_at = max(ours.values(), default=draft.rows["weeks"])
    taken = _used(draft, tab)[0] | set(draft.rows.values())
    at = next(index for index in range(model_at + 1, model_at + 2 + len(taken)) if index not in taken)
    draft.rows[row] = at
    draft.new_rows[at] = model_at
    for column_at in draft.columns.values():
        _copy_style(draft, tab, (model_at, column_at), (at, column_at))
    key_column = draft.columns["number"]
    draft.anchors.append((anchor_name(grid.name, "row", row), Anchor(tab.name, at, key_column)))
    periods = [draft.columns[p] for p in grid.periods if p in draft.columns]
    if "trend" in draft.columns and periods and row in grid.measured:
        draft.edits += add_trend(tab.sheet, tab.name, at, draft.columns["trend"], min(periods), max(periods))


def _add_column(draft: _Draft, tab: OpenTab, grid: Grid, column: str) -> None:
    """Right of everything, formatted like the last period."""
    periods = [at for key, at in draft.columns.items() if key not in grid.left]
    at = max(_used(draft, tab)[1], *draft.columns.values()) + 1
    draft.columns[column] = at
    if periods:
        model_at = max(periods)
        for row_at in draft.rows.values():
            _copy_style(draft, tab, (row_at, model_at), (row_at, at))
    draft.anchors.append((anchor_name(grid.name, "column", column), Anchor(tab.name, draft.rows["weeks"], at)))


def _used(draft: _Draft, tab: OpenTab) -> tuple[set[int], int]:
    """Rows and the last column that are somebody's: an empty cell may have a note, a colour or a format."""
    plain = {style for style in {cell.style for cell in tab.sheet.cells.values()} if tab.styles.is_plain(style)}
    dressed = {at for at, cell in tab.sheet.cells.items() if cell.style not in plain}
    return used(tab.sheet, dressed | set(draft.noted))


def _copy_style(draft: _Draft, tab: OpenTab, model: Position, at: Position) -> None:
    style = _style(draft, tab, model)
    draft.new.add(at)
    if style or at in tab.sheet.cells:
        draft.change(at, NewCell(style=style))
