"""Numbers that need not be asked again: final, by the same query, from the same load of the same rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.catalog import Definition
from core.databases import WAREHOUSE
from core.ledger import readings, runs
from core.ledger.evidence import Profile
from core.ledger.rules import Recorded
from core.measures import Query
from core.periods import Period
from core.pipeline.session import Session
from core.pipeline.under_way import datasets_of
from core.readings import State


@dataclass(frozen=True)
class Settled:
    """`held` is what the datasets of `kpi load` hold, by name. Of tables that other systems fill nobody knows what
    they hold before looking, nor of tables on another engine: numbers from those are always asked again."""

    session: Session
    held: Mapping[str, Profile]

    @classmethod
    def among(cls, session: Session, definitions: Iterable[Definition]) -> "Settled":
        catalog = session.catalog
        names = [n for n in datasets_of(catalog, definitions) if catalog.datasets[n].dataset.source]
        with session.ledger() as connection:
            return cls(session, runs.profiles(connection, names))

    def periods(self, definition: Definition, recorded: Sequence[Recorded]) -> set[Period]:
        """Those of the recorded periods that would say the same again."""
        query = definition.kpi.measure
        if not isinstance(query, Query) or query.database != WAREHOUSE or self.session.settings.asks_elsewhere:
            return set()
        read = {table.removeprefix("staging.") for table in self.session.plans.anatomy(definition).tables}
        final = [
            r.reading_id for r in recorded if r.reading.state is State.FINAL and definition.made(r.definition_hash)
        ]
        if not final or not read or not read <= self.held.keys():
            return set()
        with self.session.ledger() as connection:
            lines = readings.by_id(connection, final).values()
        return {line.reading.period for line in lines if self._is_made_of(line, read)}

    def _is_made_of(self, line: Recorded, read: set[str]) -> bool:
        now = {name: self.held[name].rows(line.reading.period) for name in read}
        return now == dict(line.evidence.datasets)
