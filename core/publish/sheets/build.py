"""The first publish of a page: the requests that make its tab."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Hashable, Iterator, Mapping
from itertools import groupby
from typing import TypeVar

from core.grid import HEAD_ROWS, Grid
from core.looks import Look, Place, Tone
from core.publish.palette import ACCENT
from core.publish.sheets.cells import At, Draft, rectangles, write_cells
from core.publish.sheets.ids import number, text
from core.publish.sheets.read import trend_formula
from core.publish.sheets.tags import tab_tags
from core.publish.sheets.words import Json, colour, due_face, entered, face_of, whole_format
from core.publish.widths import USUAL, longest_figure

T = TypeVar("T", bound=Hashable)

WIDTHS = {"number": 44, "title": 300, "owner": 120, "unit": 84, "group": 150, "target": 84, "trend": 140}
HEIGHTS = {"title": 38, "about": 20, "legend": 20, "dates": 22, "weeks": 26}
_PERIOD_WIDTH, _DIGIT_WIDTH, _ROW_HEIGHT = 76, 7, 27
_FROZEN_COLUMNS = 2  # number and name: frozen owner and unit would leave a laptop no room for numbers
_SPARE_ROWS, _SPARE_COLUMNS = 20, 4  # for what people add


def range_name(scorecard: str, grid: Grid) -> str:
    """Of the periods with their KPIs, for people's own formulas: `kpi_success_sc2026`, `kpi_support_sc2026_11`."""
    return re.sub(r"\W", "_", f"kpi_{scorecard}_{grid.name}")


def tab_frame(sheet_id: int, scorecard: str, title: str, grid: Grid, taken: Container[str] = ()) -> list[Json]:
    """The tab with its tags, its head and its left block. They land together: by them the tab is known again.

    `taken` are names of ranges that are in use, in lower case.
    """
    name = range_name(scorecard, grid)
    period_width = _PERIOD_WIDTH + _DIGIT_WIDTH * (longest_figure(grid) - USUAL)
    return [
        _add_sheet(sheet_id, title, grid),
        *tab_tags(sheet_id, scorecard, grid),
        *_sizes(sheet_id, "ROWS", [HEIGHTS.get(key, _ROW_HEIGHT) for key in grid.rows]),
        *_sizes(sheet_id, "COLUMNS", [WIDTHS.get(key, period_width) for key in grid.columns]),
        _protected(sheet_id, grid),
        *([] if name.lower() in taken else [_named(sheet_id, name, grid)]),
        *_values(sheet_id, grid, {place for place in grid.cells if place[0] in HEAD_ROWS or place[1] in grid.left}),
    ]


def tab_content(sheet_id: int, grid: Grid) -> Iterator[Json]:
    """The periods' numbers, all notes and all formats; they may be cut anywhere."""
    yield from _values(
        sheet_id, grid, {place for place in grid.cells if not (place[0] in HEAD_ROWS or place[1] in grid.left)}
    )
    yield from _notes(sheet_id, grid)
    yield from _formats(sheet_id, grid)


def _add_sheet(sheet_id: int, title: str, grid: Grid) -> Json:
    size = {
        "rowCount": len(grid.rows) + _SPARE_ROWS,
        "columnCount": len(grid.columns) + _SPARE_COLUMNS,
        "frozenRowCount": len(HEAD_ROWS),
        "frozenColumnCount": _FROZEN_COLUMNS,
        "hideGridlines": True,
    }
    properties = {"sheetId": sheet_id, "title": title, "gridProperties": size, "tabColorStyle": colour(ACCENT)}
    return {"addSheet": {"properties": properties}}


def _sizes(sheet_id: int, dimension: str, pixels: list[int]) -> Iterator[Json]:
    start = 0
    for size, same in groupby(pixels):
        end = start + len(list(same))
        span = {"sheetId": sheet_id, "dimension": dimension, "startIndex": start, "endIndex": end}
        sized = {"range": span, "properties": {"pixelSize": size}, "fields": "pixelSize"}
        yield {"updateDimensionProperties": sized}
        start = end


def _protected(sheet_id: int, grid: Grid) -> Json:
    """A warning for whoever types into our cells; it hinders nobody."""
    kept = {
        "protectedRangeId": number(str(sheet_id), "protected"),
        "range": _block(sheet_id, 0, len(grid.rows), 0, len(grid.columns)),
        "description": "Published by KPI Factory. What you type here is kept, and reported.",
        "warningOnly": True,
    }
    return {"addProtectedRange": {"protectedRange": kept}}


def _named(sheet_id: int, name: str, grid: Grid) -> Json:
    named = {
        "namedRangeId": text(str(sheet_id), "weeks"),
        "name": name,
        "range": _block(sheet_id, len(HEAD_ROWS) - 1, len(grid.rows), 0, len(grid.columns)),
    }
    return {"addNamedRange": {"namedRange": named}}


def _values(sheet_id: int, grid: Grid, places: Collection[Place]) -> Iterator[Json]:
    rows, columns = _positions(grid)
    measured = set(grid.measured)
    drafts: dict[At, Draft] = {}
    periods = range(len(grid.left), len(grid.columns))
    for row, column in places:
        what = entered(grid.cells[row, column].value)
        if column == "trend" and row in measured:
            what = {"formulaValue": trend_formula(rows[row], periods)}
        if what:
            drafts.setdefault((rows[row], columns[column]), Draft()).value(what)
    yield from write_cells(sheet_id, drafts)


def _notes(sheet_id: int, grid: Grid) -> Iterator[Json]:
    rows, columns = _positions(grid)
    drafts: dict[At, Draft] = {}
    for (row, column), cell in grid.cells.items():
        if cell.note:
            drafts.setdefault((rows[row], columns[column]), Draft()).note(cell.note)
    yield from write_cells(sheet_id, drafts)


def _positions(grid: Grid) -> tuple[dict[str, int], dict[str, int]]:
    return {key: at for at, key in enumerate(grid.rows)}, {key: at for at, key in enumerate(grid.columns)}


def _formats(sheet_id: int, grid: Grid) -> Iterator[Json]:
    """Everything is painted once like the commonest of its kind; then what looks otherwise, in as few rectangles."""
    periods = set(grid.periods)
    plain = {row: Look(Tone.PLAIN, _commonest(grid, row)) for row in grid.measured}
    frame: dict[At, Look] = {}
    faces: dict[At, tuple[Look, Look]] = {}
    for top, row in enumerate(grid.rows):
        for left, column in enumerate(grid.columns):
            cell = grid.cells.get((row, column))
            if cell is None:
                continue
            ours = plain[row] if row in plain and column in periods else cell.look
            frame[top, left] = ours
            if due_face(cell.look) != due_face(ours):
                faces[top, left] = (ours, cell.look)
    yield from _painted(sheet_id, frame, lambda look: ({"userEnteredFormat": whole_format(look)}, "userEnteredFormat"))
    yield from _painted(sheet_id, faces, lambda change: _difference(*change))


def _commonest(grid: Grid, row: str) -> str:
    return Counter(grid.cells[row, period].look.format for period in grid.periods).most_common(1)[0][0]


def _difference(base: Look, look: Look) -> tuple[Json, str]:
    draft, before, after = Draft(), due_face(base), due_face(look)
    for part, what in face_of(look).items():
        if before[part] != after[part]:
            draft.paint(part, what)
    return draft.content, ",".join(sorted(draft.paths))


def _painted(sheet_id: int, places: Mapping[At, T], paint: Callable[[T], tuple[Json, str]]) -> Iterator[Json]:
    alike: dict[T, list[At]] = {}
    for at, what in places.items():
        alike.setdefault(what, []).append(at)
    for what, mine in alike.items():
        cell, mask = paint(what)
        for top, left, bottom, right in rectangles(mine):
            yield {"repeatCell": {"range": _block(sheet_id, top, bottom, left, right), "cell": cell, "fields": mask}}


def _block(sheet_id: int, top: int, bottom: int, left: int, right: int) -> Json:
    return {
        "sheetId": sheet_id,
        "startRowIndex": top,
        "endRowIndex": bottom,
        "startColumnIndex": left,
        "endColumnIndex": right,
    }
