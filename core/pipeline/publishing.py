"""Publishing: the ledger's readings as tabs, brought up to date in a workbook or in CSV files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core import write_points
from core.errors import FactoryError, MisuseError, SheetsError
from core.grid import Grid
from core.ledger import names, publications, runs
from core.pipeline.adopting import adopt
from core.pipeline.places import Asked, Place, carry_out
from core.pipeline.publish_report import PublishOutcome, PublishReport
from core.pipeline.session import Session
from core.pipeline.tabs import tab_grids
from core.pipeline.views import View, view_as_of, view_now
from core.publish.published import Published
from core.readings import State

_WITHOUT_NUMBER = (State.HELD, State.FAILED, State.MISSING)
_SENT_LATER = "It waits in the outbox: the next `kpi publish` brings it."


def publish(
    session: Session,
    selectors: Sequence[str],
    *,
    target: str | None = None,
    years: Sequence[int] = (),
    take: str = "theirs",
    as_of: datetime | None = None,
    adopt: str = "",
    owed: bool = False,
    dry_run: bool = False,
    check: bool = False,
) -> PublishReport:
    """Publish every scorecard that the selectors touch; one that fails does not stop the others.

    Without a `target`, each goes to its spreadsheet, or into a workbook where none is set. With `as_of`, into a file
    of its own: the scorecard as it stood at that instant. `check` compares, writes nothing and tells every
    difference. `adopt` is a reason: numbers that people wrote into the tab become corrections in the ledger. `owed`
    publishes only what waits in the outbox.
    """
    asked = Asked(target or "", tuple(years), "take ours" if take == "ours" else "keep theirs", as_of, adopt)
    _refuse_contradictions(asked)
    report = PublishReport(dry_run=dry_run, check=check)
    places = _places(session, selectors, asked)
    for place in _owed(session, places) if owed else places:
        _bring(place, report)
    if not (as_of or report.only_looks) and any(place.kind == "xlsx" for place in places):
        _renew_index(session, report)
    return report


def _refuse_contradictions(asked: Asked) -> None:
    if asked.as_of and asked.target == "sheets":
        raise MisuseError("--as-of writes a file of its own.", next_step="Take --to xlsx or --to csv.")
    if asked.target == "files" and (asked.years or asked.as_of or asked.adopt or asked.policy == "take ours"):
        raise MisuseError(
            "Files are of the last complete period: they have no --year, no --as-of and no hand edits.",
            next_step="`kpi --today 2026-11-20 publish ...` makes another day the last one.",
        )


def _places(session: Session, selectors: Sequence[str], asked: Asked) -> list[Place]:
    """One for each scorecard that the selectors touch; of files, for each that has some."""
    scorecards = list(dict.fromkeys(d.scorecard for d in session.catalog.select(selectors)))
    if asked.target == "files":
        from core.pipeline.extracting import with_files

        scorecards = with_files(session, scorecards, named=bool(selectors))
    return [Place(session, scorecard, asked) for scorecard in scorecards]


def _bring(place: Place, report: PublishReport) -> None:
    """One that fails is told, and does not stop the others."""
    session, scorecard = place.session, place.scorecard
    try:
        session.require_ledger()
        with session.locked(f"publish {scorecard}"):
            if report.only_looks:
                _publish_one(place, report)
            else:
                _on_record(place, report)
    except FactoryError as error:
        if error.exit_code != 1:  # busy or misused, not failed
            raise
        waits = "" if report.only_looks or place.asked.as_of or not isinstance(error, SheetsError) else _SENT_LATER
        report.problems.append(f"{scorecard}: {error} {waits}".rstrip())


def _renew_index(session: Session, report: PublishReport) -> None:
    """One that cannot be written hinders no scorecard."""
    from core.pipeline.indexing import renew_index

    try:
        report.index = renew_index(session)
    except FactoryError as error:
        report.problems.append(f"index: {error}")


def _owed(session: Session, places: Sequence[Place]) -> list[Place]:
    """What waits in the outbox for one of these scorecards, each to the kind of place that it was asked for."""
    with session.ledger() as connection:
        waiting = publications.owed(connection)
    found = [
        replace(place, asked=replace(place.asked, target=place.asked.target or one.target.partition(":")[0]))
        for place in places
        for one in waiting
        if one.scorecard == place.scorecard
    ]
    return list({(place.scorecard, place.name): place for place in found}.values())  # a spreadsheet may have changed


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
    """Brings one place up to date; how many changes that took."""
    if place.kind == "files":
        return _publish_files(place, report)
    adopted = _adopted(place, report) if place.asked.adopt else []
    found = _wanted(place, report)
    if found is None:
        return 0
    wanted, view, stored, settled = found
    announced = _Announced(place, run, view.read_at)
    looking = report.only_looks
    outcome = carry_out(place, wanted, stored, dry_run=looking, intend=announced)
    if not looking:
        if announced.publication is None and not settled:
            announced(outcome.published)
        announced.land()
    states = Counter(cell.state for grid in wanted for cell in grid.cells.values() if cell.state in _WITHOUT_NUMBER)
    gaps = ", ".join(f"{count:,} {state}" for state, count in states.items())
    edits = [str(edit) for edit in outcome.edits_kept]
    steps = [str(step) for step in outcome.changes] if looking else []
    report.outcomes.append(
        PublishOutcome(
            place.scorecard,
            outcome.where,
            len(outcome.changes),
            edits,
            gaps,
            steps,
            adopted,
            outcome.healed,
            periods=_periods(wanted),
        )
    )
    return len(outcome.changes)


def _periods(grids: Sequence[Grid]) -> str:
    nouns = {grid.page.noun for grid in grids}
    return f"{nouns.pop() if len(nouns) == 1 else 'period'}s"


def _publish_files(place: Place, report: PublishReport) -> int:
    from core.pipeline.extracting import extracts_of
    from core.publish.extract_files import write

    looking = report.only_looks
    found = extracts_of(place.session, place.scorecard)
    changed = write(found.files, place.path, bare=found.bare, dry_run=looking)
    report.problems += [f"{place.scorecard}: {problem}" for problem in found.problems]
    steps = changed if looking else []
    report.outcomes.append(
        PublishOutcome(place.scorecard, str(place.path), len(changed), [], "", steps, remarks=found.remarks)
    )
    return len(changed)


def _wanted(place: Place, report: PublishReport) -> tuple[list[Grid], View, list[Published], bool] | None:
    """The tabs that are due, what was left there, and whether that is settled; None where nothing can be published."""
    session, asked = place.session, place.asked
    view = _view(place, keep=not report.only_looks)
    if not view:
        report.problems.append(f"{place.scorecard}: nothing was published or recorded by then. Choose a later --as-of.")
        return None
    if not asked.as_of:
        view = _without_reused(session, view, report)
    grids = tab_grids(session, view)
    wanted = [grid for grid in grids if not asked.years or grid.year in asked.years]
    if not wanted:
        report.problems.append(_nothing_to_publish(place.scorecard, [grid.year for grid in grids]))
        return None
    with session.ledger() as connection:
        rows, settled = publications.latest(connection, place.scorecard, place.name)
    if place.kind == "sheets" and rows and not settled:
        wanted = grids  # any tab may have been left half-written: only a look at all of them settles it
    return wanted, view, [Published.from_json(row) for row in rows], settled


def _without_reused(session: Session, view: View, report: PublishReport) -> View:
    """A KPI that has taken another one's number is left out, and told: it would stand in the other's row."""
    with session.ledger() as connection:
        reused = names.reused(connection, view.definitions)
    report.problems += [problem for problem in reused.values() if problem not in report.problems]
    return replace(view, definitions=[d for d in view.definitions if d.key not in reused])


def _adopted(place: Place, report: PublishReport) -> list[str]:
    """Numbers that people wrote become corrections, before the tab is compared with the ledger once more."""
    found = _wanted(place, report)
    if found is None:
        return []
    wanted, _, stored, _ = found
    edits = carry_out(place, wanted, stored, dry_run=True).edits_kept
    return adopt(place, edits, dry_run=report.only_looks)


def _view(place: Place, *, keep: bool) -> View | None:
    if place.asked.as_of:
        return view_as_of(place.session, place.scorecard, place.asked.as_of)
    return view_now(place.session, place.scorecard, keep=keep)


def _nothing_to_publish(scorecard: str, recorded: Sequence[int]) -> str:
    if not recorded:
        return f"{scorecard}: nothing is recorded yet, so nothing is published. Run `kpi run {scorecard}`."
    years = ", ".join(map(str, sorted(set(recorded))))
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
