"""Publishing: the ledger's readings as yearly tabs, brought up to date in a workbook or in CSV files."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from core import write_points
from core.catalog import Definition
from core.due import without_holes
from core.errors import FactoryError
from core.grid import Grid, build
from core.ledger import readings, runs
from core.periods import Period
from core.pipeline.reading import unhealthy
from core.pipeline.session import Session
from core.publish.plan import Policy
from core.publish.published import Published
from core.readings import Reading, State
from core.units import counted

_WITHOUT_NUMBER = (State.HELD, State.FAILED, State.MISSING)


@dataclass(frozen=True)
class PublishOutcome:
    """What was done to one workbook or folder; `gaps` counts its held, failed and missing weeks."""

    scorecard: str
    path: str
    changes: int
    kept: Sequence[str]
    gaps: str


@dataclass
class PublishReport:
    outcomes: list[PublishOutcome] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def exit_code(self) -> int:
        return 1 if self.problems else 0

    def lines(self) -> list[str]:
        told = []
        for outcome in self.outcomes:
            done = "to make" if self.dry_run else "made"
            news = f"{counted(outcome.changes, 'change')} {done}" if outcome.changes else "up to date"
            gaps = f"; weeks without a number: {outcome.gaps}" if outcome.gaps else ""
            told.append(f"{outcome.scorecard}: {outcome.path}: {news}{gaps}")
            told += [f"  kept a hand edit: {edit}" for edit in outcome.kept]
        return told

    def as_json(self) -> dict[str, object]:
        outcomes = [asdict(outcome) for outcome in self.outcomes]
        return {"outcomes": outcomes, "problems": self.problems, "dry_run": self.dry_run}


def publish(
    session: Session,
    selectors: Sequence[str],
    *,
    target: str = "xlsx",
    years: Sequence[int] = (),
    take: str = "theirs",
    dry_run: bool = False,
) -> PublishReport:
    """Publish every scorecard that the selectors touch; one that fails does not stop the others."""
    chosen = session.catalog.select(selectors)
    report = PublishReport(dry_run=dry_run)
    for scorecard in dict.fromkeys(d.scorecard for d in chosen):
        mine = [d for d in session.catalog.definitions if d.scorecard == scorecard]
        try:
            session.require_ledger()
            with session.locked(f"publish {scorecard}"):
                _publish_one(session, scorecard, mine, target, years, take, report)
        except FactoryError as error:
            if error.exit_code != 1:  # busy or misused, not failed
                raise
            report.problems.append(f"{scorecard}: {error}")
    return report


def _publish_one(
    session: Session,
    scorecard: str,
    definitions: Sequence[Definition],
    target: str,
    years: Sequence[int],
    take: str,
    report: PublishReport,
) -> None:
    from core.publish import csv_files, xlsx

    grids = yearly_grids(session, scorecard, definitions)
    wanted = [grid for grid in grids if not years or grid.year in years]
    if not wanted:
        recorded = ", ".join(str(grid.year) for grid in grids)
        why = f"numbers stand in {recorded}, none in the years asked for" if grids else "nothing is recorded yet"
        next_step = "Choose another --year." if grids else f"Run `kpi run {scorecard}`."
        report.problems.append(f"{scorecard}: {why}, so nothing is published. {next_step}")
        return
    path = session.settings.published / (f"{scorecard}.xlsx" if target == "xlsx" else scorecard)
    place = f"{target}:{path}"
    with session.ledger() as connection:
        stored = [Published.from_json(row) for row in runs.latest_publications(connection, scorecard, place)]
        if reused := readings.reused_numbers(definitions, readings.names(connection, definitions)):
            report.problems += reused.values()
            return
    policy: Policy = "take ours" if take == "ours" else "keep theirs"
    executor = xlsx.publish if target == "xlsx" else csv_files.publish

    def foreign(last: Published) -> int:
        return len(executor(wanted, path, last, policy=policy, dry_run=True).edits_kept)

    # After a kill nobody knows whether the announced file landed: it did, if fewer cells then look edited by people.
    last = min(reversed(stored), key=foreign) if len(stored) > 1 else next(iter(stored), Published())
    announced = _Announced(session, scorecard, place)
    outcome = executor(wanted, path, last, policy=policy, dry_run=report.dry_run, intend=announced)
    if not report.dry_run:
        if announced.publication is None and len(stored) != 1:
            announced(outcome.published)
        announced.land(len(outcome.changes))
    states = Counter(cell.state for grid in wanted for cell in grid.cells.values() if cell.state in _WITHOUT_NUMBER)
    gaps = ", ".join(f"{count:,} {state}" for state, count in states.items())
    edits = [str(edit) for edit in outcome.edits_kept]
    report.outcomes.append(PublishOutcome(scorecard, str(path), len(outcome.changes), edits, gaps))


@dataclass
class _Announced:
    """A publication in the ledger: announced before the file is swapped, landed after it."""

    session: Session
    scorecard: str
    place: str
    run: int = 0
    publication: int | None = None

    def __call__(self, published: Published) -> None:
        now = self.session.now()
        with self.session.ledger() as connection:
            self.run = runs.start(connection, "publish", [self.scorecard], self.session.actor, now)
            self.publication = runs.announce_publication(
                connection, self.run, self.scorecard, self.place, published.to_json(), now
            )
        write_points.reached("publish announced")

    def land(self, changes: int) -> None:
        if self.publication is None:
            return
        now = self.session.now()
        with self.session.ledger() as connection:
            runs.land_publication(connection, self.publication, now)
            runs.finish(connection, self.run, "done", {"target": self.place, "changes": changes}, now)
        write_points.reached("publish landed")


def yearly_grids(session: Session, scorecard: str, definitions: Sequence[Definition]) -> list[Grid]:
    """One grid a year that has numbers, oldest first, holes shown as missing."""
    everything, as_of = _readings(session, scorecard, definitions)
    latest = max((r.period for r in everything.values()), key=lambda period: period.start, default=None)
    with_numbers = {r.period.year for r in everything.values() if r.value is not None}
    wanted = sorted(with_numbers | ({latest.year} if latest and with_numbers else set()))
    card = session.catalog.scorecards[scorecard]
    told = f"{as_of.astimezone(card.zone):%d %b %Y %H:%M}" if as_of else ""
    badges = {wanted[-1]: _badges(session, definitions)} if wanted else {}  # of the data as it is now
    lines = {year: "  ·  ".join(filter(None, [told, *badges.get(year, [])])) for year in wanted}
    return [build(scorecard, card, definitions, year, everything, as_of=lines[year]) for year in wanted]


def _badges(session: Session, definitions: Sequence[Definition]) -> list[str]:
    """What a contract warns of: published all the same, but said."""
    return [
        f"⚠ {load.dataset}: {counted(len(load.broken), 'broken rule') if load.broken else load.why} ({load.level})"
        for load in unhealthy(session, definitions)
    ]


def _readings(
    session: Session, scorecard: str, definitions: Sequence[Definition]
) -> tuple[Mapping[tuple[str, Period], Reading], datetime | None]:
    with session.ledger() as connection:
        reach = readings.reaches(connection, definitions)
        known = readings.all_current(connection, definitions, reach)
    found: dict[tuple[str, Period], Reading] = {}
    for definition in definitions:
        mine = {period: r.reading for period, r in known[definition.key].items()}
        began = reach.get(definition.key)
        if not began:
            continue
        for reading in without_holes(definition, mine, began.first, session.today(definition.card)):
            found[reading.kpi, reading.period] = reading
    return found, max((r.recorded_at for rows in known.values() for r in rows.values()), default=None)
