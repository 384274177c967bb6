"""Scripts of what people do in a yearly tab between two publishes, for any bench that can carry them out.

An act says what is done and picks where by numbers that are taken around the rows and columns there are: any
script is possible in any tab, and Hypothesis can make it smaller.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hypothesis import strategies as st

from core.grid import LEFT_BLOCK, Grid
from core.looks import Place

from .moving_grid import News
from .rearranged import At, Shift, deleted, inserted, moved
from .seen_tabs import Ours, SeenTab

PAINTS = ("FFFF00", "00B0F0")
CODES = ("0.000", "#,##0.0000")
TYPED: tuple[float | str | None, ...] = (13, 0.5, "see Finance", None, "=SUM(G6:H6)", -4711, "06", "W03", "=1+1", "12")
NAMES = ("Our numbers", "Weekly", "Shop's own", "sc2027", "2026 & more")


class Refused(Exception):  # noqa: N818 - what a program says to a person
    """The program does not do that."""


class Bench(Protocol):
    """A document and a program for people that is not our publisher."""

    copies_follow: bool  # whether a copy takes the place of a tab that is deleted

    def read(self) -> dict[str, SeenTab]: ...
    def insert(self, tab: str, axis: str, at: int, many: int, shift: Shift) -> None: ...
    def delete_lines(self, tab: str, axis: str, at: int, many: int, shift: Shift) -> None: ...
    def move(self, tab: str, axis: str, at: int, many: int, to: int, shift: Shift) -> None: ...
    def sort(self, tab: str, first: int, last: int, column: int, descending: bool) -> Shift: ...
    def type(self, tab: str, at: At, value: float | str | None) -> None: ...
    def paint(self, tab: str, at: At, colour: str) -> None: ...
    def number_format(self, tab: str, at: At, code: str) -> None: ...
    def note(self, tab: str, at: At, text: str) -> None: ...
    def hide(self, tab: str, axis: str, at: int) -> None: ...
    def merge(self, tab: str, first: At, last: At) -> None: ...
    def rename(self, tab: str, new: str) -> None: ...
    def copy(self, tab: str, new: str, first: bool) -> None: ...
    def delete(self, tab: str) -> None: ...
    def other_program(self, which: int) -> None: ...


@dataclass
class Desk:
    """A person before the tab: everything an act may look at."""

    bench: Bench
    ours: Ours
    grid: Grid
    copies: dict[str, Ours] = field(default_factory=dict)
    names_lost: bool = False

    @property
    def seen(self) -> SeenTab:
        return self.bench.read()[self.ours.tab]

    def owned(self, pick: int) -> Place:
        """Mostly a cell of a KPI in one of the first weeks; also headings, dates, titles and the left block."""
        places = [p for p in self.grid.cells if p[1] in self.grid.columns[: len(LEFT_BLOCK) + 4]]
        return places[pick % len(places)]

    def free(self, pick: int) -> At:
        """A cell that is nobody's, in or beside the tab."""
        seen = self.seen
        height, width = seen.height + 3, seen.width + 3
        rows = [*range(height)]
        columns = [*range(9), *range(width - 5, width)]
        row, column = rows[pick % height], columns[pick // height % len(columns)]
        while (place := self.ours.place((row, column))) and place in self.grid.cells:
            row += 1
        return row, column

    def line(self, axis: str, pick: int) -> int:
        seen = self.seen
        columns = [*range(9), *range(seen.width - 3, seen.width + 2)]
        lines = [*range(seen.height + 2)] if axis == "rows" else columns
        return lines[pick % len(lines)]


@dataclass(frozen=True)
class Act:
    what: str
    where: int = 0
    how: int = 0

    def __call__(self, desk: Desk) -> None:
        ACTS[self.what](desk, self.where, self.how)


def insert_rows(desk: Desk, where: int, how: int) -> None:
    _insert(desk, "rows", where, how)


def insert_columns(desk: Desk, where: int, how: int) -> None:
    _insert(desk, "columns", where, how)


def _insert(desk: Desk, axis: str, where: int, how: int) -> None:
    at, many = desk.line(axis, where), how % 2 + 1
    shift = inserted(at, many)
    desk.bench.insert(desk.ours.tab, axis, at, many, shift)
    desk.ours.follow(axis, shift)


def move_rows(desk: Desk, where: int, how: int) -> None:
    """KPI rows and rows between them; the head stays above."""
    first = max(desk.ours.rows.values()) if not desk.ours.kpi_rows else desk.ours.kpi_rows[0]
    _move(desk, "rows", first + where % 6, first + how % 8)


def move_columns(desk: Desk, where: int, how: int) -> None:
    _move(desk, "columns", desk.line("columns", where), desk.line("columns", how))


def _move(desk: Desk, axis: str, at: int, to: int) -> None:
    if at <= to <= at + 1:
        return
    shift = moved(at, 1, to)
    desk.bench.move(desk.ours.tab, axis, at, 1, to, shift)
    desk.ours.follow(axis, shift)


def delete_rows(desk: Desk, where: int, how: int) -> None:
    """Mostly of the KPIs or below; a row of the head once in a while."""
    top = min(desk.ours.kpi_rows, default=0) if how % 4 else 0
    _delete(desk, "rows", top + where % max(desk.seen.height - top, 1))


def delete_columns(desk: Desk, where: int, how: int) -> None:
    _delete(desk, "columns", desk.line("columns", where))


def _delete(desk: Desk, axis: str, at: int) -> None:
    shift = deleted(at, 1)
    desk.bench.delete_lines(desk.ours.tab, axis, at, 1, shift)
    desk.ours.follow(axis, shift)


def sort(desk: Desk, where: int, how: int) -> None:
    rows = desk.ours.kpi_rows
    if len(rows) > 1 and not desk.seen.merged:  # spreadsheets do not sort merged cells
        shift = desk.bench.sort(desk.ours.tab, rows[0], rows[-1], desk.line("columns", where), how % 2 == 1)
        desk.ours.follow("rows", shift)


def type_over_ours(desk: Desk, where: int, how: int) -> None:
    if at := desk.ours.at(desk.owned(where)):
        desk.bench.type(desk.ours.tab, at, TYPED[how % len(TYPED)])


def type_beside(desk: Desk, where: int, how: int) -> None:
    desk.bench.type(desk.ours.tab, desk.free(where), TYPED[how % len(TYPED)])


def paint(desk: Desk, where: int, how: int) -> None:
    at = desk.free(where) if how % 3 == 0 else desk.ours.at(desk.owned(where))
    if at:
        desk.bench.paint(desk.ours.tab, at, PAINTS[how % len(PAINTS)])
        if place := desk.ours.place(at):
            desk.ours.painted.add(place)


def number_format(desk: Desk, where: int, how: int) -> None:
    at = desk.free(where) if how % 3 == 0 else desk.ours.at(desk.owned(where))
    if at:
        desk.bench.number_format(desk.ours.tab, at, CODES[how % len(CODES)])
        if place := desk.ours.place(at):
            desk.ours.formatted.add(place)


def note(desk: Desk, where: int, how: int) -> None:
    at = desk.free(where) if how % 3 == 0 else desk.ours.at(desk.owned(where))
    if at:
        desk.bench.note(desk.ours.tab, at, ("why?", "ask Finance", "")[how // 3 % 3])


def hide_row(desk: Desk, where: int, how: int) -> None:
    desk.bench.hide(desk.ours.tab, "rows", desk.line("rows", where))


def hide_column(desk: Desk, where: int, how: int) -> None:
    desk.bench.hide(desk.ours.tab, "columns", desk.line("columns", where))


def merge(desk: Desk, where: int, how: int) -> None:
    row, column = desk.free(where)
    if not desk.ours.place((row, column + 1)) and not desk.seen[row, column + 1].value:
        desk.bench.merge(desk.ours.tab, (row, column), (row, column + 1))


def rename(desk: Desk, where: int, how: int) -> None:
    new = NAMES[where % len(NAMES)]
    if new.lower() not in {tab.lower() for tab in desk.bench.read()}:
        desk.bench.rename(desk.ours.tab, new)
        desk.ours.tab = new


def copy_tab(desk: Desk, where: int, how: int) -> None:
    """One copy at a time: of several, nobody can say which one is to follow a tab that is deleted."""
    name = f"{desk.ours.tab} (2)"
    if not desk.copies and not desk.names_lost:
        desk.bench.copy(desk.ours.tab, name, how % 2 == 1)
        desk.copies[name] = Ours(name, dict(desk.ours.rows), dict(desk.ours.columns))


def delete_tab(desk: Desk, where: int, how: int) -> None:
    desk.bench.delete(desk.ours.tab)
    name, heir = desk.copies.popitem() if desk.copies and desk.bench.copies_follow else ("", None)
    desk.ours.tab = name
    if heir:
        desk.ours.rows, desk.ours.columns = heir.rows, heir.columns
        desk.ours.formatted |= set(desk.grid.cells)  # as they looked when it was copied


def save_with_another_program(desk: Desk, where: int, how: int) -> None:
    """One that forgets hidden names, or one that writes everything in its own way and loses what it does not know."""
    if how % 2 and desk.copies:
        return
    desk.bench.other_program(how)
    desk.names_lost |= how % 2 == 1


ACTS: Mapping[str, Callable[[Desk, int, int], None]] = {
    act.__name__: act
    for act in (
        type_over_ours, type_beside, paint, number_format, note, insert_rows, insert_columns, sort, move_rows,
        move_columns, delete_rows, delete_columns, hide_row, hide_column, merge, rename, copy_tab, delete_tab,
        save_with_another_program,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Session:
    """A person opens the document, does this and that, saves; then there is a publish."""

    acts: tuple[Act, ...]
    news: News


_PICK = st.integers(0, 400)
_RARE = st.integers(0, 7).map(lambda n: n == 7)
NEWS = st.builds(
    News,
    weeks=st.integers(0, 2),
    restated=st.lists(_PICK, max_size=3).map(tuple),
    state=st.integers(0, 3),
    unknown=_RARE,
    kpi=st.integers(0, 3).map(lambda n: n == 3),
    year=_RARE,
    take_ours=_RARE,
)
_OFTEN = ("type_over_ours", "type_beside", "insert_rows", "insert_columns", "sort", "move_rows", "note", "paint")
_ACT = st.builds(Act, st.sampled_from([*ACTS, *_OFTEN]), _PICK, st.integers(0, 60))
SCRIPTS = st.lists(st.builds(Session, st.lists(_ACT, max_size=5).map(tuple), NEWS), min_size=1, max_size=5)
