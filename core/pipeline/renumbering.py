"""What would stand in the ledger if definitions were evaluated now, by the ledger's own rules. Nothing is recorded."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal

from core.catalog import Catalog, Definition
from core.evaluate import Sources, derive, evaluate_all
from core.expressions import Expression
from core.ledger.evidence import Evidence, Profile
from core.ledger.readings import Current, Key
from core.ledger.rules import Entry, next_entry
from core.numbering import in_full
from core.periods import Period
from core.readings import Reading

Work = Mapping[str, Sequence[Period]]
"""By KPI key: the periods to evaluate."""
Progress = Callable[[int, int], None]


@dataclass
class Renumbered:
    """What was evaluated, and the lines that this would add after those on record."""

    known: Current
    evaluated: dict[Key, Reading] = field(default_factory=dict)
    entries: dict[Key, Entry] = field(default_factory=dict)

    def standing(self, key: str, period: Period) -> Reading | None:
        """What would stand there: what is set by hand, held or unchanged stands as it does."""
        if entry := self.entries.get((key, period)):
            return entry.reading
        recorded = self.known.get(key, {}).get(period)
        return recorded.reading if recorded else None

    def take(self, definition: Definition, reading: Reading, profiles: Mapping[str, Profile]) -> None:
        key = (definition.key, reading.period)
        self.evaluated[key] = reading
        recorded = self.known.get(definition.key, {}).get(reading.period)
        if recorded is None:
            return
        held = {name: profiles[name].rows(reading.period) for name in definition.datasets if name in profiles}
        tolerance = Decimal(str(definition.kpi.tolerance))
        if entry := next_entry(recorded, reading, definition.hash, tolerance, Evidence(held)):
            self.entries[key] = entry


def renumber(
    work: Work,
    sources: Sources,
    known: Current,
    profiles: Mapping[str, Profile],
    pool: int,
    progress: Progress | None = None,
) -> Renumbered:
    """Evaluate these periods by the definitions of `sources.catalog`, formulas from the new numbers of their parts."""
    found, catalog = Renumbered(known), sources.catalog
    chosen = catalog.parents_first(catalog.by_name[key] for key, periods in work.items() if periods)
    of = sum(len(work[definition.key]) for definition in chosen)
    direct = [(d, work[d.key]) for d in chosen if not isinstance(d.kpi.measure, Expression)]
    with closing(evaluate_all(direct, sources, pool)) as done:
        for evaluated in done:
            for definition, reading in evaluated:
                found.take(definition, reading, profiles)
            if progress:
                progress(len(found.evaluated), of)
    for definition in (d for d in chosen if isinstance(d.kpi.measure, Expression)):
        for reading in derive(definition, work[definition.key], sources, lambda d, p: found.standing(d.key, p)):
            found.take(definition, reading, profiles)
    return found


def with_needed(work: Work, catalog: Catalog, known: Current) -> dict[str, list[Period]]:
    """The same, and of each KPI also those recorded periods that the chosen periods of a formula over it read."""
    wanted = {key: set(periods) for key, periods in work.items()}
    for definition in reversed(catalog.parents_first(catalog.by_name[key] for key in work)):
        expression = definition.kpi.measure
        if not isinstance(expression, Expression):
            continue
        for period in wanted[definition.key]:
            for name, needed in expression.needs(period):
                parent = catalog.by_name.get(in_full(name, definition.scorecard))
                if parent and parent.key in wanted and needed in known.get(parent.key, {}):
                    wanted[parent.key].add(needed)
    return {key: sorted(periods, key=lambda period: period.start) for key, periods in wanted.items()}
