"""What a comparison of definitions rests on: both ends, what is on record, and the sources as they are now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.catalog import Definition
from core.evaluate import Sources
from core.grid import Grid
from core.ledger import names, readings, runs
from core.ledger.evidence import Profile
from core.ledger.rules import Recorded
from core.periods import Period, Week, starting
from core.pipeline.changes import Change, Kind
from core.pipeline.renumbering import Progress, Renumbered, Work, renumber
from core.pipeline.session import Session
from core.pipeline.sides import Side
from core.pipeline.soundness import checks_of, unsound
from core.pipeline.tabs import tab_grids
from core.pipeline.under_way import family, sources_for
from core.pipeline.views import View
from core.readings import Reading
from core.units import counted


@dataclass(frozen=True)
class Bench:
    """`known` is all that stands in the ledger for the scorecards at hand; `refused` says why a run would not touch
    a KPI's recorded periods."""

    session: Session
    before: Side
    now: Side
    known: readings.Current
    named: Mapping[str, names.Named]
    sources: Sources
    profiles: Mapping[str, Profile]
    refused: Mapping[str, str]

    def evaluate(self, side: Side, work: Work, progress: Progress | None = None) -> Renumbered:
        """These periods by the definitions of one end, from the sources of now."""
        asked = [side.catalog.by_name[key] for key, periods in work.items() if periods]
        if not asked:
            return Renumbered(self.known)
        checks = checks_of(side.catalog, family(side.catalog, asked), self.named)
        sources = replace(self.sources, catalog=side.catalog, unsound=unsound(checks))
        return renumber(work, sources, self.known, self.profiles, self.session.settings.pool, progress)

    def tabs(self, side: Side, scorecard: str, moves: Mapping[readings.Key, Reading]) -> list[Grid]:
        """The tabs by the definitions of one end, where `moves` stand in the place of what is recorded."""
        card = side.catalog.scorecards.get(scorecard)
        if card is None:
            return []
        mine = [d for d in side.catalog.definitions if d.scorecard == scorecard]
        with self.session.ledger() as connection:
            began = {key: reach.first for key, reach in readings.reaches(connection, mine).items()}
        lines = {
            d.key: {p: [replace(r, reading=moves.get((d.key, p), r.reading))] for p, r in self.known[d.key].items()}
            for d in mine
        }
        now, today = self.session.now(), self.session.today(card)
        return tab_grids(self.session, View(scorecard, card, mine, lines, began, {}, now, today))


def open_bench(
    session: Session, before: Side, now: Side, changed: Sequence[Change], scorecards: Sequence[str]
) -> Bench:
    """Reads the ledger, and checks tables that other systems fill; keeps nothing."""
    differing = [c.now for c in changed if c.now and c.number_may_differ]
    everyone = family(now.catalog, differing)
    cards = {*scorecards, *(c.key.partition(".")[0] for c in changed), *(d.scorecard for d in everyone)}
    both = {d.key: d for side in (before, now) for d in side.catalog.definitions}
    concerned = [d for d in both.values() if d.scorecard in cards]  # their tabs are compared as a whole
    first, last = starting("daily", date.min), starting("daily", date.max)
    with session.ledger() as connection:
        known = readings.current(connection, concerned, first, last, evidence=True)
        named = names.names(connection, concerned)
    sources = sources_for(session, differing, {}, run=0)
    with session.ledger() as connection:
        profiles = runs.profiles(connection, sources.loads)
    refused = _refused(now, [c for c in changed if c.now], known, named)
    return Bench(session, before, now, known, named, sources, profiles, refused)


def _refused(
    now: Side, changed: Sequence[Change], known: readings.Current, named: Mapping[str, names.Named]
) -> dict[str, str]:
    """By key: why the recorded periods stay as they are, whatever is evaluated."""
    definitions = [change.now for change in changed if change.now]
    found = names.reused_numbers(definitions, named)
    found |= {d.key: why for d in definitions if (why := _other_weeks(d, known.get(d.key, {})))}
    resting = {
        d.key: f"It rests on {', '.join(below)}: see there."
        for d in now.catalog.definitions
        if (below := [p.name for p in family(now.catalog, [d]) if p.key in found and p.key != d.key])
    }
    others = {c.key: _other_kind(c.now, known.get(c.key, {})) for c in changed if c.now and Kind.CADENCE in c.kinds}
    return {key: why for key, why in {**others, **resting, **found}.items() if why}


def _other_weeks(definition: Definition, known: Mapping[Period, Recorded]) -> str:
    weekday = definition.card.first_weekday
    other = [period for period in known if isinstance(period, Week) and period.start.weekday() != weekday]
    if not other:
        return ""
    return (
        f"{counted(len(other), 'week')} on record start on another day than {definition.card.week_start}: a run puts "
        "no others beside them. Keep the old week_start, or give the KPI a new number."
    )


def _other_kind(definition: Definition, known: Mapping[Period, Recorded]) -> str:
    other = [period for period in known if period.cadence != definition.kpi.cadence]
    return f"{counted(len(other), 'period')} on record of another kind stay as they are." if other else ""
