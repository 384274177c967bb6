"""Yearly tabs of what a scorecard shows."""

from core.due import without_holes
from core.grid import Grid, build
from core.ledger import readings
from core.ledger.restatements import restatements
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


def yearly_grids(session: Session, view: View) -> list[Grid]:
    """One grid a year that has numbers, oldest first."""
    everything, remarks = shown(view), cell_notes(view)
    latest = max((period for _, period in everything), key=lambda period: period.start, default=None)
    with_numbers = {r.period.year for r in everything.values() if r.value is not None}
    wanted = sorted(with_numbers | ({latest.year} if latest and with_numbers else set()))
    badges = {wanted[-1]: _badges(session, view)} if wanted else {}  # of the data as it is now
    about = {year: "  ·  ".join(filter(None, [_recorded(view, year), *badges.get(year, [])])) for year in wanted}
    return [
        build(view.scorecard, view.card, view.definitions, year, everything, notes=remarks, as_of=about[year])
        for year in wanted
    ]


def cell_notes(view: View) -> dict[readings.Key, str]:
    """By KPI and period: what it was before it was restated, and what people say of it."""
    told: dict[readings.Key, list[str]] = {}
    for definition in view.definitions:
        unit, zone = definition.kpi.unit, view.card.zone
        for period, lines in view.lines[definition.key].items():
            found = restatements(lines)[-NOTED:]
            told[definition.key, period] = [r.sentence(unit, zone, period.year) for r in reversed(found)]
    for key, said in view.notes.items():
        told.setdefault(key, []).extend(f"{note.body} ({note.actor})" for note in said)
    return {key: "\n".join(sentences) for key, sentences in told.items() if sentences}


def _recorded(view: View, year: int) -> str:
    """When the newest number of the year was recorded: a tab whose numbers stay is not touched for the time's sake."""
    moments = [
        line.recorded_at
        for mine in view.lines.values()
        for period, lines in mine.items()
        if period.year == year
        for line in lines
    ]
    return f"{max(moments).astimezone(view.card.zone):%d %b %Y %H:%M}" if moments else ""


def _badges(session: Session, view: View) -> list[str]:
    """What a contract warns of: published all the same, but said."""
    return [
        f"⚠ {load.dataset}: {counted(len(load.broken), 'broken rule') if load.broken else load.why} ({load.level})"
        for load in unhealthy(session, view.definitions, view.read_at)
    ]
