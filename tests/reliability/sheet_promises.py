"""What a publish promises to people who work in the tab, asked of one tab.

An oracle of its own: where a row or column truly is, it knows from having watched the people; what stands in a cell,
from reading the document before and after the publish.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from core.grid import HEAD_ROWS, LEFT_BLOCK, Grid
from core.looks import FAILED, HELD, MARKS, Cell, Place

from .rearranged import At, Shift, address, formula_after, inserted, stays
from .seen_tabs import Ours, Seen, SeenTab
from .sheet_scripts import CODES, PAINTS

_DAY_0 = date(1899, 12, 30)


@dataclass
class Publication:
    """One tab before and after a publish. `told` holds the edits that the publish reported of it."""

    ours: Ours
    grid: Grid
    before: SeenTab
    after: SeenTab
    told: Mapping[Place, tuple[str, str]]
    take_ours: bool
    known: set[str] = field(default_factory=set)  # rows and columns that were published before
    inserted: Sequence[tuple[str, str]] = ()  # lines that the publish says it put between others, by axis and key
    new_rows: set[int] = field(default_factory=set)
    new_columns: set[int] = field(default_factory=set)
    _keyed: dict[tuple[int, str], dict[str, list[int]]] = field(default_factory=dict)

    def keeps_its_promises(self) -> None:
        for axis in ("columns", "rows"):
            self._make_room(axis)
        self._find_lines("rows")
        self._find_lines("columns")
        owned = set()
        for place, cell in self.grid.cells.items():
            if at := self.ours.at(place):
                owned.add(at)
                self._check(place, at, cell)
        self._nobody_elses(owned)
        self._nothing_stands_twice()
        around = [(t.hidden_rows, t.hidden_columns, t.merged, t.rest) for t in (self.before, self.after)]
        assert around[0] == around[1], f"{around[0]} became {around[1]}"

    def _make_room(self, axis: str) -> None:
        """Where lines were put between others, all that stood there is expected behind them."""
        lines, places = lines_of(self.ours, axis), []
        unclear = self.doubtful(axis)
        keys = self.grid.rows if axis == "rows" else self.grid.columns  # another year's tab has weeks of its own
        put = {key for of, key in self.inserted if of == axis and key in keys}
        due = {key for key in put if key not in lines or key in unclear}
        for key in due:
            lines.pop(key, None)
            found = [n for n in self._lines_with(self.after, axis, key) if self._is_made_by_us(axis, n, key)]
            assert len(found) == 1, f"{key} was added at {found}"
            places.append(found[0])
        for at in sorted(places):
            shift = inserted(at, 1)
            self.ours.follow(axis, shift)
            self.before = shifted(self.before, self.ours.tab, axis, shift)
            self._keyed.clear()

    def _is_made_by_us(self, axis: str, at: int, key: str) -> bool:
        """Its key cell is ours, and what stands beside it too: people write numbers of KPIs anywhere."""
        beside = (key, "title") if axis == "rows" else ("weeks", key)
        other = self.ours.columns.get("title") if axis == "rows" else self.ours.rows.get("weeks")
        if other is None:
            return True
        seen = self.after[(at, other) if axis == "rows" else (other, at)]
        return seen.value == token(self.grid.cells[beside])

    def _find_lines(self, axis: str) -> None:
        """Every row or column of the grid stands where it stood, is new, or is reported as removed."""
        lines = lines_of(self.ours, axis)
        doubtful = self.doubtful(axis)
        for key in self.grid.rows if axis == "rows" else self.grid.columns:
            reported = ((key, "") if axis == "rows" else ("", key)) in self.told
            if reported:
                assert key not in lines or key in doubtful, f"{key} is there, but reported as removed"
                lines.pop(key, None)
            elif key not in lines:
                may_come = key not in (*HEAD_ROWS, *LEFT_BLOCK) and (self.take_ours or key not in self.known)
                assert may_come, f"{key} was removed by a person, and nobody was told"
                lines[key] = self._added(axis, key)
            elif key in doubtful and self.take_ours and self._comers(axis, key):
                lines[key] = self._added(axis, key)  # it could not be told for ours, so it came again

    def _comers(self, axis: str, key: str) -> list[int]:
        """New lines with this key."""
        taken = {*lines_of(self.ours, axis).values(), *self._lines_with(self.before, axis, key)}
        return [n for n in self._lines_with(self.after, axis, key) if n not in taken]

    def _added(self, axis: str, key: str) -> int:
        """A new line is in nobody's way."""
        found = self._comers(axis, key)
        assert len(found) == 1, f"{key} stands in {found or 'no new line'}"
        here = 0 if axis == "rows" else 1
        taken = [at for at, seen in self.before.cells.items() if at[here] == found[0] and _is_someones(seen)]
        assert not taken, f"{key} was put where {address(taken[0])} was in use"
        if axis == "rows":
            assert found[0] not in self.before.hidden_rows, f"{key} was put into a hidden row"
        (self.new_rows if axis == "rows" else self.new_columns).add(found[0])
        return found[0]

    def _lines_with(self, tab: SeenTab, axis: str, key: str) -> list[int]:
        """Where a key cell says so."""
        if (id(tab), axis) not in self._keyed:
            self._keyed[id(tab), axis] = self._read_keys(tab, axis)
        return self._keyed[id(tab), axis].get(key, [])

    def _read_keys(self, tab: SeenTab, axis: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        if axis == "rows":
            due, column = {_short(key): key for key in self.grid.kpis}, self.ours.columns.get("number", -1)
            for row in range(tab.height):
                if key := due.get(_short(tab[row, column].value)):
                    found.setdefault(key, []).append(row)
            return found
        for head, keys in (("dates", self.grid.periods), ("weeks", LEFT_BLOCK)):
            due, row = {token(self.grid.cells[head, key]): key for key in keys}, self.ours.rows.get(head, -1)
            for column in range(tab.width):
                if key := due.get(tab[row, column].value):
                    found.setdefault(key, []).append(column)
        return found

    def doubtful(self, axis: str) -> set[str]:
        """What people have made unclear: an edited or repeated key cell. Such a line may be told as removed."""
        lines, found = lines_of(self.ours, axis), set()
        for key in lines:
            if axis == "rows" and key in HEAD_ROWS:
                at = self.ours.at((key, "number"))
                place = (key, "number")
                if at is None or place not in self.ours.left or self.before[at].value != self.ours.left[place].value:
                    found.add(key)
            elif self._lines_with(self.before, axis, key) != [lines[key]]:
                found.add(key)
        return found

    def _check(self, place: Place, at: At, cell: Cell) -> None:
        before, after, due = self.before[at], self.after[at], token(cell)
        left = self.ours.left.get(place, Seen())
        where = f"{place} in {address(at)}"
        is_new = at[0] in self.new_rows or at[1] in self.new_columns
        if before.value not in (due, left.value) and not is_new and not self.take_ours:
            theirs, ours = self.told.get(place, ("nothing", ""))
            followed = self.inserted and theirs.startswith("=") and before.value.startswith("=")  # new lines moved it
            assert ours == due, f"{where}: an edit was not reported"
            assert theirs == before.value or followed, f"{where}: {theirs} was reported, not {before.value}"
            assert before == after, f"{where}: a person's {before} became {after}"
            return
        assert place not in self.told, f"{where}: {before.value} was reported as an edit, but {left.value} was left"
        assert after.value == due, f"{where} holds {after.value}, not {due}"
        self._check_look(place, where, before, after, cell)
        self._check_note(where, before, after, left, cell)
        self.ours.left[place] = Seen(due, note=after.note if after.note == cell.note else left.note)

    def _check_look(self, place: Place, where: str, before: Seen, after: Seen, cell: Cell) -> None:
        """A mark says what is so, whoever formatted the cell."""
        if place in self.ours.painted and before.fill in PAINTS:
            assert after.fill == before.fill, f"{where}: a person's colour is gone"
        if place in self.ours.formatted and before.code in CODES:
            assert after.code == before.code, f"{where}: a person's number format is gone"
        elif place not in self.ours.formatted or is_marked(after.code):
            assert plain(after.code) in due_codes(cell), f"{where} is shown as {after.code}"

    def _check_note(self, where: str, before: Seen, after: Seen, left: Seen, cell: Cell) -> None:
        if before.note not in ("", left.note, cell.note):
            assert after.note == before.note, f"{where}: a person's note is gone"
        elif before.note == left.note:
            assert after.note == cell.note, f"{where} has the note {after.note!r}, not {cell.note!r}"
        else:
            assert after.note in (before.note, cell.note), f"{where} has the note {after.note!r}"

    def _nobody_elses(self, owned: set[At]) -> None:
        for at in self.before.cells.keys() | self.after.cells.keys():
            if at not in owned and not self._is_empty_in_new_line(at):
                assert self.before[at] == self.after[at], (
                    f"{address(at)} is not ours, and {self.before[at]} became {self.after[at]}"
                )

    def _is_empty_in_new_line(self, at: At) -> bool:
        """Where lines are put between others, they look like those."""
        is_new = bool(self.inserted) and (at[0] in self.new_rows or at[1] in self.new_columns)
        return is_new and not self.after[at].value and not self.after[at].note

    def _nothing_stands_twice(self) -> None:
        """But for what people have written themselves."""
        for axis, keys in (("rows", self.grid.kpis), ("columns", self.grid.periods)):
            for key in keys:
                mine = lines_of(self.ours, axis).get(key)
                theirs = [n for n in self._lines_with(self.before, axis, key) if n != mine]
                assert len(self._lines_with(self.after, axis, key)) <= len(theirs) + 1, f"{key} stands twice"


def shifted(tab: SeenTab, name: str, axis: str, shift: Shift) -> SeenTab:
    """The tab as it is once lines of it went elsewhere, its own formulas with it."""
    rows, columns = (shift, stays) if axis == "rows" else (stays, shift)

    def to(at: At) -> At:
        row, column = rows(at[0]), columns(at[1])
        assert row is not None
        assert column is not None
        return row, column

    cells = {
        to(at): replace(seen, value=formula_after(seen.value, name, name, rows, columns))
        if seen.value.startswith("=")
        else seen
        for at, seen in tab.cells.items()
    }
    return replace(
        tab,
        cells=cells,
        hidden_rows=frozenset(r for n in tab.hidden_rows if (r := rows(n)) is not None),
        hidden_columns=frozenset(c for n in tab.hidden_columns if (c := columns(n)) is not None),
        merged=tuple((to(first), to(last)) for first, last in tab.merged),
    )


def lines_of(ours: Ours, axis: str) -> dict[str, int]:
    return ours.rows if axis == "rows" else ours.columns


def whole(tab: SeenTab, name: str, grid: Grid) -> Ours:
    """A tab that was just made holds what the grid says and nothing else."""
    ours = Ours(name, {key: n for n, key in enumerate(grid.rows)}, {key: n for n, key in enumerate(grid.columns)})
    for place, cell in grid.cells.items():
        seen = tab[ours.rows[place[0]], ours.columns[place[1]]]
        assert (seen.value, seen.note) == (token(cell), cell.note), f"{place} of a new tab holds {seen}"
        ours.left[place] = Seen(seen.value, note=seen.note)
    full = {(ours.rows[row], ours.columns[column]) for row, column in grid.cells}
    assert not [at for at, seen in tab.cells.items() if seen.value and at not in full]
    return ours


def token(cell: Cell) -> str:
    """A value as it is compared: `0.118`, `'text`, or nothing."""
    value = cell.value
    if isinstance(value, str):
        return f"'{value}" if value else ""
    return "" if value is None else figure(float((value - _DAY_0).days if isinstance(value, date) else value))


def figure(value: float) -> str:
    return f"{Decimal(repr(value)).normalize():f}"


def plain(code: str) -> str:
    """Programs quote the same number format in different ways."""
    return re.sub(r'["\\ ]', "", code)


def due_codes(cell: Cell) -> set[str]:
    """As Excel has it; Google has a type for text instead of padding."""
    look = cell.look
    return {plain(look.code or "General")} | ({look.format} if look.format == "@" else set())


def is_marked(code: str) -> bool:
    return plain(code)[:1] in {*"".join(MARKS.values()).replace(" ", ""), HELD, FAILED}


def _short(value: str) -> str:
    return value.removeprefix("'").strip().lower().lstrip("0")


def _is_someones(seen: Seen) -> bool:
    return bool(seen.value or seen.note or seen.fill in PAINTS or seen.code in CODES)
