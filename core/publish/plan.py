"""The planner: what is wanted, what is there, what was last published -> operations.

Pure, and the same for Excel and Google Sheets. Cells are named by their keys, so people may move rows and
columns. A cell is ours as long as it holds what we last published; otherwise a person edited it, and by
default their edit stays and is reported.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.grid import HEAD_ROWS, LEFT_BLOCK, Grid
from core.looks import Cell, Look, Place, Value
from core.publish.published import VIEW, Mark, mark, token

Policy = Literal["keep theirs", "take ours"]


@dataclass(frozen=True, slots=True)
class Found:
    """A cell as it stands: a formula's token starts with `=`; `look` is None where a person painted it."""

    value: str = ""
    look: str | None = None
    note: str = ""
    locked: bool = False  # other cells live on it (an array or shared formula): never overwritten
    untrue: bool = False  # its mark claims what is not so: a format that people carried there


@dataclass(frozen=True)
class Snapshot:
    """A tab as it stands. A key that is not in `rows` or `columns` was not found."""

    rows: Mapping[str, int]
    columns: Mapping[str, int]
    cells: Mapping[Place, Found]
    moved: Sequence[str] = ()  # keys found by their key cell, away from their anchor
    view: str = ""


@dataclass(frozen=True, slots=True)
class AddTab:
    grid: Grid

    def __str__(self) -> str:
        return f"add tab {self.grid.name}"


@dataclass(frozen=True, slots=True)
class AddRow:
    row: str

    def __str__(self) -> str:
        return f"add a row for KPI {self.row}"


@dataclass(frozen=True, slots=True)
class AddColumn:
    column: str

    def __str__(self) -> str:
        return f"add a column for {self.column}"


@dataclass(frozen=True, slots=True)
class SetValue:
    place: Place
    value: Value
    was: str = ""

    def __str__(self) -> str:
        return f"{named(self.place)}: {_told(self.was)} -> {_told(token(self.value))}"


@dataclass(frozen=True, slots=True)
class SetLook:
    place: Place
    look: Look
    was: str | None = None  # the look we last gave it; people's own formats around it stay

    def __str__(self) -> str:
        return f"{named(self.place)}: {self.look.tone} {self.look.mark}".rstrip()


@dataclass(frozen=True, slots=True)
class SetNote:
    place: Place
    note: str
    was: str = ""

    def __str__(self) -> str:
        return f"{named(self.place)}: note {'changed' if self.note else 'removed'}"


@dataclass(frozen=True, slots=True)
class SetView:
    column: str

    def __str__(self) -> str:
        return f"open at {self.column}"


Operation = AddTab | AddRow | AddColumn | SetValue | SetLook | SetNote | SetView


@dataclass(frozen=True, slots=True)
class Edit:
    """A person changed what is ours, and it stays."""

    tab: str
    place: Place
    theirs: str
    ours: str

    def __str__(self) -> str:
        where = f"{self.tab}, {named(self.place)}"
        if "" in self.place:
            return f"{where} was removed by hand; it stays away."
        return f"{where}: someone wrote {_told(self.theirs)} where {_told(self.ours)} was due; theirs stays."


@dataclass(frozen=True)
class Plan:
    operations: Sequence[Operation]
    edits: Sequence[Edit]
    marks: Mapping[Place, Mark] = field(default_factory=dict)  # what is published once the plan is carried out


def plan(wanted: Grid, there: Snapshot | None, last: Mapping[Place, Mark], policy: Policy = "keep theirs") -> Plan:
    """The difference, in order: structure first, then cells row by row."""
    if there is None:
        fresh = {place: mark(cell) for place, cell in wanted.cells.items()}
        return Plan([AddTab(wanted)], [], {**fresh, VIEW: Mark(wanted.first_in_view)})
    structure, removed = _structure(wanted, there, last, policy)
    gone = {edit.place for edit in removed}
    added = {step.row if isinstance(step, AddRow) else step.column for step in structure}
    operations: list[Operation] = list(structure)
    edits, marks = list(removed), dict(last)
    for place, cell in wanted.cells.items():
        if (place[0], "") in gone or ("", place[1]) in gone:
            continue
        was = None if added & set(place) else last.get(place)  # a line that comes again is a new one
        steps, edit, left = _compare(wanted.name, place, cell, there.cells.get(place, Found()), was, policy)
        operations += steps
        if edit:
            edits.append(edit)
        if left:
            marks[place] = left
    for step, left in _view(wanted, there, last):
        operations.append(step)
        marks[VIEW] = left
    return Plan(operations, edits, marks)


def _structure(
    wanted: Grid, there: Snapshot, last: Mapping[Place, Mark], policy: Policy
) -> tuple[list[AddRow | AddColumn], list[Edit]]:
    """New rows and columns. What was published once and is gone was removed by a person."""
    known_rows, known_columns = {row for row, _ in last}, {column for _, column in last}
    added: list[AddRow | AddColumn] = []
    removed: list[Edit] = []
    for row in wanted.rows:
        if row in there.rows:
            continue
        if row in HEAD_ROWS or (row in known_rows and policy == "keep theirs"):
            removed.append(Edit(wanted.name, (row, ""), "", ""))
        else:
            added.append(AddRow(row))
    for column in wanted.columns:
        if column in there.columns:
            continue
        if column in LEFT_BLOCK or (column in known_columns and policy == "keep theirs"):
            removed.append(Edit(wanted.name, ("", column), "", ""))
        else:
            added.append(AddColumn(column))
    return added, removed


def _compare(
    tab: str, place: Place, cell: Cell, seen: Found, was: Mark | None, policy: Policy
) -> tuple[list[Operation], Edit | None, Mark | None]:
    mine = mark(cell)
    steps: list[Operation] = []
    if seen.value != mine.value:
        untouched = seen.value == (was.value if was else "")
        if seen.locked or not (untouched or policy == "take ours"):
            return [], Edit(tab, place, seen.value, mine.value), was
        steps.append(SetValue(place, cell.value, seen.value))
    # A format or a note that people changed stays until we have something new to say; an untrue mark does not.
    if seen.look != mine.look and (was is None or was.look != mine.look or seen.untrue):
        steps.append(SetLook(place, cell.look, was.look if was else None))
    note = was.note if was else ""
    if seen.note != mine.note and note != mine.note and seen.note in ("", note):
        steps.append(SetNote(place, cell.note, seen.note))
        note = mine.note
    elif seen.note == mine.note:
        note = mine.note
    return steps, None, Mark(mine.value, mine.look, note)


def _view(wanted: Grid, there: Snapshot, last: Mapping[Place, Mark]) -> Iterator[tuple[SetView, Mark]]:
    """The tab opens at the latest periods, unless a person scrolled it elsewhere and saved."""
    due, left = wanted.first_in_view, last.get(VIEW)
    if left and there.view == left.value != due and due in there.columns:
        yield SetView(due), Mark(due)


def named(place: Place) -> str:
    row, column = place
    if not column:
        return f"KPI {row}" if row not in HEAD_ROWS else f"row {row}"
    if not row:
        return f"column {column}"
    return f"{column}, {row}" if row in HEAD_ROWS else f"KPI {row}, {column}"


def _told(value: str) -> str:
    return value.removeprefix("'") or "nothing"
