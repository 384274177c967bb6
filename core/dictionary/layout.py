"""A layered layout: sources on the left, what is made of them to their right, every edge from left to right.

A node stands one layer right of the furthest of its parents. Within a layer nodes stand near their neighbours, so that
few edges cross, and an edge that is longer than a layer keeps a way free between them. The same graph always has the
same layout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from itertools import pairwise

from core.dictionary.lineage import Graph, Kind, Node

WIDTH, HEIGHT, TALL, WAY = 250, 26, 44, 6  # of a box; one with two lines is tall, a way is thin
GAP, LANE, MARGIN = 8, 96, 20
_SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Box:
    node: Node
    x: float
    y: float

    @property
    def height(self) -> int:
        return _height(self.node)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where every node stands, and by edge the boxes that it leads through from its first to its last."""

    boxes: Mapping[str, Box]
    ways: Mapping[tuple[str, str], Sequence[Box]]
    width: float
    height: float


def laid_out(graph: Graph) -> Layout:
    layers = _layers(graph)
    through = _through(graph, layers)
    graph = _with_ways(graph, through)
    layers = _ordered(graph, layers)
    nodes, near = {node.key: node for node in graph.nodes}, _neighbours(graph)
    tallest = max((_stacked([nodes[key] for key in layer]) for layer in layers), default=0)
    boxes: dict[str, Box] = {}
    for place in _from_the_fullest(layers):
        wanted = [(nodes[key], [boxes[n].middle - MARGIN for n in near[key] if n in boxes]) for key in layers[place]]
        for (node, _), y in zip(wanted, _stood(wanted, tallest), strict=True):
            boxes[node.key] = Box(node, MARGIN + place * (WIDTH + LANE), MARGIN + y)
    width = MARGIN * 2 + len(layers) * WIDTH + max(len(layers) - 1, 0) * LANE
    ways = {edge: [boxes[key] for key in keys] for edge, keys in through.items()}
    shown = {key: box for key, box in boxes.items() if box.node.kind is not Kind.WAY}
    return Layout(shown, ways, width, MARGIN * 2 + tallest)


def _through(graph: Graph, layers: list[list[str]]) -> dict[tuple[str, str], list[str]]:
    """By edge: the nodes it leads through. Where it passes a layer, a way is added to that layer."""
    level = {key: n for n, layer in enumerate(layers) for key in layer}
    found: dict[tuple[str, str], list[str]] = {}
    for above, below in graph.edges:
        between = [f"{above} > {below} {n}" for n in range(level[above] + 1, level[below])]
        for n, way in enumerate(between, start=level[above] + 1):
            layers[n].append(way)
        found[above, below] = [above, *between, below]
    return found


def _with_ways(graph: Graph, through: Mapping[tuple[str, str], Sequence[str]]) -> Graph:
    steps = [step for keys in through.values() for step in pairwise(keys)]
    ways = [Node(key, "", Kind.WAY) for keys in through.values() for key in keys[1:-1]]
    return replace(graph, nodes=[*graph.nodes, *ways], edges=steps)


def _layers(graph: Graph) -> list[list[str]]:
    """By layer: its nodes in the order of the graph. A KPI of another scorecard stands beside those of this one."""
    kinds = {node.key: node.kind for node in graph.nodes}
    order = TopologicalSorter({node.key: graph.parents(node.key) for node in graph.nodes}).static_order()
    depth: dict[str, int] = {}
    for key in order:
        above = [depth[parent] + 1 for parent in graph.parents(key)]
        depth[key] = max(above, default=0 if kinds[key] in (Kind.SOURCE, Kind.SCORECARD) else 1)
    first = min(depth.values(), default=0)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1 - first)]
    for node in graph.nodes:
        layers[depth[node.key] - first].append(node.key)
    return [layer for layer in layers if layer]


def _ordered(graph: Graph, layers: list[list[str]]) -> list[list[str]]:
    """Each layer by the mean place of its neighbours, seen from the left and from the right in turn."""
    near = _neighbours(graph)
    best, fewest = layers, _crossings(graph, layers)
    for sweep in range(_SWEEPS):
        backwards = sweep % 2 == 1
        places = _places(layers)
        arranged: list[list[str]] = []
        for layer in reversed(layers) if backwards else layers:
            wanted = {key: _mean([places[n] for n in near[key] if n not in layer], places[key]) for key in layer}
            arranged.append(sorted(layer, key=wanted.__getitem__))
            places |= _places([arranged[-1]])
        layers = arranged[::-1] if backwards else arranged
        if (crossings := _crossings(graph, layers)) < fewest:
            best, fewest = layers, crossings
    return best


def _places(layers: Sequence[Sequence[str]]) -> dict[str, float]:
    """By node: how far down its layer it stands, from 0 to 1."""
    return {key: (place + 0.5) / len(layer) for layer in layers for place, key in enumerate(layer)}


def _crossings(graph: Graph, layers: Sequence[Sequence[str]]) -> int:
    level = {key: n for n, layer in enumerate(layers) for key in layer}
    places = _places(layers)
    spans = [(level[a], level[b], places[a], places[b]) for a, b in graph.edges]
    return sum(
        one[0] == other[0] and one[1] == other[1] and (one[2] - other[2]) * (one[3] - other[3]) < 0
        for n, one in enumerate(spans)
        for other in spans[:n]
    )


def _neighbours(graph: Graph) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {node.key: [] for node in graph.nodes}
    for above, below in graph.edges:
        near[above].append(below)
        near[below].append(above)
    return near


def _from_the_fullest(layers: Sequence[Sequence[str]]) -> list[int]:
    """The layer with most nodes first, then those beside it: the others find room next to their neighbours."""
    fullest = max(range(len(layers)), key=lambda place: len(layers[place]), default=0)
    return [*range(fullest, len(layers)), *reversed(range(fullest))] if layers else []


def _stood(wanted: Sequence[tuple[Node, Sequence[float]]], room: float) -> list[float]:
    """How far down each node of a layer stands: as near to the middle of its neighbours as the others allow."""
    tops: list[float] = []
    y = (room - _stacked([node for node, _ in wanted])) / 2  # where none has neighbours yet they are centred
    if any(middles for _, middles in wanted):
        y = 0.0
    for node, middles in wanted:
        top = sum(middles) / len(middles) - _height(node) / 2 if middles else y
        tops.append(max(y, top))
        y = tops[-1] + _height(node) + GAP
    floor = room
    for place in reversed(range(len(tops))):  # what was pushed over the edge moves up again
        tops[place] = min(tops[place], floor - _height(wanted[place][0]))
        floor = tops[place] - GAP
    return tops


def _stacked(nodes: Sequence[Node]) -> float:
    return sum(map(_height, nodes)) + GAP * max(len(nodes) - 1, 0)


def _height(node: Node) -> int:
    if node.kind is Kind.WAY:
        return WAY
    return TALL if node.below else HEIGHT


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
