"""A sort between our read and our write: our numbers then stand in rows of others, and this puts it right.

Google does not notice a sort: tags stay where they are. So the last batch of a publish reads back the column of KPI
numbers. Where it is not as we had read it, what we wrote into rows that had changed places is undone: the row's other
cells tell which row it was, and so what stood there before.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from core.google.client import Sheets
from core.publish.addresses import letters
from core.publish.sheets.cells import At, Draft, write_cells
from core.publish.sheets.read import EVERYTHING, cells_of, head
from core.publish.sheets.tags import token
from core.publish.sheets.words import FACE, Json, token_of

READ_BACK = "updatedSpreadsheet.sheets.data(startRow,rowData.values.userEnteredValue)"


@dataclass(frozen=True)
class Written:
    """What one tab was written to: its cells as they were read, where our own new rows have moved them."""

    sheet_id: int
    title: str
    key_column: int
    before: Mapping[At, Json]
    places: frozenset[At]
    token: str  # the one before ours

    @property
    def read_back(self) -> Json:
        """What a batch asks for beside its requests."""
        title, column = self.title.replace("'", "''"), letters(self.key_column)
        asked = {"includeSpreadsheetInResponse": True, "responseIncludeGridData": True}
        return {**asked, "responseRanges": [f"'{title}'!{column}:{column}"]}

    def slipped(self, answer: Json) -> bool:
        """Whether the KPI numbers stand elsewhere than they did."""
        (sheet,) = answer.get("updatedSpreadsheet", {}).get("sheets") or [{}]
        now = {at[0]: key for at, cell in cells_of(sheet).items() if (key := token_of(cell))}
        column = self.key_column
        then = {at[0]: key for at, cell in self.before.items() if at[1] == column and (key := token_of(cell))}
        ours = {at[0] for at in self.places if at[1] == column}
        return any(now.get(row, "") != then.get(row, "") for row in now.keys() | then.keys() if row not in ours)


def undo(sheets: Sheets, spreadsheet: str, written: Written) -> None:
    """Puts back what stood in the rows that were written to by mistake. Raises SheetsError."""
    title = written.title.replace("'", "''")
    answer = sheets.read(spreadsheet, fields=EVERYTHING, ranges=[f"'{title}'"])
    (sheet,) = answer.get("sheets") or [{}]
    if not sheet or head(sheet).sheet_id != written.sheet_id:
        return
    drafts = _restored(written, cells_of(sheet))
    if drafts:
        requests = [*write_cells(written.sheet_id, drafts), *token(written.sheet_id, written.token, head(sheet).token)]
        sheets.write(spreadsheet, {"requests": requests})


def _restored(written: Written, now: Mapping[At, Json]) -> dict[At, Draft]:
    columns = {column for _, column in written.places}
    then_by_row, now_by_row = _rows(written.before, columns), _rows(now, columns)
    counts = Counter(then_by_row.values())
    home = {seen: row for row, seen in then_by_row.items() if counts[seen] == 1}
    drafts = {}
    for row, column in written.places:
        seen = now_by_row.get(row, ())
        if seen != then_by_row.get(row, ()) and seen in home:
            drafts[row, column] = _as_it_was(written.before.get((home[seen], column), {}))
    return drafts


def _rows(cells: Mapping[At, Json], without: set[int]) -> dict[int, tuple[tuple[int, str], ...]]:
    """What stands in each row beside the columns that were written to."""
    found: dict[int, list[tuple[int, str]]] = {}
    for (row, column), cell in sorted(cells.items()):
        if column not in without and (said := token_of(cell)) and not said.startswith("="):
            found.setdefault(row, []).append((column, said))
    return {row: tuple(seen) for row, seen in found.items()}


def _as_it_was(cell: Json) -> Draft:
    draft = Draft()
    draft.value(cell.get("userEnteredValue", {}))
    draft.note(cell.get("note", ""))
    form = cell.get("userEnteredFormat", {})
    for part in FACE:
        what = form
        for name in part.split("."):
            what = what.get(name) if isinstance(what, dict) else None
        draft.paint(part, what)
    return draft
