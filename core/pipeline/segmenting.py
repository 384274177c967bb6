"""Segments of KPIs: they follow their KPI through runs and backfills, and stand below it where it is shown."""

from collections.abc import Callable, Mapping, Sequence

from core.catalog import BoundSegments, Definition
from core.due import due_periods
from core.engines.engine import Connection, Engine, UnreachableError
from core.errors import FactoryError
from core.evaluate import Sources, outlook, without_watermark
from core.ledger import segments as ledger
from core.measures import binds
from core.periods import Period
from core.pipeline.checking import segment_text_faults
from core.pipeline.report import Report
from core.pipeline.session import Session
from core.pipeline.standing import shrunken
from core.pipeline.under_way import family, sources_for
from core.readings import State
from core.segments import SEGMENT, Counts, Segmented
from core.sources.database import ask_on
from core.sources.shape import counts_of
from core.units import counted

Work = Sequence[tuple[Definition, Sequence[Period]]]
Named = Callable[[Definition], Sequence[Period]]
"""The periods that the command line names for a KPI, or none."""

_NUMBERS = (State.FINAL, State.PROVISIONAL)


def follow(session: Session, report: Report, sources: Sources, work: Work, named: Named) -> None:
    """Evaluate and record the segments of the KPIs at work: for their own due periods and those looked at again."""
    for bound in session.catalog.segments_of(definition for definition, _ in work):
        with session.ledger() as connection:
            known = ledger.known(connection, bound.of.scorecard).get(bound.slug, {})
        periods = sorted(_periods(session, bound, known, work, named(bound.of)), key=lambda period: period.start)
        if not periods:
            continue
        if not sources.loads.keys() >= set(bound.datasets):  # the KPI itself had nothing to ask
            sources = sources_for(session, [bound.of], {}, report.run)
        found = evaluated(bound, periods, sources)
        troubles = [one for one in found if one.state in (State.FAILED, State.HELD)]
        if troubles:
            many, last = counted(len(troubles), "period"), troubles[-1]
            report.problems.append(f"{bound.name}: segments of {many} {last.state}, {last.period.label}: {last.note}")
        _record(session, report, bound, [one for one in found if one.state in _NUMBERS], sources)


def _periods(
    session: Session, bound: BoundSegments, known: Mapping[Period, ledger.Known], work: Work, named: Sequence[Period]
) -> set[Period]:
    """What the command line names, or what is due and what the KPIs it rests on are evaluated for."""
    if named:
        return set(named)
    above = {d.key for d in family(session.catalog, [bound.of])}
    visited = {period for d, periods in work if d.key in above for period in periods}
    states = {period: one.state for period, one in known.items()}
    first = min(known, key=lambda period: period.start, default=None)
    due = due_periods(bound.of, states, first, session.today(bound.card))
    return {period for period in (*visited, *due) if period.cadence == bound.of.kpi.cadence}


def evaluated(bound: BoundSegments, periods: Sequence[Period], sources: Sources) -> list[Segmented]:
    """One for each period. Whatever goes wrong is told by its state and never becomes 0."""
    if faults := segment_text_faults(sources.catalog, bound):
        why = f"The query is not asked: {' '.join(faults)}"
        return [Segmented(period, State.FAILED, why) for period in periods]
    looks = {period: outlook(bound, period, sources) for period in periods}
    answers = _answers(bound, [period for period, (state, _) in looks.items() if state in _NUMBERS], sources)
    return [_of(bound, period, looks[period], answers.get(period, {}), sources) for period in periods]


def _of(
    bound: BoundSegments, period: Period, look: tuple[State, str], found: Counts | FactoryError, sources: Sources
) -> Segmented:
    state, note = look
    if isinstance(found, FactoryError):
        return Segmented(period, State.FAILED, str(found))
    if state not in _NUMBERS:
        return Segmented(period, state, note)
    if not found and state is State.FINAL and (silent := without_watermark(bound, sources)):
        state, note = State.PROVISIONAL, f"nothing found yet; {silent}"
    numbers = {(segment, metric.name): number for segment, metric, number in bound.segments.numbers(found)}
    return Segmented(period, state, note, numbers)


def _answers(bound: BoundSegments, periods: Sequence[Period], sources: Sources) -> dict[Period, Counts | FactoryError]:
    """What the query counts in each period, on one connection."""
    found: dict[Period, Counts | FactoryError] = {}
    try:
        engine = sources.databases.reader(bound.segments.measure.database, bound.card.timezone)
        with engine.connect() as connection:
            for period in periods:
                found[period] = _counts(bound, engine, connection, period)
    except FactoryError as error:
        found |= {period: error for period in periods if period not in found}
    return found


def _counts(bound: BoundSegments, engine: Engine, connection: Connection, period: Period) -> Counts | FactoryError:
    segments = bound.segments
    try:
        answer = ask_on(engine, connection, segments.measure.sql, binds(period), len(segments.names) + 1)
        return counts_of(answer, SEGMENT, segments.names, segments.counts)
    except UnreachableError:
        raise
    except FactoryError as error:
        return error


def _record(
    session: Session, report: Report, bound: BoundSegments, found: Sequence[Segmented], sources: Sources
) -> None:
    """Nothing is recorded from a table that another system emptied while it was asked."""
    datasets = session.catalog.datasets
    in_place = [n for n in bound.datasets if n in sources.loads and datasets[n].dataset.source is None]
    with session.recording() as connection:
        watched = [] if session.settings.asks_elsewhere else [sources.loads[name] for name in in_place]
        if lost := shrunken(connection, watched):
            report.problems.append(f"{bound.name}: no segments were recorded: {'; '.join(lost.values())}")
        elif found and (new := ledger.record(connection, report.run, bound, found, session.now())):
            report.remarks.append(f"{bound.name}: segments of {counted(new, 'period')} recorded.")


def preview(session: Session, definition: Definition, period: Period) -> list[tuple[BoundSegments, Segmented]]:
    """The segments of a KPI for a period, evaluated now and recorded nowhere."""
    mine = session.catalog.segments_of([definition])
    if not mine:
        return []
    sources = sources_for(session, [definition], {}, run=0)
    return [(bound, evaluated(bound, [period], sources)[0]) for bound in mine]
