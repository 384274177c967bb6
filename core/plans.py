"""Plans: which KPIs are asked together and in which form, and what is remembered of it.

The engine decides. Where it finds the rows of a period by an index, asking period by period is near the limit and
sharing pays; where it reads the whole table for each period, one pass over all of them does. What it said, and which
statements were proved to say what the loop says, is remembered.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.catalog import Catalog, Definition
from core.kept import NOWHERE, Kept
from core.measures import Query
from core.periods import Period
from core.rewrite.forms import shared, text_of
from core.rewrite.shape import Anatomy, Form, Shape

TOGETHER = 50  # KPIs in one statement at most: each of its result columns is worked out for itself
APART = 8  # KPIs that are worth a statement on a connection of its own
FEW = 5  # periods: fewer are not worth asking the engine how it would read them
MANY = 20  # periods: so many answers that asking for each of them costs more than a sample that proves them
FAR = 0.005  # seconds: an engine that takes so long to answer without reading anything stands far away
LARGE = 500.0  # pages, about, as EXPLAIN counts: to read so much for a period takes longer than to ask for it
FRESH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Access:
    """What the engine says of a statement for one period: whether it finds the period's rows by an index, how many
    it expects to find, how many pages it would read for them, and how many seconds it takes to answer without reading
    anything."""

    indexed: bool
    rows: float
    cost: float
    seconds: float
    at: datetime

    @property
    def far(self) -> bool:
        return self.seconds > FAR

    @property
    def large(self) -> bool:
        return self.cost > LARGE


@dataclass(frozen=True, slots=True)
class Batch:
    """KPIs that ask the same database for the same periods: one, or several of one kin. `shape` is that of all of
    them together; without it only the query's own text can be asked."""

    members: tuple[Definition, ...]
    periods: tuple[Period, ...]
    shape: Shape | None = None

    @property
    def sql(self) -> str:
        """One query for all members."""
        if len(self.members) > 1 and self.shape:
            return text_of(self.shape)
        return query_of(self.members[0]).sql

    @property
    def database(self) -> str:
        return query_of(self.members[0]).database

    @property
    def zone(self) -> str:
        return self.members[0].card.timezone

    @property
    def key(self) -> str:
        """Stands for the statement and for the queries that it has to agree with, whatever the periods are."""
        kind = self.shape.tied_type if self.shape else ""
        return _digest(self.database, self.zone, self.sql, kind, *(query_of(member).sql for member in self.members))


@dataclass
class Plans:
    """What is known of queries; between runs, where `kept` is a folder. `urls` are those of the databases by name: what
    one of them said, or what was seen of it, says nothing of another."""

    catalog: Catalog
    now: datetime
    kept: Kept = NOWHERE
    urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    _anatomies: dict[str, Anatomy] = field(default_factory=dict)
    _accesses: dict[str, Access] = field(default_factory=dict)
    _proved: set[str] = field(default_factory=set)
    _changed: bool = False

    def __post_init__(self) -> None:
        known = self.kept.load("plans", "")
        if isinstance(known, tuple):
            self._anatomies, self._accesses, self._proved = known

    def keep(self) -> None:
        """For the next run."""
        if self._changed:
            self.kept.save("plans", "", (self._anatomies, self._accesses, self._proved))

    def anatomy(self, definition: Definition) -> Anatomy:
        """What can be made of its query, read once for each version of it."""
        types = self._types(definition)
        key = _digest(query_of(definition).sql, repr(sorted(types.items())))
        if key not in self._anatomies:
            from core.rewrite.anatomy import anatomy

            self._anatomies[key], self._changed = anatomy(query_of(definition).sql, types), True
        return self._anatomies[key]

    def access(self, batch: Batch) -> Access | None:
        known = self._accesses.get(self._key(batch))
        return known if known and self.now - known.at < FRESH else None

    def remember(self, batch: Batch, access: Access) -> None:
        self._accesses[self._key(batch)], self._changed = access, True

    def is_proved(self, batch: Batch, form: Form, member: Definition) -> bool:
        return self._proof(batch, form, member) in self._proved

    def prove(self, batch: Batch, form: Form, member: Definition) -> None:
        """Its statement was seen to say of this member what the loop says."""
        self._proved.add(self._proof(batch, form, member))
        self._changed = True

    def disprove(self, batch: Batch, form: Form) -> None:
        """Its statement was seen to say something else: nothing that was known of it is kept."""
        self._proved -= {self._proof(batch, form, member) for member in batch.members}
        self._accesses.pop(self._key(batch), None)
        self._changed = True

    def _proof(self, batch: Batch, form: Form, member: Definition) -> str:
        return f"{form} {self._key(batch)} {batch.members.index(member)}"

    def _key(self, batch: Batch) -> str:
        return _digest(_USER.sub("//", self.urls.get(batch.database, "")), batch.key)

    def _types(self, definition: Definition) -> Mapping[str, str]:
        """Types of columns by name, of those that have one type in all datasets of the query."""
        found: dict[str, set[str]] = {}
        for name in definition.datasets:
            bound = self.catalog.datasets.get(name)
            for column in bound.dataset.columns if bound else ():
                found.setdefault(column.name.lower(), set()).add(column.type)
        return {name: min(types) for name, types in found.items() if len(types) == 1}


_USER = re.compile(r"//[^/?#]*@")
"""Who asks, and the password: what was seen is kept without them, and outlives them."""


def batches(
    work: Iterable[tuple[Definition, Sequence[Period]]], plans: Plans, form: Form | None, pool: int
) -> list[Batch]:
    """Every KPI in exactly one batch. Those of one kin are asked together, unless another form is asked for."""
    alone: list[Batch] = []
    families: dict[tuple[object, ...], list[tuple[Definition, Shape]]] = {}
    for definition, periods in work:
        shape = plans.anatomy(definition).shape if periods and form != "loop" else None
        if shape is None or form in ("lateral", "scan"):
            alone.append(Batch((definition,), tuple(periods), shape))
        else:
            query = query_of(definition)
            kin = (query.database, definition.card.timezone, tuple(periods), shape.kin)
            families.setdefault(kin, []).append((definition, shape))
    together = [batch for kin, family in families.items() for batch in _divided(family, kin[2], pool)]
    return [*together, *alone]


def way(batch: Batch, plans: Plans, form: Form | None, access: Access | None) -> Form:
    """In which form a batch is asked: `shared` as one query period by period, `lateral`, `scan`, or the loop.

    `access` is what the engine says; None where it was not asked, or is of a kind that says nothing of indexes: one
    that reads columns, and reads them best in one pass.
    """
    refusals = plans.anatomy(batch.members[0]).refusals
    scannable = batch.shape is not None and "scan" not in refusals and not batch.shape.binds
    if form in ("lateral", "scan", "loop"):
        return form if form == "loop" or (scannable if form == "scan" else form not in refusals) else "loop"
    several, many = len(batch.members) > 1, len(batch.periods) >= MANY
    one_by_one: Form = "shared" if several else "loop"
    if len(batch.periods) < (2 if several else FEW):
        return one_by_one
    if access is None:
        beside = many and all(plans.anatomy(member).linear for member in batch.members)
        return "scan" if scannable else "lateral" if beside and "lateral" not in refusals else one_by_one
    worth = several or access.far or (many and scannable)
    if scannable and not access.indexed and (worth or access.large):
        return "scan"
    return "lateral" if worth and "lateral" not in refusals else one_by_one


def query_of(definition: Definition) -> Query:
    assert isinstance(definition.kpi.measure, Query)
    return definition.kpi.measure


def _divided(family: Sequence[tuple[Definition, Shape]], periods: object, pool: int) -> list[Batch]:
    """As many statements as connections are free for, none too small to be worth it and none too large."""
    assert isinstance(periods, tuple)
    count = max(min(pool, len(family) // APART), -(-len(family) // TOGETHER), 1)
    shares = [family[n::count] for n in range(count)]
    return [
        Batch(tuple(d for d, _ in share), periods, shared([s for _, s in share]) if len(share) > 1 else share[0][1])
        for share in shares
    ]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
