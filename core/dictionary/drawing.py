"""A graph as SVG: plain shapes and text, readable on light and on dark pages, with nothing that runs or is fetched.

The drawing has a ground of its own, and changes its colours with those of the reader's system.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from core.dictionary.layout import MARGIN, WIDTH, Box, Layout, laid_out
from core.dictionary.lineage import Graph, Kind, Node

_LETTER = 6.3  # the mean width of a letter of 12 pixels in the fonts that systems bring
_LEGEND = {
    Kind.SOURCE: "dataset, table, sheet",
    Kind.QUERY: "KPI from its sources",
    Kind.FORMULA: "KPI from other KPIs",
    Kind.ELSEWHERE: "KPI of another scorecard",
}
_FILLED = (*_LEGEND, Kind.SCORECARD)
_HEAD, _FOOT = 30, 34

_LIGHT = {
    "ground": "#ffffff",
    "rim": "#d0d7de",
    "ink": "#1f2328",
    "faint": "#59636e",
    "edge": "#8c96a1",
    "source": "#ddf4e4",
    "source-rim": "#2f7d4f",
    "query": "#e3eefb",
    "query-rim": "#2f6db5",
    "formula": "#f1e8fb",
    "formula-rim": "#7b4fb5",
    "elsewhere": "#f6f8fa",
    "elsewhere-rim": "#7d8590",
    "scorecard": "#e3eefb",
    "scorecard-rim": "#2f6db5",
}
_DARK = {
    "ground": "#0d1117",
    "rim": "#3d444d",
    "ink": "#f0f6fc",
    "faint": "#9198a1",
    "edge": "#656c76",
    "source": "#12301f",
    "source-rim": "#4fae78",
    "query": "#132a47",
    "query-rim": "#5b9ae6",
    "formula": "#2b1d43",
    "formula-rim": "#a883e0",
    "elsewhere": "#151b23",
    "elsewhere-rim": "#7d8590",
    "scorecard": "#132a47",
    "scorecard-rim": "#5b9ae6",
}


def drawn(graph: Graph) -> str:
    """The SVG of a graph, with a legend of the kinds that are in it."""
    layout = laid_out(graph)
    legend = list(_legend([kind for kind in _LEGEND if any(node.kind is kind for node in graph.nodes)], layout))
    width = max(layout.width, MARGIN * 2 + len(graph.title) * 8.5)
    height = _HEAD + layout.height + (_FOOT if legend else 0)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="title">',
        f'<title id="title">{escape(graph.title)}</title>',
        f"<style>{_style()}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8"/>',
        f'<text class="head" x="{MARGIN}" y="32">{escape(graph.title)}</text>',
        f'<g transform="translate(0 {_HEAD})">',
        *(_edge(way, graph.hints.get(edge, "")) for edge, way in layout.ways.items()),
        *(line for box in layout.boxes.values() for line in _box(box)),
        *legend,
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _style() -> str:
    """Colours are written out, not named: not every program that draws an SVG knows named ones."""
    plain = [
        "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}",
        ".head{font-size:15px;font-weight:600}.small{font-size:11px}.edge{fill:none;stroke-width:1.3}",
        f"{','.join(f'.{kind}' for kind in _FILLED)}{{stroke-width:1.2}}.{Kind.ELSEWHERE}{{stroke-dasharray:4 3}}",
    ]
    return "".join([*plain, *_painted(_LIGHT), "@media(prefers-color-scheme:dark){", *_painted(_DARK), "}"])


def _painted(colours: Mapping[str, str]) -> Iterator[str]:
    yield f"text{{fill:{colours['ink']}}}.small{{fill:{colours['faint']}}}"
    yield f".ground{{fill:{colours['ground']};stroke:{colours['rim']}}}"
    yield f".edge{{stroke:{colours['edge']}}}.tip{{fill:{colours['edge']}}}"
    for kind in _FILLED:
        yield f".{kind}{{fill:{colours[kind]};stroke:{colours[f'{kind}-rim']}}}"


def _edge(way: Sequence[Box], hint: str) -> str:
    """A curve that leaves to the right and arrives from the left, with a small tip; its hint shows at the mouse."""
    first, last = way[0], way[-1]
    line = f"M{first.x + WIDTH:g} {first.middle:g}"
    for box, after in pairwise(way):
        x, to_x = box.x + WIDTH, after.x - (5 if after is last else 0)
        bend = (to_x - x) / 2
        line += f"C{x + bend:g} {box.middle:g} {to_x - bend:g} {after.middle:g} {to_x:g} {after.middle:g}"
        line += "" if after is last else f"H{after.x + WIDTH:g}"
    told = f"<title>{escape(hint)}</title>" if hint else ""
    tip = f'<path class="tip" d="M{last.x:g} {last.middle:g}l-7 -3.5v7z"/>'
    return f'<path class="edge" d="{line}">{told}</path>{tip}'


def _box(box: Box) -> Iterator[str]:
    node, corner = box.node, 5 if box.node.kind is Kind.SOURCE else 12
    yield f"<g><title>{escape(node.hint or node.label)}</title>"
    yield (
        f'<rect class="{node.kind}" x="{box.x:g}" y="{box.y:g}" width="{WIDTH}" height="{box.height}" '
        f'rx="{min(corner, 13)}"/>'
    )
    first = box.y + (19 if node.below else box.height / 2 + 4)
    yield f'<text x="{box.x + 11:g}" y="{first:g}" xml:space="preserve">{escape(fitted(node))}</text>'
    if node.below:
        yield f'<text class="small" x="{box.x + 11:g}" y="{first + 16:g}">{escape(node.below)}</text>'
    yield "</g>"


def fitted(node: Node) -> str:
    """The label as far as there is room for it; the hint tells it whole."""
    most = int((WIDTH - 22) / _LETTER)
    return node.label if len(node.label) <= most else f"{node.label[: most - 1].rstrip()}…"


def _legend(kinds: Sequence[Kind], layout: Layout) -> Iterator[str]:
    x, y = float(MARGIN), layout.height + 2
    for kind in kinds:
        corner = 3 if kind is Kind.SOURCE else 6
        yield f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="18" height="12" rx="{corner}"/>'
        yield f'<text class="small" x="{x + 24:g}" y="{y + 10:g}">{_LEGEND[kind]}</text>'
        x += 24 + len(_LEGEND[kind]) * 6 + 24
