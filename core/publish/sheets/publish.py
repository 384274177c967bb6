"""Brings the tabs of one spreadsheet to what the grids say: one read, and one write for each tab that differs.

Whatever goes wrong on the line is healed by looking again: what stands in the sheet decides what is still to do,
never what was sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from core.errors import PublishError
from core.google.answers import Refused, Uncertain
from core.google.client import Sheets
from core.grid import Grid
from core.publish.outcome import Intend, Outcome, nothing
from core.publish.plan import Operation, Plan, Policy, plan
from core.publish.published import TITLE, TOKEN, VIEW, Mark, Published
from core.publish.sheets.batches import LARGEST, batches
from core.publish.sheets.build import tab_content, tab_frame
from core.publish.sheets.edits import edit_batches
from core.publish.sheets.find import Known, Standing, find_tabs, free_place, look_around
from core.publish.sheets.read import OpenTab, open_tab
from core.publish.sheets.slips import READ_BACK, Written, undo
from core.publish.sheets.tags import token
from core.publish.sheets.words import Json
from core.units import counted

_LOOKS_AT_A_MOVING_SHEET = 5
"""People may move rows while we write. Then nothing was written, and we look again; but not for ever."""


@dataclass
class Target:
    """One scorecard's tabs in one spreadsheet, and what was left there: what landed last and was announced since."""

    sheets: Sheets
    spreadsheet: str
    scorecard: str
    stored: list[Published] = field(default_factory=list)
    largest: int = LARGEST  # bytes of one batch

    @property
    def url(self) -> str:
        return f"https://docs.google.com/spreadsheets/d/{self.spreadsheet}"

    def left(self, tab: str) -> list[Mapping[tuple[str, str], Mark]]:
        return [published.tabs.get(tab, {}) for published in self.stored]


@dataclass(frozen=True)
class _Step:
    """What one tab needs."""

    plan: Plan
    batches: Sequence[Sequence[Json]]
    written: Written | None = None  # of a tab that people may be sorting just now
    healed: Sequence[str] = ()


def publish(
    grids: Sequence[Grid],
    target: Target,
    policy: Policy = "keep theirs",
    *,
    dry_run: bool = False,
    intend: Intend = nothing,
) -> Outcome:
    """Raises SheetsError: nothing is lost then, and the next publish does what was left undone."""
    done: list[Operation] = []
    healed: list[str] = []
    for attempt in range(1, 10**6):
        steps = _steps(grids, target, policy, token_hex(6))
        due = [operation for step in steps.values() for operation in step.plan.operations]
        edits = [edit for step in steps.values() for edit in step.plan.edits]
        healing = [told for step in steps.values() for told in step.healed]
        if dry_run:
            kept = target.stored[0] if target.stored else Published()
            return Outcome(target.url, due, edits, kept, written=False, healed=healing)
        published = _left(target, steps)
        if not any(step.batches for step in steps.values()):
            return Outcome(target.url, done, edits, published, written=bool(done or healed), healed=healed)
        done, healed = done or due, healed or healing
        intend(published)
        target.stored.append(published)
        if _sent(target, list(steps.values()), attempt):
            return Outcome(target.url, done, edits, published, written=True, healed=healed)
    raise AssertionError("the budget of time ends before the attempts do")


def _sent(target: Target, steps: Sequence[_Step], attempt: int) -> bool:
    """Whether everything landed for sure, and where it should; otherwise one has to look."""
    try:
        stands = [_stands(target, step) for step in steps if step.batches]
    except Uncertain:
        target.sheets.pause(attempt)
        return False
    except Refused as refused:
        if attempt >= _LOOKS_AT_A_MOVING_SHEET:
            raise PublishError(
                f"Google refused to change the spreadsheet {target.url}: {refused.what}",
                next_step="Somebody may have protected a part of the tab, or be moving rows all the time.",
            ) from None
        return False
    return all(stands)


def _stands(target: Target, step: _Step) -> bool:
    """Writes one tab. False: people had sorted it meanwhile, and what went astray was put back."""
    *others, last = step.batches
    for batch in others:
        target.sheets.write(target.spreadsheet, {"requests": list(batch)})
    if step.written is None:
        target.sheets.write(target.spreadsheet, {"requests": list(last)})
        return True
    asked = {"requests": list(last), **step.written.read_back}
    answer = target.sheets.write(target.spreadsheet, asked, fields=READ_BACK)
    if not step.written.slipped(answer):
        return True
    undo(target.sheets, target.spreadsheet, step.written)
    return False


def _steps(grids: Sequence[Grid], target: Target, policy: Policy, name: str) -> dict[str, _Step]:
    """By tab. `name` is the token that the tabs will bear."""
    known = {grid.name: _known(target, grid.name) for grid in grids}
    standing = find_tabs(target.sheets, target.spreadsheet, target.scorecard, known)
    opened = {
        grid.name: open_tab(sheet, grid, target.left(grid.name)) if (sheet := standing.sheets.get(grid.name)) else None
        for grid in grids
    }
    if None in opened.values() and not standing.ids:  # a tab that was known holds our dates no more
        standing, _ = look_around(target.sheets, target.spreadsheet)
    found: dict[str, _Step] = {}
    for grid in grids:
        tab = opened[grid.name]
        found[grid.name] = (
            _changed(tab, grid, policy, name, target.largest) if tab else _new(target, grid, standing, name)
        )
    return found


def _known(target: Target, tab: str) -> Known | None:
    """Where the tab was when it was last published; None where it never was."""
    found = [marks[TITLE] for marks in target.left(tab) if TITLE in marks]
    return Known(int(found[-1].look), found[-1].value) if found else None


def _changed(tab: OpenTab, grid: Grid, policy: Policy, name: str, largest: int) -> _Step:
    found = plan(grid, tab.snapshot, tab.marks, policy)
    waiting, written = edit_batches(tab, grid, found.operations, name, largest)
    bears = name if waiting else tab.head.token
    marks = {**found.marks, TITLE: Mark(tab.head.title, str(tab.head.sheet_id)), TOKEN: Mark(bears)}
    return _Step(Plan(found.operations, found.edits, marks), waiting, written, list(_healed(tab, grid)))


def _healed(tab: OpenTab, grid: Grid) -> Iterator[str]:
    """Told also where no cell changes: the sheet is written to all the same."""
    rows = [key for key in tab.snapshot.moved if key in grid.kpis]
    columns = len(tab.snapshot.moved) - len(rows)
    lines = [counted(count, what) for count, what in ((len(rows), "row"), (columns, "column")) if count]
    if lines:
        yield f"{grid.name}: new tags for {' and '.join(lines)} that had lost theirs"
    if tab.stale_trends:
        yield f"{grid.name}: new trends for {counted(len(tab.stale_trends), 'row')}"


def _new(target: Target, grid: Grid, standing: Standing, name: str) -> _Step:
    found = plan(grid, None, {})
    sheet_id, title = free_place(target.spreadsheet, target.scorecard, grid, standing)
    standing.taken(sheet_id, title)
    frame = tab_frame(sheet_id, target.scorecard, title, grid, standing.ranges)
    marks = {**found.marks, TITLE: Mark(title, str(sheet_id)), TOKEN: Mark(name)}
    marks.pop(VIEW, None)  # the API cannot scroll
    return _Step(
        Plan(found.operations, [], marks),
        batches(tab_content(sheet_id, grid), first=frame, last=token(sheet_id, name), largest=target.largest),
    )


def _left(target: Target, steps: Mapping[str, _Step]) -> Published:
    before = target.stored[-1].tabs if target.stored else {}
    return Published(tabs={**before, **{tab: step.plan.marks for tab, step in steps.items()}})
