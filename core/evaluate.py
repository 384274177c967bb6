"""Evaluation: KPI × periods -> readings. Reads, computes, writes nothing.

A KPI that goes wrong becomes readings that say so; it never stops another, and never becomes 0.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from core.asking import Asking
from core.catalog import BoundDataset, BoundSegments, Catalog, Definition
from core.checks import Level
from core.databases import Databases
from core.errors import FactoryError, SourceError
from core.expressions import Expression
from core.ledger.runs import LoadOnRecord
from core.measures import Blend, Query
from core.numbering import in_full
from core.periods import Period, instants
from core.plans import Batch, batches
from core.readings import Number, Reading, State
from core.sources.blend import blend
from core.sources.database import Answer, ask
from core.sources.google_tabs import NO_TABS, Tabs
from core.sources.shape import number_of

Found = TypeVar("Found")
History = Callable[[Definition, Period], Reading | None]
"""A reading that is known already, from the ledger or from this run."""


@dataclass(frozen=True)
class Sources:
    """What evaluation reads from: databases, the folder of files, and what is known of each dataset's latest load.

    `unchecked` says why a dataset could not be checked where it stands: no table, other columns. `unsound` says by
    KPI what `kpi check` finds wrong with its query: such a query is not asked.
    """

    databases: Databases
    data: Path
    catalog: Catalog
    loads: Mapping[str, LoadOnRecord]
    unchecked: Mapping[str, str] = field(default_factory=dict)
    unsound: Mapping[str, str] = field(default_factory=dict)
    tabs: Tabs = NO_TABS


def evaluate_all(
    work: Sequence[tuple[Definition, Sequence[Period]]], sources: Sources, pool: int, asking: Asking | None = None
) -> Generator[list[tuple[Definition, Reading]]]:
    """Queries and blends, several KPIs at once; a list for each KPI or batch of KPIs, as it is done.

    `asking` asks queries together, and for many periods at once; without it each is asked period by period.
    """
    tasks: list[Callable[[], list[tuple[Definition, Reading]]]] = []
    together: dict[str, Prospect] = {}
    for definition, periods in work:
        if asking and isinstance(definition.kpi.measure, Query):
            together[definition.key] = _prospect(definition, periods, sources)
        else:
            tasks.append(partial(evaluate, definition, periods, sources))
    if asking:
        asked = [(prospect.definition, prospect.asked) for prospect in together.values()]
        for batch in batches(asked, asking.plans, asking.form, pool):
            tasks.append(partial(_batched, batch, together, asking, sources))
    threads = ThreadPoolExecutor(max_workers=pool, thread_name_prefix="kpi")
    try:
        futures = [threads.submit(task) for task in tasks]
        for future in as_completed(futures):
            yield future.result()
    finally:  # who stops listening, by Ctrl-C or for a lost warehouse, need not wait for what has not begun
        threads.shutdown(cancel_futures=True)


def evaluate(definition: Definition, periods: Sequence[Period], sources: Sources) -> list[tuple[Definition, Reading]]:
    """One KPI that asks a source itself, one reading a period."""
    return _evaluated(_prospect(definition, periods, sources), sources)


@dataclass(frozen=True, eq=False)
class Prospect:
    """A KPI and what its sources allow for each period; `asked` are the periods that they say something of."""

    definition: Definition
    outlooks: Sequence[tuple[Period, tuple[State, str]]]

    @property
    def asked(self) -> list[Period]:
        return [period for period, (state, _) in self.outlooks if state in (State.FINAL, State.PROVISIONAL)]


def _prospect(definition: Definition, periods: Sequence[Period], sources: Sources) -> Prospect:
    if fault := sources.unsound.get(definition.key):
        return Prospect(definition, [(period, (State.FAILED, fault)) for period in periods])
    return Prospect(definition, [(period, outlook(definition, period, sources)) for period in periods])


def _evaluated(prospect: Prospect, sources: Sources) -> list[tuple[Definition, Reading]]:
    return _read(prospect, _answers(prospect.definition, prospect.asked, sources), sources)


def _batched(
    batch: Batch, together: Mapping[str, Prospect], asking: Asking, sources: Sources
) -> list[tuple[Definition, Reading]]:
    found = _guarded(lambda: asking.answers(batch)) if batch.periods else {key: [] for key in together}
    return [
        read
        for member in batch.members
        for read in _read(
            together[member.key],
            [found] * len(batch.periods) if isinstance(found, FactoryError) else found[member.key],
            sources,
        )
    ]


def _read(
    prospect: Prospect, answers: Iterable[Answer | FactoryError], sources: Sources
) -> list[tuple[Definition, Reading]]:
    definition, found = prospect.definition, dict(zip(prospect.asked, answers, strict=True))
    readings = [
        reading_of(definition, period, found[period], state, note, sources)
        if period in found
        else Reading(definition.key, period, state=state, note=note)
        for period, (state, note) in prospect.outlooks
    ]
    return [(definition, reading) for reading in readings]


def outlook(definition: Definition | BoundSegments, period: Period, sources: Sources) -> tuple[State, str]:
    """The state that the sources of a KPI allow for a period, and why, before anything is asked."""
    starts_at, ends_at = instants(period, definition.card.zone)
    worst = (State.FINAL, "")
    for name in definition.datasets:
        bound, load = sources.catalog.datasets.get(name), sources.loads.get(name)
        if bound is None:
            continue
        if name in sources.unchecked:
            return State.HELD, f"{name} could not be checked: {sources.unchecked[name]}"
        if load is None:
            worst = (State.PROVISIONAL, f"{name} has no load on record: nobody has checked how far it reaches")
        elif load.level is Level.FAIL:
            return State.HELD, f"{name} breaks its contract: {load.why}"
        elif load.begins is not None and load.begins >= ends_at:
            return State.MISSING, f"{name} begins only {_local(load.begins, bound)}: {period.label} lies before it"
        elif load.watermark is not None and load.watermark <= starts_at:
            return (
                State.MISSING,
                f"{name} reaches only {_local(load.watermark, bound)}: nothing of {period.label} is there",
            )
        elif load.watermark is not None and load.watermark < ends_at + timedelta(days=bound.dataset.grace_days):
            worst = (State.PROVISIONAL, f"{name} reaches {_local(load.watermark, bound)}")
    return worst


def derive(definition: Definition, periods: Sequence[Period], sources: Sources, history: History) -> list[Reading]:
    """One KPI that computes with others, from their readings.

    A parent's reading that is not known yet is evaluated on the way, and left unrecorded.
    """
    return [_derived(definition, period, sources, history) for period in periods]


def _derived(definition: Definition, period: Period, sources: Sources, history: History) -> Reading:
    expression = definition.kpi.measure
    assert isinstance(expression, Expression)
    parts: dict[tuple[str, Period], Reading] = {}
    for name, needed in expression.needs(period):
        parent = sources.catalog.by_name.get(in_full(name, definition.scorecard))
        if parent is None:
            return Reading(definition.key, period, state=State.FAILED, note=f"{name} has faults in its file")
        parts[name, needed] = history(parent, needed) or _on_the_way(parent, needed, sources, history)
    for state in (State.FAILED, State.HELD, State.MISSING):
        for part in parts.values():
            if part.state is state:
                return Reading(definition.key, period, state=state, note=_because(part, sources.catalog))
    try:
        number = expression.number(period, lambda name, needed: parts[name, needed].number)
    except FactoryError as error:
        return Reading(definition.key, period, state=State.FAILED, note=str(error))
    waiting = next((part for part in parts.values() if part.state is State.PROVISIONAL), None)
    if waiting:
        return Reading(definition.key, period, number, State.PROVISIONAL, _because(waiting, sources.catalog))
    return Reading(definition.key, period, number)


def _on_the_way(parent: Definition, period: Period, sources: Sources, history: History) -> Reading:
    if not parent.lives(period):
        return Reading(parent.key, period, state=State.MISSING, note="it begins later or is retired")
    if isinstance(parent.kpi.measure, Expression):
        return _derived(parent, period, sources, history)
    return evaluate(parent, [period], sources)[0][1]


def _because(part: Reading, catalog: Catalog) -> str:
    name = catalog.by_name[part.kpi].name
    return f"rests on {name} {part.period.label}, which is {part.state}" + (f": {part.note}" if part.note else "")


def _answers(definition: Definition, periods: Sequence[Period], sources: Sources) -> Iterable[Answer | FactoryError]:
    measure, zone = definition.kpi.measure, definition.card.timezone
    if not periods:
        return []

    def asked() -> list[Answer | FactoryError]:
        if isinstance(measure, Query):
            return list(ask(sources.databases.reader(measure.database, zone), measure, periods))
        assert isinstance(measure, Blend)
        return list(
            blend(measure, periods, databases=sources.databases, data=sources.data, zone=zone, tabs=sources.tabs)
        )

    found = _guarded(asked)
    return [found for _ in periods] if isinstance(found, FactoryError) else found


def _guarded(asked: Callable[[], Found]) -> Found | FactoryError:
    """Whatever goes wrong with one KPI, it must not stop the others."""
    try:
        return asked()
    except FactoryError as error:
        return error
    except Exception as error:
        return SourceError(f"Asking failed with a fault of the program itself ({type(error).__name__}).")


def reading_of(
    definition: Definition,
    period: Period,
    answer: Answer | FactoryError,
    state: State,
    note: str,
    sources: Sources,
) -> Reading:
    """What an answer says of a period, of which the sources allow that state."""
    try:
        if isinstance(answer, FactoryError):
            raise answer
        number = number_of(answer, definition.kpi.nothing_found)
    except FactoryError as error:
        return Reading(definition.key, period, Number(), State.FAILED, str(error))
    if number.value is None and state is State.FINAL and (silent := without_watermark(definition, sources)):
        return Reading(definition.key, period, number, State.PROVISIONAL, f"nothing found yet; {silent}")
    return Reading(definition.key, period, number, state, note)


def without_watermark(definition: Definition | BoundSegments, sources: Sources) -> str:
    """Why nobody knows whether something is still to come: then "nothing found" is not the last word."""
    known = [name for name in definition.datasets if name in sources.loads]
    if not known:
        return "no dataset tells how far its source reaches"
    silent = [name for name in known if sources.loads[name].watermark is None]
    return f"{silent[0]} has no watermark that tells how far it reaches" if silent else ""


def _local(moment: datetime, bound: BoundDataset) -> str:
    return moment.astimezone(bound.card.zone).strftime("%Y-%m-%d %H:%M")
