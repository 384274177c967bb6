"""Rows of segments in a tab: no target and no status, but the number, its state, and the shape of its weeks."""

from collections.abc import Mapping, Sequence

from core.looks import Cell, Look, Place, Tone, number_format, one_line, painted, paragraph
from core.pages import noun
from core.periods import Period
from core.readings import State
from core.segments import Block, Row
from core.targets import Status

_UNSEEN = Look(Tone.NUMBER, ";;;")
"""The key of a row is longer than a number: it stands in its cell, and its format shows nothing of it."""


def block_cells(block: Block, left: Sequence[str], periods: Sequence[Period], last: Period) -> dict[Place, Cell]:
    """`last` is the latest period that a KPI of the tab has a number for: up to it the segments are due as well."""
    began = min(period.start for period in block.periods)
    due = {period for period in periods if began <= period.start <= last.start}
    cells: dict[Place, Cell] = {}
    for row in block.rows:
        told = _left(row, block.owner) if row.unit else _heading(row)
        cells |= {(row.key, column): cell for column, cell in told.items() if column in left}
        if row.unit:
            cells |= {(row.key, period.label): _cell(row, period, due=period in due) for period in periods}
    return cells


def _heading(row: Row) -> Mapping[str, Cell]:
    title = Cell(one_line(row.title), Look(Tone.NAME), paragraph(row.note))
    return {"number": Cell(row.key, _UNSEEN), "title": title}


def _left(row: Row, owner: str) -> Mapping[str, Cell]:
    return {
        "number": Cell(row.key, _UNSEEN),
        "title": Cell(one_line(row.title), Look(Tone.DETAIL)),
        "owner": Cell(one_line(owner), Look(Tone.DETAIL)),
        "unit": Cell(one_line(row.unit) or None, Look(Tone.DETAIL)),
        "group": Cell(None, Look(Tone.DETAIL)),
        "target": Cell(None, Look(Tone.TARGET, number_format(row.unit, None))),
        "trend": Cell(None, Look(Tone.TREND)),
    }


def _cell(row: Row, period: Period, *, due: bool) -> Cell:
    if period not in row.numbers:
        if not due:
            return Cell(None, Look(Tone.PLAIN, number_format(row.unit, None)))
        why = f"Missing: this {noun(period.cadence)} is due, but its segments were not recorded."
        return Cell(None, Look(Tone.FAILED, number_format(row.unit, None)), why, state=State.MISSING)
    number, state = row.numbers[period]
    tone, mark = painted(state, Status.UNKNOWN)
    look = Look(tone, number_format(row.unit, number.value), mark if number.value is not None else "")
    return Cell(number.value, look, "", Status.UNKNOWN, state)
