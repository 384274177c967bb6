"""What is known of a KPI beside its numbers: where they come from, what rests on it, what it is held to.

The definitions tell most of it; the ledger tells how the contracts stand, git who changed the file last, and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.catalog import BoundDataset, Definition
from core.dictionary.lineage import children_of, parents_of
from core.dictionary.sources import Source, sources_of
from core.ledger import runs
from core.ledger.runs import LoadOnRecord
from core.pipeline.commit import Change, last_change
from core.pipeline.session import Session
from core.readings import Reading
from core.targets import Limit


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of a dataset, and how it stood at the latest load or check; None where there was none."""

    bound: BoundDataset
    load: LoadOnRecord | None

    @property
    def holding(self) -> int:
        """How many of its rules hold the KPIs when they are broken."""
        return sum(check.severity == "fail" for check in self.bound.dataset.contract())


@dataclass(frozen=True, slots=True)
class Tried:
    """A limit, and the change from one period to the next that it was tried on; None where one is unknown."""

    limit: Limit
    period: str
    change: Decimal | None
    broken: bool


@dataclass(frozen=True, slots=True)
class Facts:
    sources: Sequence[Source]
    parents: Sequence[Definition]
    children: Sequence[Definition]
    contracts: Sequence[Contract]
    limits: Sequence[Tried]
    change: Change | None


def facts_of(session: Session, definition: Definition, readings: Sequence[Reading]) -> Facts:
    """`readings` are its last periods in order: limits are tried on the last two of them."""
    catalog = session.catalog
    sources = sources_of(catalog, definition.kpi.measure)
    datasets = [catalog.datasets[name] for name in dict.fromkeys(s.dataset for s in sources if s.dataset)]
    with session.ledger() as connection:
        loads = runs.latest_loads(connection, [bound.name for bound in datasets])
    return Facts(
        sources=sources,
        parents=parents_of(catalog, definition),
        children=children_of(catalog, definition),
        contracts=[Contract(bound, loads.get(bound.name)) for bound in datasets],
        limits=[_tried(limit, readings) for limit in definition.kpi.alarms],
        change=last_change(definition.path),
    )


def _tried(limit: Limit, readings: Sequence[Reading]) -> Tried:
    last = readings[-1]
    before = readings[-2].value if len(readings) > 1 else None
    if before is None or last.value is None or before == 0:
        return Tried(limit, last.period.label, None, broken=False)
    change = (last.value - before) / abs(before)
    return Tried(limit, last.period.label, change, limit.is_broken(before, last.value))
