"""What was last published, cell by cell: the middle of every three-way compare.

It is plain data: the caller keeps `to_json()` wherever it likes and brings it back with `from_json()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from typing import Any, NamedTuple

from core.looks import Cell, Place, Value

_DIGITS = Context(prec=15)  # as many as a spreadsheet keeps
_EPOCH = date(1899, 12, 30)
VIEW: Place = ("view", "first week")
TITLE: Place = ("view", "title")
"""What people call the tab now, and the id of its sheet."""
TOKEN: Place = ("view", "token")
"""Of the batch that brought the tab to this, as it stands in the tab's own metadata."""


class Mark(NamedTuple):
    """One cell as it was left: its value as a token, its look and its note."""

    value: str
    look: str = ""
    note: str = ""


@dataclass(frozen=True)
class Published:
    """`checksum` is the file's SHA-256 as we left it; `tabs` holds the marks by tab and place."""

    checksum: str = ""
    tabs: Mapping[str, Mapping[Place, Mark]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "checksum": self.checksum,
            "tabs": {
                tab: {" ".join(place): list(mark) for place, mark in marks.items() if any(mark)}
                for tab, marks in self.tabs.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Published":
        return cls(
            str(stored.get("checksum", "")),
            {
                tab: {_place(text): Mark(*mark) for text, mark in marks.items()}
                for tab, marks in stored.get("tabs", {}).items()
            },
        )


def mark(cell: Cell) -> Mark:
    return Mark(token(cell.value), str(cell.look), cell.note)


def token(value: Value) -> str:
    """A value as text that compares well: `0.118`, `'text`, nothing; a date is its serial number."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return f"'{value}"
    return number(Decimal(serial(value)) if isinstance(value, date) else value)


def number(value: Decimal) -> str:
    """At most 15 significant digits, so that a trip through binary floats changes nothing."""
    if not value.is_finite():
        return ""
    exact = _DIGITS.plus(value).normalize()
    return f"{exact:f}" if exact else "0"


def serial(day: date) -> int:
    return (day - _EPOCH).days


def _place(text: str) -> Place:
    row, column = text.split(" ", 1)
    return row, column
