"""Tabs of what a scorecard shows."""

from collections.abc import Iterable
from datetime import datetime

from core.catalog import Definition
from core.due import without_holes
from core.grid import Grid, build
from core.ledger import readings
from core.ledger.restatements import restatements
from core.pages import Page
from core.periods import Cadence, Period
from core.pipeline.reading import unhealthy
from core.pipeline.session import Session
from core.pipeline.views import View
from core.readings import Reading
from core.units import counted

NOTED = 3  # restatements that a cell's note tells; `kpi history --revisions` tells them all


def shown(view: View) -> dict[readings.Key, Reading]:
    """One reading for every KPI and due period, holes shown as missing."""
    found: dict[readings.Key, Reading] = {}
    for definition in view.definitions:
        mine = {period: lines[-1].reading for period, lines in view.lines[definition.key].items()}
        if began := view.began.get(definition.key):
            for reading in without_holes(definition, mine, began, view.today):
                found[reading.kpi, reading.period] = reading
    return found


def tab_grids(session: Session, view: View) -> list[Grid]:
    """One grid for each page that has numbers, oldest first; of a year the weeks, the months, the days."""
    everything, remarks = shown(view), cell_notes(view)
    pages, recorded = _pages(everything.values()), _recorded(view)
    newest = {page.cadence: page for page in pages}
    grids = []
    for page in pages:
        is_newest = page == newest[page.cadence]  # badges are of the data as it is now
        badges = _badges(session, view, page.cadence) if is_newest else []
        about = "  ·  ".join(filter(None, [recorded.get(page, ""), *badges]))
        grids.append(
            build(
                view.scorecard,
                view.card,
                view.definitions,
                page,
                everything,
                notes=remarks,
                as_of=about,
                blocks=view.blocks,
            )
        )
    return grids


def _pages(everything: Iterable[Reading]) -> list[Page]:
    """Those with numbers, and the newest of each kind: there also while all its periods are missing."""
    with_numbers: set[Page] = set()
    newest: dict[Cadence, Page] = {}
    for reading in everything:
        page = Page.of(reading.period)
        if reading.value is not None:
            with_numbers.add(page)
        newest[page.cadence] = max(page, newest.get(page.cadence, page), key=lambda p: p.order)
    return sorted(with_numbers | {newest[page.cadence] for page in with_numbers}, key=lambda p: p.order)


def cell_notes(view: View) -> dict[readings.Key, str]:
    """By KPI and period: what it was before it was restated, and what people say of it; of the newest, what limits its
    change breaks."""
    told: dict[readings.Key, list[str]] = {}
    for definition in view.definitions:
        unit, zone = definition.kpi.unit, view.card.zone
        for period, lines in view.lines[definition.key].items():
            found = restatements(lines)[-NOTED:]
            told[definition.key, period] = [r.sentence(unit, zone, period.year) for r in reversed(found)]
        if view.lines[definition.key]:
            newest = max(view.lines[definition.key], key=lambda period: period.start)
            told[definition.key, newest].insert(0, _alarm(definition, view, newest))
    for key, said in view.notes.items():
        told.setdefault(key, []).extend(f"{note.body} ({note.actor})" for note in said)
    return {key: "\n".join(filter(None, sentences)) for key, sentences in told.items() if any(sentences)}


def _alarm(definition: Definition, view: View, period: Period) -> str:
    """`Fell by 7.2 % from the week before: high severity.`"""
    kpi, lines = definition.kpi, view.lines[definition.key]
    now, before = (lines[one][-1].reading.value if one in lines else None for one in (period, period.shift(-1)))
    said = str(kpi.alarm(before, now) or "")
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _recorded(view: View) -> dict[Page, str]:
    """When the newest number of a page was recorded: a tab whose numbers stay is not touched for the time's sake."""
    moments: dict[Page, datetime] = {}
    for mine in view.lines.values():
        for period, lines in mine.items():
            page, newest = Page.of(period), max(line.recorded_at for line in lines)
            moments[page] = max(newest, moments.get(page, newest))
    return {page: f"{moment.astimezone(view.card.zone):%d %b %Y %H:%M}" for page, moment in moments.items()}


def _badges(session: Session, view: View, cadence: Cadence) -> list[str]:
    """What a contract warns of: published all the same, but said."""
    return [
        f"⚠ {load.dataset}: {counted(len(load.broken), 'broken rule') if load.broken else load.why} ({load.level})"
        for load in unhealthy(session, [d for d in view.definitions if d.kpi.cadence == cadence], view.read_at)
    ]
