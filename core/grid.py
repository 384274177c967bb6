"""A tab as data: rows, columns and cells. Unknown is empty, never 0. No Google, no Excel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.catalog import Definition
from core.errors import PublishError
from core.groups import group, rank
from core.kpi import Scorecard
from core.looks import LEGEND, Cell, Look, Place, Tone, number_format, one_line, painted, paragraph
from core.pages import Page, heading, noun
from core.periods import Period, parse
from core.readings import Reading, State
from core.segment_rows import block_cells
from core.segments import Block

HEAD_ROWS = ("title", "about", "legend", "dates", "weeks")
"""The last is the row of headings, whatever its periods are: published tabs know it by this key."""
LEFT_BLOCK = ("number", "title", "owner", "unit", "target", "trend")
GROUP = "group"
"""A column right of the unit, where a KPI has a tier or a type."""
HEADINGS = dict(zip(LEFT_BLOCK, ("#", "KPI", "Owner", "Unit", "Target", "Trend"), strict=True)) | {GROUP: "Tier · type"}
IN_VIEW = 10  # periods


@dataclass(frozen=True)
class Grid:
    """One tab. `rows` and `columns` are keys in their order; a place without a cell belongs to people."""

    page: Page
    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[Place, Cell]
    latest: str = ""  # the last period that has a reading

    @property
    def name(self) -> str:
        return self.page.name

    @property
    def year(self) -> int:
        return self.page.year

    @property
    def kpis(self) -> Sequence[str]:
        """Rows below the headings: KPIs, and the segments below them."""
        return self.rows[len(HEAD_ROWS) :]

    @property
    def measured(self) -> Sequence[str]:
        """Those that bear numbers and their trend; the heading of a block does not."""
        return [row for row in self.kpis if (row, "trend") in self.cells]

    @property
    def left(self) -> Sequence[str]:
        return self.columns[: self.columns.index(LEFT_BLOCK[-1]) + 1]

    @property
    def periods(self) -> Sequence[str]:
        return self.columns[len(self.left) :]

    @property
    def first_in_view(self) -> str:
        """The period at the left edge when the tab is opened, so that the latest is in sight."""
        if not self.latest:
            return self.periods[0]
        return self.periods[max(0, self.periods.index(self.latest) - IN_VIEW + 1)]


def build(
    scorecard_name: str,
    card: Scorecard,
    definitions: Sequence[Definition],
    page: Page,
    readings: Mapping[tuple[str, Period], Reading],
    *,
    notes: Mapping[tuple[str, Period], str] | None = None,
    as_of: str = "",
    blocks: Sequence[Block] = (),
) -> Grid:
    """The tab of a page, with the KPIs that are measured over such periods, and below them the blocks of segments.

    `notes` says more about single cells (restated, corrected by hand); `as_of` ends the line below the title.
    Raises PublishError when a reading stands under another KPI or period than its own.
    """
    periods = page.periods(card.first_weekday)
    mine = [d for d in definitions if d.scorecard == scorecard_name and _stands_in(d, page, periods)]
    mine.sort(key=lambda d: (*rank(d.kpi), d.order))
    shown = {(d.number, p): _own(readings.get((d.key, p)), d, p) for d in mine for p in periods}
    latest = max((p for (_, p), r in shown.items() if r and r.has_number), key=lambda p: p.start, default=None)
    left = _left_columns(mine)
    cells = _head(card, page, left, latest, as_of)
    for definition in mine:
        cells |= _left_block(definition, left, latest or periods[-1])
        for period in periods:
            more = (notes or {}).get((definition.key, period), "")
            cells[definition.number, period.label] = _cell(definition, period, shown[definition.number, period], more)
    below = [block for block in blocks if not set(block.periods).isdisjoint(periods)]
    for block in below:
        cells |= block_cells(block, left, periods, latest or periods[-1])
    return Grid(
        page=page,
        title=one_line(card.title),
        rows=(*HEAD_ROWS, *(d.number for d in mine), *(row.key for block in below for row in block.rows)),
        columns=(*left, *(p.label for p in periods)),
        cells=cells,
        latest=latest.label if latest else "",
    )


def _stands_in(definition: Definition, page: Page, periods: Sequence[Period]) -> bool:
    """Of the page's cadence, and alive at some moment of it."""
    kpi = definition.kpi
    if kpi.cadence != page.cadence:
        return False
    begun = not kpi.since or parse(kpi.since).start < periods[-1].end
    return begun and (not kpi.retired or parse(kpi.retired).end > periods[0].start)


def _left_columns(definitions: Sequence[Definition]) -> Sequence[str]:
    if not any(group(d.kpi) for d in definitions):
        return LEFT_BLOCK
    at = LEFT_BLOCK.index("unit") + 1
    return (*LEFT_BLOCK[:at], GROUP, *LEFT_BLOCK[at:])


def _own(reading: Reading | None, definition: Definition, period: Period) -> Reading | None:
    if reading is not None and (reading.kpi, reading.period) != (definition.key, period):
        raise PublishError(
            f"A reading of {reading.kpi} for {reading.period.label} was about to stand under {definition.key} "
            f"in {period.label}.",
            next_step="Nothing was published. Read the ledger again with kpi history.",
        )
    return reading


def _head(card: Scorecard, page: Page, left: Sequence[str], latest: Period | None, as_of: str) -> dict[Place, Cell]:
    about = f"{card.owner}  ·  {page.told(card.first_weekday)}, {card.timezone}"
    cells = {
        ("title", "number"): Cell(f"{one_line(card.title)} {page.span}", Look(Tone.TITLE)),
        ("about", "number"): Cell(one_line(f"{about}  ·  {as_of}" if as_of else about), Look(Tone.ABOUT)),
        ("legend", "number"): Cell(LEGEND, Look(Tone.LEGEND)),
        ("dates", "trend"): Cell(page.date_heading, Look(Tone.DATE, "@")),
    }
    for column in left:
        look = Look(Tone.WEEK, "@") if column == "target" else Look(Tone.HEADING)
        cells["weeks", column] = Cell(HEADINGS[column], look)
    for period in page.periods(card.first_weekday):
        now = period == latest
        above = Look(Tone.LATEST_DATE if now else Tone.DATE, page.date_format)
        cells["dates", period.label] = Cell(period.start, above)
        cells["weeks", period.label] = Cell(heading(period), Look(Tone.LATEST_WEEK if now else Tone.WEEK, "@"))
    return cells


def _left_block(definition: Definition, left: Sequence[str], period: Period) -> dict[Place, Cell]:
    kpi, row = definition.kpi, definition.number
    goal = kpi.held_against(period)
    towards = {"higher": '"≥ "', "lower": '"≤ "'}.get(kpi.better, "")
    cells = {
        "number": Cell(row, Look(Tone.NUMBER)),
        "title": Cell(one_line(kpi.title), Look(Tone.NAME), paragraph(definition.doc)),
        "owner": Cell(one_line(kpi.owner), Look(Tone.DETAIL)),
        "unit": Cell(one_line(kpi.unit), Look(Tone.DETAIL)),
        GROUP: Cell(group(kpi) or None, Look(Tone.DETAIL)),
        "target": Cell(goal, Look(Tone.TARGET, towards + number_format(kpi.unit, goal))),
        "trend": Cell(None, Look(Tone.TREND)),
    }
    return {(row, column): cells[column] for column in left}


def _cell(definition: Definition, period: Period, reading: Reading | None, more: str) -> Cell:
    if reading is None or reading.state is State.RETIRED:
        return Cell(None, Look(Tone.PLAIN, number_format(definition.kpi.unit, None)), paragraph(more))
    verdict = definition.kpi.status(reading.value, period)
    tone, mark = painted(reading.state, verdict)
    look = Look(tone, number_format(definition.kpi.unit, reading.value), mark if reading.value is not None else "")
    note = paragraph("\n".join(filter(None, (_note(reading), more))))
    return Cell(reading.value, look, note, verdict, reading.state)


def _note(reading: Reading) -> str:
    """Why the state is what it is; a number that is simply final says nothing, an unknown one that it is no 0."""
    what = noun(reading.period.cadence)
    if reading.state is State.FINAL:
        unknown = f"Unknown: nothing to measure {'on' if what == 'day' else 'in'} this {what}."
        return reading.note or ("" if reading.value is not None else unknown)
    usual = {
        State.PROVISIONAL: f"a source has not passed the end of the {what} yet.",
        State.HELD: "a check failed. The last good number stays.",
        State.FAILED: "it could not be evaluated. The last good number stays.",
        State.MISSING: f"this {what} is due, but was never evaluated.",
    }
    return f"{reading.state.value.capitalize()}: {reading.note or usual[reading.state]}"
