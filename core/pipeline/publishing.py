"""Publishing: the ledger's readings as yearly tabs, brought up to date in a workbook or in CSV files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from core import write_points
from core.errors import FactoryError
from core.ledger import names, publications, runs
from core.pipeline.session import Session
from core.pipeline.tabs import yearly_grids
from core.pipeline.views import View, view_as_of, view_now
from core.publish.plan import Policy
from core.publish.published import Published
from core.readings import State
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
    as_of: datetime | None = None,
    dry_run: bool = False,
) -> PublishReport:
    """Publish every scorecard that the selectors touch; one that fails does not stop the others.

    With `as_of`, into a file of its own: the scorecard as it stood at that instant.
    """
    chosen = session.catalog.select(selectors)
    report = PublishReport(dry_run=dry_run)
    asked = Asked(target, tuple(years), "take ours" if take == "ours" else "keep theirs", as_of)
    for scorecard in dict.fromkeys(d.scorecard for d in chosen):
        place = Place(session, scorecard, asked)
        try:
            session.require_ledger()
            with session.locked(f"publish {scorecard}"):
                if dry_run:
                    _publish_one(place, report)
                else:
                    _on_record(place, report)
        except FactoryError as error:
            if error.exit_code != 1:  # busy or misused, not failed
                raise
            report.problems.append(f"{scorecard}: {error}")
    return report


@dataclass(frozen=True)
class Asked:
    """What a publication is asked to be."""

    target: str
    years: Sequence[int]
    policy: Policy
    as_of: datetime | None


@dataclass(frozen=True)
class Place:
    """One scorecard and where it is published."""

    session: Session
    scorecard: str
    asked: Asked

    @property
    def path(self) -> Path:
        then = f".as-of-{_stamp(self.asked.as_of)}" if self.asked.as_of else ""
        suffix = ".xlsx" if self.asked.target == "xlsx" else ""
        return self.session.settings.published / f"{self.scorecard}{then}{suffix}"

    @property
    def name(self) -> str:
        return f"{self.asked.target}:{self.path}"


def _stamp(at: datetime) -> str:
    """An instant as part of a file's name: every instant has a name of its own."""
    return f"{at:%Y%m%dT%H%M%S}" + (f".{at.microsecond:06}" if at.microsecond else "") + "Z"


def _on_record(place: Place, report: PublishReport) -> None:
    """The publication's audit row and its place in the outbox: there before the work, settled after it."""
    session, asked, before = place.session, place.asked, len(report.problems)
    with session.recording() as connection:
        runs.bury(connection, ["publish"], [place.scorecard], session.now())
        run = session.start(
            connection, "publish", [place.scorecard], target=place.name, years=asked.years, as_of=asked.as_of
        )
        if not asked.as_of:  # a look back is wanted now or never
            publications.ask(connection, run, place.scorecard, place.name, session.now())
    write_points.reached("publish asked")
    changes, failure = 0, "it was stopped"
    try:
        changes = _publish_one(place, report, run)
        failure = " ".join(report.problems[before:])
    except FactoryError as error:
        failure = str(error)
        raise
    finally:
        with session.ledger() as connection:  # also when the lock is lost: the row is our own
            told = {"target": place.name, "changes": changes, "problems": [failure] if failure else []}
            if failure:
                publications.fail(connection, place.scorecard, place.name, failure)
            else:
                publications.done(connection, place.scorecard, place.name)
            runs.finish(connection, run, "failed" if failure else "done", told, session.now())
        write_points.reached("publish landed")


def _publish_one(place: Place, report: PublishReport, run: int = 0) -> int:
    """Brings one workbook or folder up to date; how many changes that took."""
    from core.publish import csv_files, xlsx

    session, asked, path = place.session, place.asked, place.path
    view = _view(place, keep=not report.dry_run)
    if not view:
        report.problems.append(f"{place.scorecard}: nothing was published or recorded by then. Choose a later --as-of.")
        return 0
    grids = yearly_grids(session, view)
    wanted = [grid for grid in grids if not asked.years or grid.year in asked.years]
    if not wanted:
        report.problems.append(_nothing_to_publish(place.scorecard, [grid.year for grid in grids]))
        return 0
    with session.ledger() as connection:
        rows, settled = publications.latest(connection, place.scorecard, place.name)
        stored = [Published.from_json(row) for row in rows]
        reused = (
            {} if asked.as_of else names.reused_numbers(view.definitions, names.names(connection, view.definitions))
        )
    if reused:
        report.problems += reused.values()
        return 0
    executor = xlsx.publish if asked.target == "xlsx" else csv_files.publish

    def foreign(last: Published) -> int:
        return len(executor(wanted, path, last, policy=asked.policy, dry_run=True).edits_kept)

    # After a kill nobody knows whether the announced file landed: it did, if fewer cells then look edited by people.
    last = min(reversed(stored), key=foreign) if len(stored) > 1 else next(iter(stored), Published())
    announced = _Announced(place, run, view.read_at)
    outcome = executor(wanted, path, last, policy=asked.policy, dry_run=report.dry_run, intend=announced)
    if not report.dry_run:
        if announced.publication is None and not settled:
            announced(outcome.published)
        announced.land()
    states = Counter(cell.state for grid in wanted for cell in grid.cells.values() if cell.state in _WITHOUT_NUMBER)
    gaps = ", ".join(f"{count:,} {state}" for state, count in states.items())
    edits = [str(edit) for edit in outcome.edits_kept]
    report.outcomes.append(PublishOutcome(place.scorecard, str(path), len(outcome.changes), edits, gaps))
    return len(outcome.changes)


def _view(place: Place, *, keep: bool) -> View | None:
    if place.asked.as_of:
        return view_as_of(place.session, place.scorecard, place.asked.as_of)
    return view_now(place.session, place.scorecard, keep=keep)


def _nothing_to_publish(scorecard: str, recorded: Sequence[int]) -> str:
    if not recorded:
        return f"{scorecard}: nothing is recorded yet, so nothing is published. Run `kpi run {scorecard}`."
    years = ", ".join(map(str, recorded))
    why = f"numbers stand in {years}, none in the years asked for"
    return f"{scorecard}: {why}, so nothing is published. Choose another --year."


@dataclass
class _Announced:
    """A publication in the ledger: announced before the file is swapped, landed after it."""

    place: Place
    run: int
    read_at: datetime
    publication: int | None = None

    def __call__(self, published: Published) -> None:
        session = self.place.session
        with session.recording() as connection:
            self.publication = publications.announce(
                connection,
                self.run,
                self.place.scorecard,
                self.place.name,
                published.to_json(),
                session.now(),
                self.read_at,
            )
        write_points.reached("publish announced")

    def land(self) -> None:
        if self.publication is not None:
            with self.place.session.recording() as connection:
                publications.land(connection, self.publication, self.place.session.now())
