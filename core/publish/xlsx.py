"""Publishing to a workbook file: made once with xlsxwriter, and from then on only our cells change.

Whatever people did to the file in between stays: their rows, columns, order, formats, formulas, notes, tabs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.grid import Grid
from core.looks import Place
from core.publish.atomic import read_file, replace_file
from core.publish.graft import graft
from core.publish.open_tab import find_tab, styles_part
from core.publish.outcome import Intend, Outcome, nothing
from core.publish.package import not_a_workbook, open_package
from core.publish.plan import AddColumn, AddRow, AddTab, Plan, Policy, plan
from core.publish.published import Mark, Published
from core.publish.tab_edits import carry_out
from core.publish.workbook import create


def publish(
    grids: Sequence[Grid],
    path: Path,
    last: Published,
    policy: Policy = "keep theirs",
    *,
    dry_run: bool = False,
    intend: Intend = nothing,
) -> Outcome:
    """Brings the workbook to what the grids say; a file that says so already is not touched.

    Raises PublishError with the file left as it was.
    """
    data = read_file(path)
    if data is None:
        plans = [plan(grid, None, {}, policy) for grid in grids]
        return _finish(path, last, plans, grids, None, create(grids), intend, dry_run=dry_run, anew=True)
    try:
        plans, new = _reconciled(grids, path, data, last, policy)
    except (ValueError, KeyError, IndexError, TypeError, StopIteration, AssertionError) as error:
        # A part that says something no program writes: the file is not as a workbook should be.
        raise not_a_workbook(path, str(error) or type(error).__name__) from None
    return _finish(path, last, plans, grids, data, new, intend, dry_run=dry_run)


def _reconciled(
    grids: Sequence[Grid], path: Path, data: bytes, last: Published, policy: Policy
) -> tuple[list[Plan], bytes]:
    package = open_package(data, path)
    before = dict(package.parts)
    plans = []
    for grid in grids:
        marks = last.tabs.get(grid.name, {})
        tab = find_tab(package, grid, marks)
        found = plan(grid, tab.snapshot if tab else None, marks, policy)
        plans.append(found)
        if tab is None:
            graft(package, grid, styles_part(package), path.name)
        elif found.operations:
            carry_out(package, tab, grid, found.operations)
    if _may_make_anew(grids, data, last, plans):
        return plans, create(grids)
    return plans, data if package.parts == before else package.to_bytes()


def _may_make_anew(grids: Sequence[Grid], data: bytes, last: Published, plans: Sequence[Plan]) -> bool:
    """Rows in their order and tabs in theirs, where nobody has touched the file and nothing would be lost."""
    if checksum(data) != last.checksum or any(p.edits for p in plans):
        return False
    if not any(isinstance(step, AddTab | AddRow | AddColumn) for p in plans for step in p.operations):
        return False
    wanted = {grid.name: set(grid.rows) for grid in grids}
    return all(tab in wanted and _rows(marks) <= wanted[tab] for tab, marks in last.tabs.items())


def _rows(marks: Mapping[Place, Mark]) -> set[str]:
    return {row for row, _ in marks} - {"view"}


def _finish(
    path: Path,
    last: Published,
    plans: Sequence[Plan],
    grids: Sequence[Grid],
    old: bytes | None,
    new: bytes,
    intend: Intend,
    *,
    dry_run: bool,
    anew: bool = False,
) -> Outcome:
    changes = [step for p in plans for step in p.operations]
    edits = [edit for p in plans for edit in p.edits]
    if dry_run:
        return Outcome(str(path), changes, edits, last, written=False)
    others = {} if anew else last.tabs
    tabs = {**others, **{grid.name: p.marks for grid, p in zip(grids, plans, strict=True)}}
    published = Published(_left(old, new, last), tabs)
    if new != old:
        intend(published)
        replace_file(path, new, unchanged=lambda: read_file(path) == old)
    return Outcome(str(path), changes, edits, published, written=new != old)


def _left(old: bytes | None, new: bytes, last: Published) -> str:
    """The file is "as we left it" only if no person's work has gone into it."""
    if old is None or checksum(old) == last.checksum:
        return checksum(new)
    return last.checksum


def checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
