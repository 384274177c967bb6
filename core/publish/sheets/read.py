"""A tab as the API answers it: where our cells are, what stands in them, and how they are painted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.grid import Grid
from core.looks import Look, Place
from core.publish.addresses import cell_address
from core.publish.locate import Located, locate
from core.publish.palette import marked
from core.publish.plan import Found, Snapshot
from core.publish.published import TOKEN, Mark
from core.publish.sheets.ids import COLUMN_KEY, ROW_KEY, TAB_KEY, TOKEN_KEY
from core.publish.sheets.words import Json, due_face, face_text, seen_face, token_of

_TAGS = "developerMetadata(metadataId,metadataKey,metadataValue)"
_TAB = f"properties(sheetId,title,gridProperties(rowCount,columnCount)),{_TAGS}"
_LOOKS = "numberFormat,backgroundColorStyle,textFormat(foregroundColorStyle,bold)"
OVERVIEW = f"namedRanges(name),sheets({_TAB})"
EVERYTHING = (
    f"sheets({_TAB},data(startRow,startColumn,rowMetadata({_TAGS}),columnMetadata({_TAGS}),"
    f"rowData(values(userEnteredValue,note,userEnteredFormat({_LOOKS})))))"
)
_TREND = re.compile(r"=\s*SPARKLINE\(\s*\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+\s*\)", re.IGNORECASE)

_NOTHING = Mark("")

At = tuple[int, int]
Marks = Mapping[Place, Mark]


@dataclass(frozen=True)
class Head:
    """A tab without its cells."""

    sheet_id: int
    title: str
    home: str  # what our own metadata says it is: `success sc2026`
    token: str  # of the last batch that landed whole
    row_count: int
    column_count: int


class Seen(NamedTuple):
    """A cell of ours as it stands."""

    token: str
    face: Mapping[str, str]
    note: str


@dataclass(frozen=True)
class OpenTab:
    """`snapshot` is what the planner sees; the rest is where the executor finds it.

    `tags` are the ids of the metadata that stands, by kind and key: a row's may stand where its row is no more.
    """

    head: Head
    snapshot: Snapshot
    cells: Mapping[At, Json]
    tags: Mapping[tuple[str, str], int]
    marks: Marks  # what we left there, as far as we know
    stale_trends: Sequence[str]


def head(sheet: Json) -> Head:
    properties = sheet["properties"]
    size = properties.get("gridProperties", {})
    said = {tag["metadataKey"]: tag.get("metadataValue", "") for tag in sheet.get("developerMetadata", ())}
    return Head(
        sheet_id=int(properties.get("sheetId", 0)),
        title=str(properties.get("title", "")),
        home=said.get(TAB_KEY, ""),
        token=said.get(TOKEN_KEY, ""),
        row_count=int(size.get("rowCount", 0)),
        column_count=int(size.get("columnCount", 0)),
    )


def open_tab(sheet: Json, grid: Grid, candidates: Sequence[Marks]) -> OpenTab | None:
    """None where it does not hold the dates of the grid's periods.

    `candidates` are what landed last and, after it, what was announced since and may have landed; oldest first.
    Raises PublishError where the dates are there but the column of KPI numbers is not.
    """
    top = head(sheet)
    block: Json = next(iter(sheet.get("data", ())), {})
    cells = cells_of(sheet)
    tokens = {at: token for at, cell in cells.items() if (token := token_of(cell))}
    rows = _tagged(block.get("rowMetadata", ()), int(block.get("startRow", 0)), ROW_KEY)
    columns = _tagged(block.get("columnMetadata", ()), int(block.get("startColumn", 0)), COLUMN_KEY)
    newest: Marks = candidates[-1] if candidates else {}
    found = locate(
        grid,
        tokens,
        {key: at for key, (at, _) in rows.items() if key in grid.rows},
        {key: at for key, (at, _) in columns.items() if key in grid.columns},
        newest,
    )
    if found is None:
        return None
    seen = _seen(grid, found, cells, tokens)
    marks = settled(candidates, seen, top.token)
    standing = {place: _found(one, grid.cells[place].look, marks.get(place)) for place, one in seen.items()}
    snapshot = Snapshot(found.rows, found.columns, standing, found.moved)
    tags = {(ROW_KEY, key): tag for key, (_, tag) in rows.items()}
    tags |= {(COLUMN_KEY, key): tag for key, (_, tag) in columns.items()}
    return OpenTab(top, snapshot, cells, tags, marks, _stale(grid, found, tokens))


def settled(candidates: Sequence[Marks], seen: Mapping[Place, Seen], token: str) -> Marks:
    """What we left, cell by cell: after a cut line nobody knows whether all, a part or nothing of a batch landed.

    The token tells which publication landed whole; without one none ever did. Of what was announced later each cell
    decides for itself.
    """
    whole = next((n for n, marks in enumerate(candidates) if marks.get(TOKEN, _NOTHING).value == token), 0)
    whole = whole if token else -1
    marks = dict(candidates[whole]) if candidates and token else {}
    for later in candidates[whole + 1 :]:
        for place, left in later.items():
            if place in seen:
                marks[place] = _landed(marks.get(place, _NOTHING), left, seen[place])
    return marks


def _landed(before: Mark, later: Mark, seen: Seen) -> Mark:
    return Mark(
        later.value if seen.token == later.value else before.value,
        later.look if later.look and seen.face == face_text(later.look) else before.look,
        later.note if seen.note == later.note else before.note,
    )


def trend_formula(row: int, columns: Iterable[int]) -> str:
    """Without a separator of arguments: those differ by locale."""
    at = sorted(columns)
    return f"=SPARKLINE({cell_address(row, at[0])}:{cell_address(row, at[-1])})"


def cells_of(sheet: Json) -> dict[At, Json]:
    """The cells of a sheet's one range, by where they stand in the sheet."""
    block: Json = next(iter(sheet.get("data", ())), {})
    top, left = int(block.get("startRow", 0)), int(block.get("startColumn", 0))
    rows: Sequence[Json] = block.get("rowData", ())
    return {
        (top + r, left + c): cell for r, row in enumerate(rows) for c, cell in enumerate(row.get("values", ())) if cell
    }


def _tagged(dimensions: Iterable[Json], start: int, kind: str) -> dict[str, tuple[int, int]]:
    """Key -> where it is and the id of its tag; of two with the same key the first."""
    found: dict[str, tuple[int, int]] = {}
    for at, dimension in enumerate(dimensions, start=start):
        for tag in dimension.get("developerMetadata", ()):
            if tag["metadataKey"] == kind:
                found.setdefault(str(tag.get("metadataValue", "")), (at, int(tag["metadataId"])))
    return found


def _seen(grid: Grid, found: Located, cells: Mapping[At, Json], tokens: Mapping[At, str]) -> dict[Place, Seen]:
    """Our cells as they stand. Our own trend counts as nothing, as in the grid."""
    seen = {}
    for place in grid.cells:
        row, column = found.rows.get(place[0]), found.columns.get(place[1])
        if row is None or column is None:
            continue
        token, cell = tokens.get((row, column), ""), cells.get((row, column), {})
        ours = place[1] == "trend" and _TREND.fullmatch(token)
        seen[place] = Seen("" if ours else token, seen_face(cell), str(cell.get("note", "")))
    return seen


def _found(seen: Seen, wanted: Look, left: Mark | None) -> Found:
    """With the look it has, if it is one we know for this cell."""
    look = str(wanted) if seen.face == due_face(wanted) else None
    if look is None and left and left.look and seen.face == face_text(left.look):
        look = left.look
    code = seen.face["numberFormat"]
    untrue = marked(code) and code != due_face(wanted)["numberFormat"]
    return Found(seen.token, look, seen.note, untrue=untrue)


def _stale(grid: Grid, found: Located, tokens: Mapping[At, str]) -> list[str]:
    """Rows whose trend no longer runs from the first to the last of our periods: columns were moved or added."""
    periods = [found.columns[period] for period in grid.periods if period in found.columns]
    trend = found.columns.get("trend")
    if trend is None or not periods:
        return []
    return [
        key
        for key in grid.kpis
        if key in found.rows
        and _TREND.fullmatch(token := tokens.get((found.rows[key], trend), ""))
        and token.replace("$", "").replace(" ", "").upper() != trend_formula(found.rows[key], periods)
    ]
