"""What the server keeps: books, their tabs, and cells as the API's JSON.

A batch works on a copy and swaps it in, so that it lands whole or not at all. Copies are shallow: every dict inside
a container here (a CellData, a rule, a range) is replaced when it changes, never altered in place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]
At = tuple[int, int]
"""Row and column, counted from 0."""

ROWS, COLUMNS = 1000, 26
DEFAULT_SHEET_ID = 0


class ApiError(Exception):
    """An answer of the API that is no success: HTTP code, canonical status and the message in Google's words."""

    def __init__(self, code: int, status: str, message: str, details: list[Json] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.details = details or []


def invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_ARGUMENT", message)


@dataclass
class Tab:
    """One sheet. `cells` holds what was entered (CellData without effective or formatted values), sparse.

    `rows` and `columns` hold DimensionProperties of those that differ from the default, by index. Everything else is
    the list of the same name in the API's Sheet resource; ranges in them keep their sheetId here, also 0.
    """

    properties: Json
    cells: dict[At, Json] = field(default_factory=dict)
    rows: dict[int, Json] = field(default_factory=dict)
    columns: dict[int, Json] = field(default_factory=dict)
    merges: list[Json] = field(default_factory=list)
    conditional_formats: list[Json] = field(default_factory=list)
    protected_ranges: list[Json] = field(default_factory=list)
    banded_ranges: list[Json] = field(default_factory=list)
    filter_views: list[Json] = field(default_factory=list)
    basic_filter: Json | None = None
    row_groups: list[Json] = field(default_factory=list)
    column_groups: list[Json] = field(default_factory=list)
    charts: list[Json] = field(default_factory=list)
    slicers: list[Json] = field(default_factory=list)
    tables: list[Json] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.properties["sheetId"])

    @property
    def title(self) -> str:
        return str(self.properties["title"])

    @property
    def row_count(self) -> int:
        return int(self.properties["gridProperties"]["rowCount"])

    @property
    def column_count(self) -> int:
        return int(self.properties["gridProperties"]["columnCount"])

    def copy(self) -> "Tab":
        return replace(
            self,
            **{
                name: value.copy()
                for name, value in vars(self).items()
                if name != "properties" and isinstance(value, dict | list) and name != "basic_filter"
            },
        )


@dataclass
class Book:
    """One spreadsheet. `metadata` holds DeveloperMetadata; its locations keep their sheetId, also 0."""

    id: str
    properties: Json
    tabs: list[Tab] = field(default_factory=list)
    named_ranges: list[Json] = field(default_factory=list)
    metadata: list[Json] = field(default_factory=list)
    forbidden: bool = False

    def copy(self) -> "Book":
        return replace(
            self,
            tabs=[tab.copy() for tab in self.tabs],
            named_ranges=self.named_ranges.copy(),
            metadata=self.metadata.copy(),
        )

    def tab(self, sheet_id: int) -> Tab:
        """Raises the API's 400 where there is none."""
        for tab in self.tabs:
            if tab.id == sheet_id:
                return tab
        raise invalid(f"No grid with id: {sheet_id}")

    def named(self, title: str) -> Tab | None:
        return next((tab for tab in self.tabs if tab.title == title), None)


@dataclass(frozen=True, slots=True)
class Box:
    """A range of one tab, half-open, clipped to nothing yet."""

    top: int
    bottom: int
    left: int
    right: int

    def __contains__(self, at: object) -> bool:
        row, column = at  # type: ignore[misc]
        return self.top <= row < self.bottom and self.left <= column < self.right

    @property
    def rows(self) -> range:
        return range(self.top, self.bottom)

    @property
    def columns(self) -> range:
        return range(self.left, self.right)


def box(tab: Tab, grid_range: Mapping[str, Any]) -> Box:
    """A GridRange with its open ends filled in by the tab's size."""
    return Box(
        int(grid_range.get("startRowIndex", 0)),
        int(grid_range.get("endRowIndex", tab.row_count)),
        int(grid_range.get("startColumnIndex", 0)),
        int(grid_range.get("endColumnIndex", tab.column_count)),
    )


Handler = Callable[[Book, Json], Json]
"""Carries out one request of a batch on the copy; its reply, {} where the API gives none. Raises ApiError."""
