"""kpi diff: what a branch changes, before it is merged."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from core.cli.output import MARKS, paint, progress, say, table, tell, tell_json
from core.errors import MisuseError
from core.pipeline.session import open_session
from core.targets import Status
from core.units import counted, is_share, show

if TYPE_CHECKING:
    from core.pipeline.diff_report import Diff, KpiDiff, Moved
    from core.pipeline.touched_cells import Cell, Touched

SHOWN = 13  # periods of a KPI in the text: the newest; JSON and Markdown hold them all


@click.command("diff")
@click.argument("selectors", nargs=-1)
@click.option(
    "--against", metavar="REF", default="main", show_default=True, help="The branch or commit to compare with."
)
@click.option("--from", "first", metavar="PERIOD", default="", help="First recorded period (default: the last 53).")
@click.option("--to", "last", metavar="PERIOD", default="", help='Last recorded period, or "last".')
@click.option("--numbers/--no-numbers", default=True, help="Evaluate the changed KPIs and compare with the ledger.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when a recorded number would be another.")
@click.option("--json", "as_json", is_flag=True, help="The whole comparison as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="As a comment for a pull request.")
@click.pass_context
def diff_command(
    context: click.Context,
    selectors: tuple[str, ...],
    against: str,
    first: str,
    last: str,
    numbers: bool,
    exit_code: bool,
    as_json: bool,
    as_markdown: bool,
) -> int:
    """Which KPIs differ from where this branch left main, and what merging it would restate; nothing is recorded.

    The working tree counts as now, uncommitted edits included. White space and comments in a query are no change.
    """
    from core.pipeline.diffing import diff

    if as_json and as_markdown:
        raise MisuseError("--json and --markdown contradict each other: take one.")
    with open_session(context.obj) as session, progress("Evaluating") as bar:
        found = diff(session, selectors, against=against, first=first, last=last, ask_database=numbers, progress=bar)
    if as_json:
        tell_json(found.as_json())
    elif as_markdown:
        from core.cli.pull_request import markdown

        for line in markdown(found):
            tell(line)
    else:
        _tell(found)
    return 1 if found.problems or (exit_code and found.restates) else 0


def _tell(found: "Diff") -> None:
    for kpi in found.kpis:
        for line in _kpi(kpi):
            tell(line)
    for other in found.beside:
        tell(paint(other.name, bold=True) + f"  {other.what}")
        if other.kpis:
            tell(f"  {', '.join(other.kpis)} {'rests' if len(other.kpis) == 1 else 'rest'} on it")
    for tab in found.tabs:
        tell(paint(f"{tab.tab} of {tab.target}", bold=True))
        for line in cells(tab):
            tell(f"  {line}")
    say(paint(f"Against {found.against} at {found.commit}. {found.numbers}".rstrip(), dim=True))
    for problem in found.problems:
        say(paint(problem, "red"))
    tell(found.sentence())


def _kpi(kpi: "KpiDiff") -> Iterator[str]:
    yield paint(kpi.change.name, bold=True) + paint(
        f"  {kpi.change.key.partition('.')[2]} {kpi.title}".rstrip(), dim=True
    )
    for kind, told in kpi.change.kinds.items():
        yield f"  {paint(str(kind), 'yellow')}" + (f": {told}" if told else "")
    moved = [m for m in kpi.moved if not m.by_data]
    rows = [[*numbers(m, kpi.unit), _flip(m)] for m in moved[-SHOWN:]]
    for line in table(rows, right=(1, 2, 3)):
        yield f"    {line}"
    if len(moved) > SHOWN:
        yield f"    and {len(moved) - SHOWN} before, from {moved[0].label}: --json tells them all"
    for remark in kpi.remarks():
        yield f"  {paint(remark, 'magenta')}"


def numbers(moved: "Moved", unit: str) -> list[str]:
    """Period, what it was, what it becomes, and by how much."""
    return [moved.label, show(moved.was.value, unit), show(moved.becomes.value, unit), _change(moved, unit)]


def _change(moved: "Moved", unit: str) -> str:
    """`+3 orders (+50.0 %)`; of shares the points alone."""
    change, was = moved.change, moved.was.value
    if not change:
        return ""
    points = show(change, unit)
    told = points if change < 0 else f"+{points}"
    return told if is_share(unit) or not was else f"{told} ({change / abs(was):+.1%})".replace("%)", " %)")


def _flip(moved: "Moved") -> str:
    if not moved.flips:
        return paint(*MARKS[moved.status])
    return f"{_mark(moved.status_was)} → {_mark(moved.status)} {flip(moved)}"


def flip(moved: "Moved") -> str:
    """`on to off`."""
    return f"{moved.status_was} to {moved.status}" if moved.flips else ""


def _mark(status: Status) -> str:
    return paint(*MARKS[status]) or "–"


def cells(tab: "Touched") -> Iterator[str]:
    """Row by row, how many cells and where."""
    for row in dict.fromkeys(cell.row for cell in tab.cells):
        mine = [cell for cell in tab.cells if cell.row == row]
        yield f"row {row}: {counted(len(mine), 'cell')}: {_columns(mine)}"
    if tab.new_rows:
        yield f"new rows: {', '.join(tab.new_rows)}"


def _columns(mine: Sequence["Cell"]) -> str:
    if len(mine) <= 4:
        return ", ".join(cell.column for cell in mine)
    return f"{mine[0].column} … {mine[-1].column}"
