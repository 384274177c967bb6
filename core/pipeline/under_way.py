"""A run under way: evaluates, records in batches, keeps the report."""

from collections.abc import Callable, Iterable, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field

import sqlalchemy as sa

from core import write_points
from core.asking import Asking
from core.catalog import Catalog, Definition
from core.evaluate import Sources, derive, evaluate_all
from core.expressions import Expression
from core.ledger import readings, runs
from core.ledger.evidence import Evidence, Profile, Rows, part
from core.numbering import in_full
from core.periods import Period
from core.pipeline.report import Report
from core.pipeline.session import Session
from core.pipeline.soundness import Checks, unsound
from core.pipeline.standing import check_standing, shrunken
from core.readings import Reading, State
from core.rewrite.shape import Form

BATCH = 200  # readings that are recorded in one transaction, at the least
MOST = 2_000  # and at the most: the chain's head is one row, and each line of a transaction leaves a dead one of it
Evaluated = tuple[Definition, Reading]
Progress = Callable[[int, int], None]
"""How many periods are done, of how many."""


@dataclass
class UnderWay:
    """One run under way: evaluates, records in batches, keeps the report."""

    session: Session
    report: Report
    checks: Checks
    dry_run: bool
    progress: Progress | None
    final: Set[readings.Key] = frozenset()  # what is looked at again
    form: Form | None = None  # how queries are asked; unset, the engine decides
    fresh: dict[readings.Key, Reading] = field(default_factory=dict)
    standing: dict[str, runs.LoadOnRecord] = field(default_factory=dict)
    waiting_room: list[Evaluated] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)
    held: dict[tuple[str, Period], Rows] = field(default_factory=dict)
    parts: dict[readings.Key, dict[str, int]] = field(default_factory=dict)

    def evaluate(self, work: Sequence[tuple[Definition, list[Period]]]) -> Sources:
        """What it was evaluated from. Queries over the ledger's own tables come last: all else is recorded by then."""
        sources = sources_for(self.session, [d for d, periods in work if periods], self.checks, self.report.run)
        datasets = self.session.catalog.datasets
        self.report.problems += [f"{datasets[n].scorecard}/{n}: {why}" for n, why in sources.unchecked.items()]
        in_place = {n for n in sources.loads if datasets[n].dataset.source is None} - sources.unchecked.keys()
        if not self.session.settings.asks_elsewhere:  # else what stands in staging is not what is read
            self.standing = {n: sources.loads[n] for n in in_place}
            with self.session.ledger() as connection:
                self.profiles = runs.profiles(connection, sources.loads)
        late = reading_the_ledger(self.session.catalog, [d for d, _ in work])
        for part_of_it in (
            [(d, p) for d, p in work if p and d.key not in late],
            [(d, p) for d, p in work if p and d.key in late],
        ):
            self._evaluate(part_of_it, sources)
        self.session.plans.keep()
        return sources

    def _evaluate(self, work: Sequence[tuple[Definition, list[Period]]], sources: Sources) -> None:
        direct = [(d, p) for d, p in work if not isinstance(d.kpi.measure, Expression)]
        asking = Asking(self.session.databases, self.session.plans, self.form, prove=self.report.command == "backfill")
        with closing(evaluate_all(direct, sources, self.session.settings.pool, asking)) as done:
            for evaluated in done:
                self._take(evaluated)
        self._look_ahead([(d, p) for d, p in work if isinstance(d.kpi.measure, Expression)], sources, asking)
        self.report.remarks += asking.remarks
        for definition, periods in work:
            if isinstance(definition.kpi.measure, Expression):
                self._record()  # parts stand in the ledger before what is made of them
                found = derive(definition, periods, sources, self._history(definition, periods))
                self._take([(definition, reading) for reading in found])
        self._record()

    def _look_ahead(
        self, formulas: Sequence[tuple[Definition, Sequence[Period]]], sources: Sources, asking: Asking
    ) -> None:
        """Parts that nobody has recorded are evaluated on the way. Here, for all periods at once: years of weeks that
        are made of days would else be thousands of questions."""
        level, unrecorded = list(formulas), dict[str, set[Period]]()
        while level:
            wanted = self._unknown_parts(level)
            level = [(d, p) for d, p in wanted if isinstance(d.kpi.measure, Expression)]
            for definition, periods in wanted:
                if not isinstance(definition.kpi.measure, Expression):
                    unrecorded.setdefault(definition.name, set()).update(periods)
        by_name = self.session.catalog.by_name
        work = [(by_name[name], sorted(periods, key=lambda p: p.start)) for name, periods in unrecorded.items()]
        with closing(evaluate_all(work, sources, self.session.settings.pool, asking)) as done:
            for evaluated in done:
                self.fresh |= {(reading.kpi, reading.period): reading for _, reading in evaluated}

    def _unknown_parts(
        self, formulas: Sequence[tuple[Definition, Sequence[Period]]]
    ) -> list[tuple[Definition, list[Period]]]:
        """The parts of formulas, by KPI, that neither the ledger nor this run has a reading for."""
        wanted: dict[str, set[Period]] = {}
        for definition, periods in formulas:
            assert isinstance(definition.kpi.measure, Expression)
            for period in periods:
                for name, need in definition.kpi.measure.needs(period):
                    wanted.setdefault(in_full(name, definition.scorecard), set()).add(need)
        by_name = self.session.catalog.by_name
        parents = {by_name[name].key: (by_name[name], needs) for name, needs in wanted.items() if name in by_name}
        if not parents:
            return []
        needed = sorted((need for _, needs in parents.values() for need in needs), key=lambda p: p.start)
        with self.session.ledger() as connection:
            known = readings.current(connection, [d for d, _ in parents.values()], needed[0], needed[-1])
        unknown = {
            key: [p for p in needs if p not in known[key] and (key, p) not in self.fresh and parent.lives(p)]
            for key, (parent, needs) in parents.items()
        }
        return [(parents[key][0], due) for key, due in unknown.items() if due]

    def _history(
        self, definition: Definition, periods: Sequence[Period]
    ) -> Callable[[Definition, Period], Reading | None]:
        """Parents' readings as they stand in the ledger; what is not recorded, as this run evaluated it."""
        expression = definition.kpi.measure
        assert isinstance(expression, Expression)
        needed = [need for period in periods for _, need in expression.needs(period)]
        parents = [self.session.catalog.by_name[p] for p in definition.parents if p in self.session.catalog.by_name]
        known: readings.Current = {}
        if needed and parents:
            with self.session.ledger() as connection:
                first, last = min(needed, key=lambda p: p.start), max(needed, key=lambda p: p.start)
                known = readings.current(connection, parents, first, last)
        for period in periods:
            self.parts[definition.key, period] = {
                part(recorded.reading.kpi, need): recorded.reading_id
                for name, need in expression.needs(period)
                if (parent := self.session.catalog.by_name.get(in_full(name, definition.scorecard)))
                and (recorded := known.get(parent.key, {}).get(need))
            }

        def history(parent: Definition, period: Period) -> Reading | None:
            recorded = known.get(parent.key, {}).get(period)
            if recorded and (recorded.is_correction or not self.dry_run):
                return recorded.reading  # what stands counts, not what was just evaluated: a person may know better
            return self.fresh.get((parent.key, period)) or (recorded.reading if recorded else None)

        return history

    def _take(self, evaluated: Iterable[Evaluated]) -> None:
        for definition, reading in evaluated:
            self.fresh[reading.kpi, reading.period] = reading
            self.report.evaluated += 1
            if reading.state in (State.FAILED, State.HELD):
                self._trouble(reading)
            elif reading.state is State.MISSING:
                self.report.waiting.append(reading)
            if reading.state is not State.MISSING:
                self.waiting_room.append((definition, reading))
        if self.progress:
            self.progress(self.report.evaluated, self.report.periods)
        if len(self.waiting_room) >= BATCH:
            self._record()

    def _trouble(self, reading: Reading) -> None:
        again = (reading.kpi, reading.period) in self.final
        (self.report.unvisited if again else self.report.troubles).append(reading)

    def _record(self) -> None:
        waiting, self.waiting_room = self.waiting_room, []
        for at in range(0, 0 if self.dry_run else len(waiting), MOST):
            self._record_batch(waiting[at : at + MOST])

    def _record_batch(self, batch: list[Evaluated]) -> None:
        with self.session.recording() as connection:
            batch = self._without_shrunken(connection, batch)
            entries = readings.record(connection, self.report.run, batch, self.session.now(), self._evidence)
            write_points.reached("batch appended")
        write_points.reached("batch recorded")
        self.report.recorded.update(entry.reason for entry in entries)

    def _evidence(self, definition: Definition, period: Period) -> Evidence:
        """What a reading was made from: rows of datasets, or readings of its parts."""
        held = {n: self._rows(n, period) for n in definition.datasets if n in self.profiles}
        return Evidence(held, self.parts.get((definition.key, period), {}))

    def _rows(self, dataset: str, period: Period) -> Rows:
        if (dataset, period) not in self.held:
            self.held[dataset, period] = self.profiles[dataset].rows(period)
        return self.held[dataset, period]

    def _without_shrunken(self, connection: sa.Connection, batch: list[Evaluated]) -> list[Evaluated]:
        """Nothing is recorded from a table that another system emptied while it was asked."""
        read = {name for definition, _ in batch for name in definition.datasets if name in self.standing}
        lost = shrunken(connection, [self.standing[name] for name in sorted(read)])
        kept = []
        for definition, reading in batch:
            why = next((lost[name] for name in definition.datasets if name in lost), "")
            if why and reading.has_number:
                reading = Reading(reading.kpi, reading.period, state=State.HELD, note=why)
                self.fresh[reading.kpi, reading.period] = reading
                self._trouble(reading)
            kept.append((definition, reading))
        return kept


def sources_for(session: Session, definitions: Sequence[Definition], checks: Checks, run: int) -> Sources:
    """What these KPIs are evaluated from, as it is now; run 0 keeps no verdict of the tables checked on the way."""
    catalog = session.catalog
    names = datasets_of(catalog, definitions)
    with session.ledger() as connection:
        loads = runs.latest_loads(connection, names)
    standing = check_standing(session, [catalog.datasets[n] for n in names], run)
    return Sources(
        session.databases,
        session.settings.data,
        catalog,
        loads | standing.checked,
        standing.unchecked,
        unsound(checks),
        session.tabs,
    )


def datasets_of(catalog: Catalog, definitions: Iterable[Definition]) -> list[str]:
    """Every dataset that these KPIs and their segments rest on, directly or through others."""
    everyone = family(catalog, definitions)
    names = {n for d in everyone for n in d.datasets} | {n for b in catalog.segments_of(everyone) for n in b.datasets}
    return sorted(names & catalog.datasets.keys())


def reading_the_ledger(catalog: Catalog, definitions: Iterable[Definition]) -> set[str]:
    """Keys of the KPIs that ask the scorecard tables, and of the formulas over them."""
    return {d.key for d in definitions if any(part.reads_the_ledger for part in family(catalog, [d]))}


def family(catalog: Catalog, definitions: Iterable[Definition]) -> list[Definition]:
    """These KPIs and all that their formulas rest on."""
    found: dict[str, Definition] = {}
    stack = list(definitions)
    while stack:
        definition = stack.pop()
        if definition.key not in found:
            found[definition.key] = definition
            stack += [catalog.by_name[p] for p in definition.parents if p in catalog.by_name]
    return list(found.values())
