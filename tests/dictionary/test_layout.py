"""The layout of any graph: nothing overlaps, every edge leads to the right, and the same graph looks the same."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.dictionary.layout import WIDTH, Box, laid_out
from core.dictionary.lineage import Graph, Kind, Node

KINDS = (Kind.SOURCE, Kind.QUERY, Kind.FORMULA, Kind.ELSEWHERE, Kind.SCORECARD)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(0, 24))
    kinds = [draw(st.sampled_from(KINDS)) for _ in range(count)]
    nodes = [Node(f"n{n}", f"N{n}", kind, below="2" if draw(st.booleans()) else "") for n, kind in enumerate(kinds)]
    pairs = [(f"n{a}", f"n{b}") for a in range(count) for b in range(a + 1, count)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=40)) if pairs else []
    return Graph("Any", draw(st.permutations(nodes)), edges)


def apart(one: Box, other: Box) -> bool:
    return one.x != other.x or one.y + one.height <= other.y or other.y + other.height <= one.y


@given(graphs())
def test_boxes_and_long_edges_keep_out_of_each_others_way(graph: Graph) -> None:
    layout = laid_out(graph)
    assert set(layout.boxes) == {node.key for node in graph.nodes}
    passing = {box.node.key: box for way in layout.ways.values() for box in way}
    standing = list((passing | dict(layout.boxes)).values())
    assert all(apart(one, other) for n, one in enumerate(standing) for other in standing[:n])
    assert all(box.y >= 0 and box.y + box.height <= layout.height for box in standing)
    assert all(box.x >= 0 and box.x + WIDTH <= layout.width for box in standing)


@given(graphs())
def test_every_edge_leads_to_the_right_a_layer_at_a_time(graph: Graph) -> None:
    layout = laid_out(graph)
    assert set(layout.ways) == set(graph.edges)
    columns = sorted({box.x for way in layout.ways.values() for box in way} | {b.x for b in layout.boxes.values()})
    after = dict(pairwise(columns))
    for (above, below), way in layout.ways.items():
        assert (way[0], way[-1]) == (layout.boxes[above], layout.boxes[below])
        assert all(after[box.x] == following.x for box, following in pairwise(way))


@given(graphs())
def test_the_same_graph_has_the_same_layout(graph: Graph) -> None:
    assert laid_out(graph) == laid_out(graph)


def test_a_dataset_stands_beside_what_is_made_of_it() -> None:
    """Two datasets with KPIs that are numbered in turn: they are untangled, and no edge crosses another."""
    nodes = [Node(name, name, Kind.SOURCE) for name in ("a", "b")]
    nodes += [Node(f"k{n}", f"k{n}", Kind.QUERY) for n in range(6)]
    graph = Graph("Two", nodes, [("ab"[n % 2], f"k{n}") for n in range(6)])
    boxes = laid_out(graph).boxes
    order = sorted((box.y, key) for key, box in boxes.items() if key.startswith("k"))
    assert [int(key[1:]) % 2 for _, key in order] in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    middle = [boxes[key].middle for _, key in order][1::3]
    assert sorted(boxes[name].middle for name in "ab") == middle
