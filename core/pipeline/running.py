"""Run and backfill: what is due, evaluated and recorded, one report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from core import write_points
from core.catalog import Catalog, Definition
from core.due import due_periods, revisits
from core.errors import FactoryError, MisuseError
from core.evaluate import Sources
from core.expressions import Expression
from core.ledger import names, readings, runs
from core.ledger.rules import Recorded
from core.numbering import in_full
from core.periods import Period, Week, last_complete, parse, span, starting
from core.pipeline.report import Report
from core.pipeline.segmenting import follow
from core.pipeline.session import Session, load_of
from core.pipeline.settled import Settled
from core.pipeline.soundness import Checks, checks_of
from core.pipeline.under_way import Progress, UnderWay, datasets_of, family
from core.pipeline.views import describe_now
from core.readings import State
from core.rewrite.shape import Form


def run(
    session: Session,
    selectors: Sequence[str],
    *,
    week: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Evaluate and record what is due, or one period for all the selected KPIs that have such periods.

    Raises BusyError when one of the scorecards is being worked on, MisuseError for a period that is still open.
    """

    def due(definition: Definition, known: Mapping[Period, Recorded], seen: Seen) -> list[Period]:
        if week:
            return asked_for(session, definition, week, week)
        states = {period: r.reading.state for period, r in known.items()}
        today = session.today(definition.card)
        missed = due_periods(definition, states, seen.reach.first if seen.reach else None, today)
        if isinstance(definition.kpi.measure, Expression):
            return missed  # a formula follows its parts
        return [*missed, *revisits(definition, states, seen.visited, today)]

    return _execute(session, "run", selectors, due, [week], dry_run, progress)


def backfill(
    session: Session,
    selectors: Sequence[str],
    first: str,
    last: str,
    *,
    form: Form | None = None,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Evaluate the periods from `first` to `last` (`last` may be the word "last": the last complete one).

    What is final already, from the same query and the same load, is left alone unless `force` is given. `form` is
    how the queries are asked; unset, the engine decides.
    """
    session.require_ledger()
    settled = None if force else Settled.among(session, session.catalog.select(selectors))

    def asked(definition: Definition, known: Mapping[Period, Recorded], seen: Seen) -> list[Period]:
        periods = asked_for(session, definition, first, last)
        done = settled.periods(definition, [known[p] for p in periods if p in known]) if settled else set()
        return [period for period in periods if period not in done]

    return _execute(session, "backfill", selectors, asked, [first, last], dry_run, progress, form)


def asked_for(session: Session, definition: Definition, first: str, last: str) -> list[Period]:
    """The periods of a KPI's life between two period words.

    Raises MisuseError for periods that are still open or in the wrong order.
    """
    weekday = definition.card.first_weekday
    complete = last_complete(definition.kpi.cadence, session.today(definition.card), weekday)
    start = complete if first == "last" else parse(first, weekday)
    end = complete if last == "last" else parse(last, weekday)
    if end.start > complete.start:
        raise MisuseError(f"{end.label} is not complete: the last one is {complete.label}.")
    if start.start > end.start:
        raise MisuseError(f"{start.label} is later than {end.label}.", next_step="Give the earlier one with --from.")
    return [period for period in span(start, end) if definition.lives(period)]


@dataclass(frozen=True)
class Seen:
    """What the ledger knows of a KPI's periods: how far they reach, and which was the last at the latest visit."""

    reach: readings.Reach | None
    visited: Period | None


Ask = Callable[[Definition, Mapping[Period, Recorded], Seen], list[Period]]


def _execute(
    session: Session,
    command: str,
    selectors: Sequence[str],
    ask: Ask,
    words: Sequence[str],
    dry_run: bool,
    progress: Progress | None,
    form: Form | None = None,
) -> Report:
    selected = session.catalog.select(selectors)
    chosen = _of_that_kind(selected, words)
    scorecards = sorted({d.scorecard for d in selected} | {s for s in selectors if s in session.catalog.scorecards})
    report = Report(command, scorecards=tuple(scorecards), faults=session.catalog.problems_of(scorecards))
    fitting = {d.name for d in chosen}
    report.left_out = [d.name for d in selected if d.name not in fitting]
    session.require_ledger()
    everyone = family(session.catalog, chosen)
    read = [*map(load_of, datasets_of(session.catalog, chosen)), *({d.scorecard for d in everyone} - {*scorecards})]
    with session.locked(*scorecards, beside=read):
        work, checks, final = _prepare(session, chosen, scorecards, ask, report)  # first of all: it tells misuse
        under_way = UnderWay(session, report, checks, dry_run, progress, final, form)
        if dry_run:
            under_way.evaluate(work)
            return report
        with _on_record(session, report, work, checks, {"selectors": selectors, "periods": [w for w in words if w]}):
            _follow(session, report, under_way.evaluate(work), work, words)
    return report


def _follow(
    session: Session,
    report: Report,
    sources: Sources,
    work: Sequence[tuple[Definition, list[Period]]],
    words: Sequence[str],
) -> None:
    """The segments of these KPIs, for the periods that were asked for by name or are due."""

    def named(definition: Definition) -> list[Period]:
        return asked_for(session, definition, words[0], words[-1]) if words[0] else []

    follow(session, report, sources, work, named)


@contextmanager
def _on_record(
    session: Session,
    report: Report,
    work: Sequence[tuple[Definition, list[Period]]],
    checks: Checks,
    arguments: Mapping[str, object],
) -> Iterator[None]:
    """The run's own row: opened before the work, closed after it, whatever happens."""
    with session.ledger() as connection:
        runs.bury(connection, ("run", "backfill", "correct"), report.scorecards, session.now())
        report.run = session.start(connection, report.command, report.scorecards, **arguments)
        names.add_parts(connection, report.scorecards)
        for scorecard in set(report.scorecards) & session.catalog.scorecards.keys():
            describe_now(connection, session, scorecard)
        names.name_definitions(connection, [definition for definition, _ in work], checks)
        if report.command == "run":
            names.keep_first_due(connection, ((d, periods[0]) for d, periods in work if periods))
    write_points.reached("run opened")
    try:
        yield
        write_points.reached("run evaluated")
        if report.command == "run" and not arguments["periods"]:
            _keep_visited(session, report, [definition for definition, _ in work])
    except BaseException as error:
        report.problems.append(f"Stopped: {error if isinstance(error, FactoryError) else type(error).__name__}")
        raise
    finally:
        with session.ledger() as connection:
            runs.finish(connection, report.run, report.state, report.as_json(), session.now())


def _keep_visited(session: Session, report: Report, definitions: Sequence[Definition]) -> None:
    """Whoever had trouble is visited again: what was to be looked at then is made up for."""
    troubled = {reading.kpi for reading in [*report.troubles, *report.unvisited]}
    lasts = [
        (d, last_complete(d.kpi.cadence, session.today(d.card), d.card.first_weekday))
        for d in definitions
        if d.key not in troubled
    ]
    with session.ledger() as connection:
        names.keep_visited(connection, lasts)


def _visited(definition: Definition, named: Mapping[str, names.Named]) -> Period | None:
    known = named.get(definition.key)
    return starting(definition.kpi.cadence, known.visited) if known and known.visited else None


def _of_that_kind(selected: Sequence[Definition], words: Sequence[str]) -> list[Definition]:
    """The KPIs that have periods such as the words name: weeks, months or days."""
    named = [parse(word) for word in words if word not in ("", "last")]
    chosen = [d for d in selected if all(period.cadence == d.kpi.cadence for period in named)]
    if selected and not chosen:
        other, period = next((d, p) for d in selected for p in named if p.cadence != d.kpi.cadence)
        raise MisuseError(f"{other.name} is {other.kpi.cadence}; {period.label} is not.")
    return chosen


def _prepare(
    session: Session, chosen: Sequence[Definition], scorecards: Sequence[str], ask: Ask, report: Report
) -> tuple[list[tuple[Definition, list[Period]]], Checks, set[readings.Key]]:
    """Each KPI with the periods to evaluate, parents first; the checks of all queries that may be asked; and which
    of the periods have their final number already."""
    catalog = session.catalog
    everyone = family(catalog, chosen)
    with session.ledger() as connection:
        named = names.names(connection, everyone)
        reach = readings.reaches(connection, everyone)
        known = readings.all_current(connection, everyone, reach)
    reused = names.reused_numbers(everyone, named)
    report.problems += reused.values()
    turned = {d.key: why for d in everyone if (why := _other_weeks(d, known[d.key]))}
    report.problems += turned.values()
    wrong = {*reused, *turned}
    refused = {d.key for d in everyone if wrong & {p.key for p in family(catalog, [d])}}
    checks = checks_of(catalog, everyone, named)
    work: dict[str, list[Period]] = {}
    sound = [d for d in catalog.parents_first(chosen) if d.key not in refused]
    for definition in sound:
        asked = ask(definition, known[definition.key], Seen(reach.get(definition.key), _visited(definition, named)))
        behind = outdated(catalog, definition, known, work) if report.command == "run" else set()
        work[definition.key] = sorted({*asked, *behind}, key=lambda period: period.start)
    report.kpis, report.periods = sum(1 for p in work.values() if p), sum(map(len, work.values()))
    final = {
        (key, period)
        for key, periods in work.items()
        for period in periods
        if (there := known[key].get(period)) and there.reading.state is State.FINAL
    }
    report.revisited = len(final)
    return [(d, work[d.key]) for d in sound], checks, final


def _other_weeks(definition: Definition, known: Mapping[Period, Recorded]) -> str:
    """Weeks that start on another day would stand beside the recorded ones under the same labels: days twice."""
    first = definition.card.first_weekday
    if all(not isinstance(period, Week) or period.start.weekday() == first for period in known):
        return ""
    return (
        f"{definition.key} has weeks on record that start on another day than {definition.card.week_start}. Keep the "
        "old week_start, or give the KPI a new number."
    )


def outdated(
    catalog: Catalog, definition: Definition, known: readings.Current, work: Mapping[str, Sequence[Period]]
) -> set[Period]:
    """Recorded periods of a formula of which a part was recorded anew since, or is about to be."""
    expression = definition.kpi.measure
    if not isinstance(expression, Expression):
        return set()
    parents = {name: catalog.by_name.get(in_full(name, definition.scorecard)) for name in expression.names()}
    return {
        period
        for period, mine in known[definition.key].items()
        for name, needed in expression.needs(period)
        if (parent := parents[name]) and (part := known[parent.key].get(needed))
        if part.reading_id > mine.reading_id or needed in work.get(parent.key, ())
    }
