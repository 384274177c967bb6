"""Lineage as a graph: datasets → KPIs → formulas, of one scorecard, and how scorecards rest on each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.catalog import Catalog, Definition
from core.dictionary.sources import Source, sources_of
from core.expressions import Expression
from core.units import counted

Sources = Mapping[str, Sequence[Source]]
"""By name of a KPI: what its own queries read."""


class Kind(StrEnum):
    SOURCE = "source"  # a dataset, or another table, sheet or file
    QUERY = "query"  # a KPI that asks its sources
    FORMULA = "formula"  # a KPI made of other KPIs
    ELSEWHERE = "elsewhere"  # a KPI of another scorecard
    SCORECARD = "scorecard"
    WAY = "way"  # no node of its own: where a long edge passes through a layer


@dataclass(frozen=True, slots=True)
class Node:
    """`label` is drawn, `below` in a second line; `hint` tells the whole of it."""

    key: str
    label: str
    kind: Kind
    hint: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges lead from what is read to what is made of it; there is no circle."""

    title: str
    nodes: Sequence[Node]
    edges: Sequence[tuple[str, str]]
    hints: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def parents(self, key: str) -> list[str]:
        return [above for above, below in self.edges if below == key]


def parents_of(catalog: Catalog, definition: Definition) -> list[Definition]:
    """The KPIs that its formula refers to, by name or by number, each once, as far as their files are sound."""
    found = (catalog.by_name[name] for name in definition.parents if name in catalog.by_name)
    return list({parent.key: parent for parent in found}.values())


def children_of(catalog: Catalog, definition: Definition) -> list[Definition]:
    """The KPIs whose formulas refer to it, by name or by number."""
    return [d for d in catalog.definitions if any(p.key == definition.key for p in parents_of(catalog, d))]


def all_sources(catalog: Catalog) -> Sources:
    """Read once for all that is drawn and written: it means reading every query."""
    return {d.name: sources_of(catalog, d.kpi.measure) for d in catalog.definitions}


def graph_of(catalog: Catalog, sources: Sources, scorecard: str) -> Graph:
    """One scorecard: its KPIs, what they read, and KPIs of other scorecards that they rest on or that rest on them."""
    mine = [d for d in catalog.definitions if d.scorecard == scorecard]
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], None] = {}
    for definition in mine:
        for source in sources[definition.name]:
            nodes.setdefault(source.name, _source_node(source))
            edges[source.name, definition.name] = None
        for parent in parents_of(catalog, definition):
            nodes.setdefault(parent.name, _kpi_node(parent, scorecard))
            edges[parent.name, definition.name] = None
        nodes[definition.name] = _kpi_node(definition, scorecard)
        for child in children_of(catalog, definition):
            nodes.setdefault(child.name, _kpi_node(child, scorecard))
            edges[definition.name, child.name] = None
    return Graph(f"{catalog.scorecards[scorecard].title}: how its KPIs are made", list(nodes.values()), list(edges))


def overview_of(catalog: Catalog, sources: Sources) -> Graph:
    """Every scorecard, and which of them use another one's KPIs or datasets."""
    nodes = [
        Node(scorecard, card.title, Kind.SCORECARD, f"{card.title}: {card.owner}", _size(catalog, scorecard))
        for scorecard, card in catalog.scorecards.items()
    ]
    uses: dict[tuple[str, str], dict[str, None]] = {}
    for above, below, what in _uses(catalog, sources):
        if above != below and (below, above) not in uses:  # of two that use each other the first is drawn
            uses.setdefault((above, below), {})[what] = None
    edges = list(_without_circles(uses))
    return Graph("How the scorecards rest on each other", nodes, edges, {e: ", ".join(uses[e]) for e in edges})


def _uses(catalog: Catalog, sources: Sources) -> Iterator[tuple[str, str, str]]:
    for definition in catalog.definitions:
        for parent in parents_of(catalog, definition):
            yield parent.scorecard, definition.scorecard, parent.name
        for source in sources[definition.name]:
            if source.dataset:
                yield catalog.datasets[source.dataset].scorecard, definition.scorecard, source.name


def _without_circles(edges: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Scorecards may use each other in a circle, though KPIs never do: the edge that would close it is left out."""
    below: dict[str, set[str]] = {}

    def reaches(start: str, goal: str) -> bool:
        return start == goal or any(reaches(child, goal) for child in below.get(start, ()))

    for from_, to in edges:
        if not reaches(to, from_):
            below.setdefault(from_, set()).add(to)
            yield from_, to


def _size(catalog: Catalog, scorecard: str) -> str:
    kpis = sum(d.scorecard == scorecard for d in catalog.definitions)
    datasets = sum(bound.scorecard == scorecard for bound in catalog.datasets.values())
    return f"{counted(kpis, 'KPI')}, {counted(datasets, 'dataset')}"


def _source_node(source: Source) -> Node:
    return Node(source.name, source.name.removeprefix("staging."), Kind.SOURCE, source.name)


def _kpi_node(definition: Definition, scorecard: str) -> Node:
    if definition.scorecard != scorecard:
        return Node(definition.name, definition.name, Kind.ELSEWHERE, f"{definition.kpi.title} ({definition.name})")
    formula = isinstance(definition.kpi.measure, Expression)
    kind, label = Kind.FORMULA if formula else Kind.QUERY, f"{definition.number}  {definition.kpi.title}"
    return Node(definition.name, label, kind, f"{definition.kpi.title} ({definition.name})")
