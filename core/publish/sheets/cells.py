"""Requests that write cells: each touches what is ours of a cell and nothing else of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.publish.sheets.words import Json

At = tuple[int, int]
_AT_ONCE = 4_000  # cells in one request: what is too long for one batch can then be cut between requests


@dataclass
class Draft:
    """What one cell is given: its new content, and the paths of what the content speaks of."""

    content: Json = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)

    def value(self, entered: Json) -> None:
        if entered:
            self.content["userEnteredValue"] = entered
        self.paths.add("userEnteredValue")  # alone it empties the cell

    def note(self, text: str) -> None:
        if text:
            self.content["note"] = text
        self.paths.add("note")

    def whole_format(self, form: Json) -> None:
        self.content["userEnteredFormat"] = form
        self.paths.add("userEnteredFormat")

    def paint(self, part: str, what: Any) -> None:
        """One part of the format, by its path below `userEnteredFormat`; None takes it away."""
        if what is not None:
            *above, last = part.split(".")
            inner = self.content.setdefault("userEnteredFormat", {})
            for name in above:
                inner = inner.setdefault(name, {})
            inner[last] = what
        self.paths.add(f"userEnteredFormat.{part}")


def write_cells(sheet_id: int, drafts: Mapping[At, Draft]) -> Iterator[Json]:
    """As few requests as rectangles of cells that are given the same kinds of things."""
    by_mask: dict[tuple[str, ...], dict[At, Json]] = {}
    for at, draft in sorted(drafts.items()):
        if draft.paths:
            by_mask.setdefault(tuple(sorted(draft.paths)), {})[at] = draft.content
    for mask, contents in by_mask.items():
        for top, left, bottom, right in rectangles(contents):
            rows = [{"values": [contents[r, c] for c in range(left, right)]} for r in range(top, bottom)]
            start = {"sheetId": sheet_id, "rowIndex": top, "columnIndex": left}
            yield {"updateCells": {"rows": rows, "fields": ",".join(mask), "start": start}}


def rectangles(places: Iterable[At]) -> list[tuple[int, int, int, int]]:
    """Places as rectangles (top, left, bottom, right), half-open, none of more than a few thousand cells."""
    rows: dict[int, list[int]] = {}
    for row, column in places:
        rows.setdefault(row, []).append(column)
    done: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], tuple[int, int]] = {}  # left, right -> top, bottom
    for row in sorted(rows):
        spans = set(runs(sorted(rows[row])))
        for span, (top, bottom) in list(growing.items()):
            if bottom != row or span not in spans or (row - top) * (span[1] - span[0]) >= _AT_ONCE:
                done.append((top, span[0], bottom, span[1]))
                del growing[span]
        for span in spans:
            growing[span] = (growing[span][0] if span in growing else row, row + 1)
    return sorted(done + [(top, left, bottom, right) for (left, right), (top, bottom) in growing.items()])


def runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as half-open ranges without gaps."""
    start = previous = None
    for n in numbers:
        if previous is None or n != previous + 1:
            if start is not None and previous is not None:
                yield start, previous + 1
            start = n
        previous = n
    if start is not None and previous is not None:
        yield start, previous + 1
