"""Developer metadata: how rows, columns and the tab itself are known again wherever people move them.

It is also the only thing in the API that can make a batch conditional. `still_there` takes a row's tag away where
we saw it and gives it back with the same id: had somebody moved the row since, the first would find nothing, the
second would be refused for its id, and with it the whole batch. So nothing is written beside its row.
"""

from collections.abc import Iterable, Mapping

from core.grid import Grid
from core.publish.sheets.ids import COLUMN_KEY, ROW_KEY, TAB_KEY, TOKEN_KEY, number
from core.publish.sheets.words import Json

_DIMENSION = {ROW_KEY: "ROWS", COLUMN_KEY: "COLUMNS"}
_GUARDED = 100  # of more rows than that, the ends of each run and one in twenty


def home(scorecard: str, tab: str) -> str:
    """What the tab's own tag says it is: `success sc2026`."""
    return f"{scorecard} {tab}"


def tab_tags(sheet_id: int, scorecard: str, grid: Grid) -> list[Json]:
    """Every tag of a new tab but its token."""
    rows = [tag(sheet_id, ROW_KEY, key, at) for at, key in enumerate(grid.rows)]
    columns = [tag(sheet_id, COLUMN_KEY, key, at) for at, key in enumerate(grid.columns)]
    itself = _create(number(str(sheet_id), TAB_KEY), TAB_KEY, home(scorecard, grid.name), _sheet(sheet_id))
    return [itself, *rows, *columns]


def tag(sheet_id: int, kind: str, key: str, at: int) -> Json:
    return _create(number(str(sheet_id), kind, key), kind, key, _dimension(sheet_id, kind, at))


def tag_again(sheet_id: int, kind: str, key: str, at: int, old: int | None) -> list[Json]:
    """To where the key cell is now: sorting leaves tags behind."""
    return [*([_delete(old)] if old is not None else []), tag(sheet_id, kind, key, at)]


def token(sheet_id: int, text: str, old: str = "") -> list[Json]:
    """The tab's token, in place of the `old` one that stands there."""
    name = number(str(sheet_id), TOKEN_KEY)
    return [*([_delete(name)] if old else []), _create(name, TOKEN_KEY, text, _sheet(sheet_id))]


def still_there(sheet_id: int, kind: str, keys: Mapping[str, int], tags: Mapping[tuple[str, str], int]) -> list[Json]:
    """Requests that fail unless these rows or columns stand where they stood; without a tag one cannot tell."""
    found = []
    for key, at in _few(keys):
        if (name := tags.get((kind, key))) is not None:
            where = _dimension(sheet_id, kind, at)
            found += [_delete(name, where), _create(name, kind, key, where)]
    return found


def _few(keys: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    ordered = sorted(keys.items(), key=lambda item: item[1])
    if len(ordered) <= _GUARDED:
        return ordered
    places = [at for _, at in ordered]
    return [
        item
        for n, item in enumerate(ordered)
        if n % 20 == 0 or n in (0, len(ordered) - 1) or places[n - 1] + 1 != item[1] or places[n + 1] - 1 != item[1]
    ]


def _create(name: int, key: str, value: str, location: Json) -> Json:
    kept = {"metadataId": name, "metadataKey": key, "metadataValue": value, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": kept | {"location": location}}}


def _delete(name: int, location: Json | None = None) -> Json:
    lookup: Json = {"metadataId": name}
    if location:
        lookup |= {"metadataLocation": location, "locationMatchingStrategy": "EXACT_LOCATION"}
    return {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": lookup}}}


def _sheet(sheet_id: int) -> Json:
    return {"sheetId": sheet_id}


def _dimension(sheet_id: int, kind: str, at: int) -> Json:
    span = {"sheetId": sheet_id, "dimension": _DIMENSION[kind], "startIndex": at, "endIndex": at + 1}
    return {"dimensionRange": span}
