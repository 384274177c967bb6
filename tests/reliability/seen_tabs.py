"""A yearly tab as any program reads it, and what is truly ours in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.grid import HEAD_ROWS
from core.looks import Place

from .rearranged import At, Shift


@dataclass(frozen=True)
class Seen:
    """A cell as any program reads it. `value` is a token: `13`, `'text`, `=A1`, or nothing."""

    value: str = ""
    code: str = "General"
    fill: str = ""
    rest: str = ""  # all else that it looks like
    note: str = ""


NOTHING = Seen()


@dataclass(frozen=True)
class SeenTab:
    cells: Mapping[At, Seen]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[At, At], ...] = ()
    rest: object = None  # what else the tab is made of

    def __getitem__(self, at: At) -> Seen:
        return self.cells.get(at, NOTHING)

    @property
    def height(self) -> int:
        return max((row for row, _ in self.cells), default=0) + 1

    @property
    def width(self) -> int:
        return max((column for _, column in self.cells), default=0) + 1


@dataclass
class Ours:
    """Where the rows and columns of one yearly tab truly are, and what a publish left in its cells."""

    tab: str
    rows: dict[str, int]
    columns: dict[str, int]
    left: dict[Place, Seen] = field(default_factory=dict)
    painted: set[Place] = field(default_factory=set)
    formatted: set[Place] = field(default_factory=set)

    def at(self, place: Place) -> At | None:
        row, column = self.rows.get(place[0]), self.columns.get(place[1])
        return None if row is None or column is None else (row, column)

    def place(self, at: At) -> Place | None:
        row = next((key for key, index in self.rows.items() if index == at[0]), None)
        column = next((key for key, index in self.columns.items() if index == at[1]), None)
        return None if row is None or column is None else (row, column)

    def follow(self, axis: str, shift: Shift) -> None:
        lines = self.rows if axis == "rows" else self.columns
        new = {key: at for key, old in lines.items() if (at := shift(old)) is not None}
        if axis == "rows":
            self.rows = new
        else:
            self.columns = new

    @property
    def kpi_rows(self) -> list[int]:
        return sorted(row for key, row in self.rows.items() if key not in HEAD_ROWS)
