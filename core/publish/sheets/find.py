"""Which tab of a spreadsheet is ours, whatever people call it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.google.answers import Refused
from core.google.client import Sheets
from core.grid import Grid
from core.publish.sheets.ids import number
from core.publish.sheets.read import EVERYTHING, OVERVIEW, Head, head
from core.publish.sheets.tags import home
from core.publish.sheets.words import Json


@dataclass(frozen=True, slots=True)
class Known:
    """A tab as it was left."""

    sheet_id: int
    title: str


@dataclass
class Standing:
    """Our tabs as they were read, by the names of their grids; and what is taken in the spreadsheet already."""

    sheets: dict[str, Json] = field(default_factory=dict)
    ranges: set[str] = field(default_factory=set)  # names; one may outlive the tab that it stood in
    ids: set[int] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)

    def taken(self, sheet_id: int, title: str) -> None:
        self.ids.add(sheet_id)
        self.titles.add(title.lower())


def find_tabs(sheets: Sheets, spreadsheet: str, scorecard: str, known: Mapping[str, Known | None]) -> Standing:
    """One read where every tab still has the title that we know; otherwise one look at all tabs and one read.

    Raises SheetsError.
    """
    titles = [tab.title for tab in known.values() if tab]
    if len(titles) == len(known):
        try:
            answer = sheets.read(spreadsheet, fields=EVERYTHING, ranges=[_range(title) for title in titles])
        except Refused:
            pass  # a tab of that title is no more
        else:
            read = _by_id(answer)
            if all(tab and tab.sheet_id in read for tab in known.values()):  # not a person's copy of that name
                return Standing({name: read[tab.sheet_id] for name, tab in known.items() if tab})
    return _search(sheets, spreadsheet, scorecard, known)


def _search(
    sheets: Sheets, spreadsheet: str, scorecard: str, known: Mapping[str, Known | None], patience: int = 3
) -> Standing:
    standing, heads = look_around(sheets, spreadsheet)
    ours = {tab: mine for tab, last in known.items() if (mine := _mine(heads, spreadsheet, scorecard, tab, last))}
    if not ours:
        return standing
    try:
        answer = sheets.read(spreadsheet, fields=EVERYTHING, ranges=[_range(h.title) for h in ours.values()])
    except Refused:  # renamed or deleted since the look before
        if not patience:
            raise
        return _search(sheets, spreadsheet, scorecard, known, patience - 1)
    read = _by_id(answer)
    standing.sheets = {tab: read[h.sheet_id] for tab, h in ours.items() if h.sheet_id in read}
    return standing


def look_around(sheets: Sheets, spreadsheet: str) -> tuple[Standing, list[Head]]:
    """What is taken in the spreadsheet, and its tabs without their cells."""
    overview = sheets.read(spreadsheet, fields=OVERVIEW)
    heads = [head(sheet) for sheet in overview.get("sheets", ())]
    named = {str(one.get("name", "")).lower() for one in overview.get("namedRanges", ())}
    return Standing({}, named, {h.sheet_id for h in heads}, {h.title.lower() for h in heads}), heads


def _mine(heads: Sequence[Head], spreadsheet: str, scorecard: str, tab: str, last: Known | None) -> Head | None:
    """By its id, then by what its tag says, then by the name it once had."""
    ids = [last.sheet_id] if last else [number(spreadsheet, scorecard, tab)]
    by_id = [h for h in heads if h.sheet_id in ids]
    by_tag = [h for h in heads if h.home == home(scorecard, tab)]
    by_name = [h for h in heads if h.title == tab and not h.home]
    return next(iter([*by_id, *by_tag, *by_name]), None)


def _by_id(answer: Json) -> dict[int, Json]:
    return {head(sheet).sheet_id: sheet for sheet in answer.get("sheets", ())}


def free_place(spreadsheet: str, scorecard: str, grid: Grid, standing: Standing) -> tuple[int, str]:
    """An id and a title for a new tab that nothing else has."""
    tries = ["", *map(str, range(2, 1000))]
    sheet_id = next(n for t in tries if (n := number(spreadsheet, scorecard, grid.name, *t)) not in standing.ids)
    names = [grid.name, *(f"{grid.name} {scorecard} {t}".rstrip() for t in tries)]
    return sheet_id, next(name for name in names if name.lower() not in standing.titles)


def _range(title: str) -> str:
    """The whole tab in A1 notation."""
    return "'" + title.replace("'", "''") + "'"
