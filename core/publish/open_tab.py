"""A tab of an open workbook, read: which sheet it is, what stands in it, and where our cells are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.grid import Grid
from core.looks import Look, Place
from core.publish.book_xml import Anchor, Tab, anchored_tab, anchors, tabs
from core.publish.locate import Located, locate
from core.publish.notes_xml import read_notes
from core.publish.package import Package
from core.publish.palette import marked
from core.publish.plan import Found, Snapshot
from core.publish.published import Mark
from core.publish.sheet_xml import Sheet, read_sheet, read_strings, view
from core.publish.styles_xml import Styles, face_of
from core.publish.workbook import anchor_name


@dataclass(frozen=True)
class OpenTab:
    name: str
    sheet: Sheet
    styles: Styles
    snapshot: Snapshot


def find_tab(package: Package, grid: Grid, marks: Mapping[Place, Mark]) -> OpenTab | None:
    """By its anchors, then by its name, then by the dates of its periods: people rename tabs."""
    strings = read_strings(package.parts.get(_related(package, "sharedStrings")))
    known = anchors(package)
    names = {tab.name for tab in tabs(package)}
    for tab in _candidates(package, grid, known):
        # Some programs rename a tab and leave the names behind: those still say where, and key cells prove it.
        mine = {name: a for name, a in known.items() if a.tab == tab.name or a.tab not in names}
        sheet = read_sheet(tab.part, package.parts[tab.part], strings)
        tokens = {at: cell.value for at, cell in sheet.cells.items() if cell.value}
        found = locate(
            grid,
            tokens,
            {k: a.row for k in grid.rows if (a := mine.get(anchor_name(grid.name, "row", k)))},
            {k: a.column for k in grid.columns if (a := mine.get(anchor_name(grid.name, "column", k)))},
            marks,
        )
        if found:
            styles = Styles(package.parts[styles_part(package)])
            return OpenTab(tab.name, sheet, styles, _snapshot(package, grid, sheet, styles, found, marks))
    return None


def styles_part(package: Package) -> str:
    return _related(package, "styles")


def _related(package: Package, kind: str) -> str:
    return next((r.target for r in package.relations(package.workbook) if r.kind == kind), "")


def _candidates(package: Package, grid: Grid, known: Mapping[str, Anchor]) -> Sequence[Tab]:
    """The tab that the anchors stand in, alone: another one with our dates is a copy that a person keeps."""
    home = anchored_tab(known, anchor_name(grid.name, "row", ""))
    everywhere = tabs(package)
    anchored = [tab for tab in everywhere if tab.name == home]
    return anchored or sorted(everywhere, key=lambda tab: tab.name != grid.name)


def _snapshot(
    package: Package, grid: Grid, sheet: Sheet, styles: Styles, found: Located, marks: Mapping[Place, Mark]
) -> Snapshot:
    notes = read_notes(package, sheet.part)
    cells = {}
    for place, cell in grid.cells.items():
        row, column = found.rows.get(place[0]), found.columns.get(place[1])
        if row is None or column is None:
            continue
        standing, note = sheet.cells.get((row, column)), notes.get((row, column))
        style = standing.style if standing else 0
        cells[place] = Found(
            value=standing.value if standing else "",
            look=_look(styles, style, cell.look, marks.get(place)),
            note=note.text if note else "",
            locked=bool(standing and standing.locked),
            untrue=_is_untrue(styles, style, cell.look),
        )
    at_edge = view(sheet)
    shown = next((key for key, column in found.columns.items() if column == at_edge), "")
    return Snapshot(found.rows, found.columns, cells, found.moved, shown)


def _is_untrue(styles: Styles, style: int, wanted: Look) -> bool:
    """Whether a mark stands there that we do not claim: people carry formats from cell to cell."""
    code = styles.face(style).code if style < styles.count else ""
    return marked(code) and code != face_of(wanted).code


def _look(styles: Styles, style: int, wanted: Look, left: Mark | None) -> str | None:
    """The look it has, if it is one we know for this cell."""
    if styles.shows(style, wanted):
        return str(wanted)
    if left and left.look and styles.shows(style, Look.parse(left.look)):
        return left.look
    return None
