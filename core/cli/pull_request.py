"""`kpi diff` as a comment for a pull request: Markdown, long lists folded."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from core.cli.compare import cells, flip, numbers
from core.units import counted

if TYPE_CHECKING:
    from core.pipeline.diff_report import Diff, KpiDiff

OPEN = 8  # rows that stand unfolded


def markdown(found: "Diff") -> Iterator[str]:
    """A heading, a summary, a table of the KPIs, then each with its periods, and the cells."""
    yield f"## KPIs against `{found.against}`"
    yield ""
    yield found.sentence()
    if found.kpis:
        yield ""
        yield from _table(
            ("KPI", "what changed", "restated", "flips"),
            [
                [f"`{k.change.name}`", plain(k.change.sentence()), str(len(k.restated)), str(len(k.flips))]
                for k in found.kpis
            ],
        )
    for kpi in found.kpis:
        yield from _kpi(kpi)
    if found.beside:
        yield ""
        yield from (
            f"- {plain(b.name)}: {plain(b.what)}" + (f" ({', '.join(b.kpis)})" if b.kpis else "") for b in found.beside
        )
    for tab in found.tabs:
        lines = [f"- {plain(line)}" for line in cells(tab)]
        yield from _folded(f"{tab.tab} of {tab.scorecard}: {counted(len(tab.cells), 'published cell')}", lines, True)
    yield ""
    yield f"Merge base {found.commit}. {found.numbers}".rstrip()
    yield from (f"\n**{plain(problem)}**" for problem in found.problems)


def _kpi(kpi: "KpiDiff") -> Iterator[str]:
    moved, remarks = [m for m in kpi.moved if not m.by_data], kpi.remarks()
    if not moved and not remarks:
        return
    yield ""
    yield f"### `{kpi.change.name}` {plain(kpi.title)}"
    if remarks:
        yield ""
        yield from (f"- {plain(remark)}" for remark in remarks)
    if moved:
        rows = [[plain(text) for text in (*numbers(m, kpi.unit), flip(m))] for m in moved]
        lines = list(_table(("period", "was", "becomes", "change", "status"), rows, right=(1, 2, 3)))
        yield from _folded(f"{counted(len(moved), 'period')}, newest {moved[-1].label}", lines, len(moved) > OPEN)


def _folded(summary: str, lines: Sequence[str], fold: bool) -> Iterator[str]:
    yield ""
    if fold:
        yield f"<details><summary>{plain(summary)}</summary>"
        yield ""
    yield from lines
    if fold:
        yield ""
        yield "</details>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---:' if n in right else '---' for n in range(len(head)))}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def plain(text: str) -> str:
    """Text that stays text: no table, no tag, no line of its own."""
    told = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return told.replace("&", "&amp;").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("`", "\\`")
