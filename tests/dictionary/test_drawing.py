"""The SVG: well formed, self-contained, whole, and readable in light and in dark."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.dictionary.drawing import _DARK, _FILLED, _LIGHT, drawn, fitted
from core.dictionary.layout import WIDTH
from core.dictionary.lineage import Graph, Kind, Node, all_sources, graph_of, overview_of
from core.discovery import read_catalog

CATALOG = read_catalog(Path(__file__).parents[2] / "scorecards")
SOURCES = all_sources(CATALOG)
GRAPHS = [overview_of(CATALOG, SOURCES), *(graph_of(CATALOG, SOURCES, name) for name in CATALOG.scorecards)]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.title)
def test_every_node_and_edge_of_the_repository_is_drawn(graph: Graph) -> None:
    tree = ElementTree.fromstring(drawn(graph))
    told = {title.text for title in tree.iter(f"{SVG}title")}
    assert told >= {node.hint or node.label for node in graph.nodes}
    assert len([path for path in tree.iter(f"{SVG}path") if path.get("class") == "edge"]) == len(graph.edges)
    width, height = (float(tree.get(word, "0")) for word in ("width", "height"))
    for rect in tree.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(word, "0")) for word in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height


def test_a_drawing_needs_and_runs_nothing_from_elsewhere() -> None:
    text = drawn(GRAPHS[0]).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|url\(|<script|<image|<foreignObject|href|var\(", text)


def test_what_people_write_is_text() -> None:
    node = Node("k", 'A & B <script> "C"', Kind.QUERY, hint="<b>")
    tree = ElementTree.fromstring(drawn(Graph("R & D", [node], [])))
    assert 'A & B <script> "C"' in [text.text for text in tree.iter(f"{SVG}text")]


def test_a_long_name_is_cut_and_told_whole_beside() -> None:
    node = Node("k", "07  " + "Very " * 20 + "long", Kind.QUERY, hint="all of it")
    assert len(fitted(node)) < len(node.label)
    assert fitted(node).endswith("…")
    assert "all of it" in drawn(Graph("One", [node], []))
    assert max(len(fitted(node)) for graph in GRAPHS for node in graph.nodes) * 6.3 < WIDTH


@pytest.mark.parametrize("colours", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", *_FILLED])
def test_text_stands_out_from_its_ground(colours: dict[str, str], ground: str) -> None:
    """By the rule of WCAG 2: 4.5 for text, 3 for shapes."""
    assert contrast(colours["ink"], colours[ground]) >= 7
    assert contrast(colours["faint"], colours["ground"]) >= 4.5
    assert contrast(colours["faint"], colours[Kind.SCORECARD]) >= 4.5
    if ground != "ground":
        assert contrast(colours[f"{ground}-rim"], colours["ground"]) >= 3


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_both_palettes_are_in_the_drawing() -> None:
    style = drawn(GRAPHS[0]).partition("<style>")[2].partition("</style>")[0]
    light, dark = style.split("@media(prefers-color-scheme:dark)")
    assert _LIGHT["ground"] in light
    assert _DARK["ground"] in dark
    assert set(_LIGHT) == set(_DARK)
