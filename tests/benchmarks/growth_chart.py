"""Draws the curves of growth.py, which runs this in an environment of its own: it has altair, the project has not.

It reads them as JSON and writes an SVG without a background, in colours that can be read on white and on black.
"""

import json
import sys
from typing import Any

import altair as alt

WORDS, FAINT = "#7d8590", "#7d859040"
COLOURS = ("#2f81f7", "#8b6fe8", "#d9622b", "#1f9d61")
PANELS = {"KPIs": "More KPIs", "weeks": "More weeks"}
SIDE, LINE = 300, 15  # pixels: of a panel, and from one name to the next
Row = dict[str, Any]


def main(curves: list[Row], target: str) -> None:
    panels = {by: [point for curve in curves if curve["by"] == by for point in points(curve)] for by in PANELS}
    seconds = [row["seconds"] for rows in panels.values() for row in [*rows, *ideal(rows)]]
    limits = (min(seconds) / 1.5, max(seconds) * 1.5)
    chart = alt.hconcat(*(panel(rows, by, limits) for by, rows in panels.items()), spacing=30, background="transparent")
    words = {"labelColor": WORDS, "titleColor": WORDS, "domainColor": WORDS, "tickColor": WORDS, "gridColor": FAINT}
    chart.configure_view(stroke=None).configure_axis(
        **words, titleFontWeight="normal", labelFontSize=11, titleFontSize=12
    ).configure_title(color=WORDS, anchor="start", fontSize=13).save(target)


def points(curve: Row) -> list[Row]:
    return [{"what": curve["what"], "size": int(n), "seconds": seconds} for n, seconds in curve["seconds"].items()]


def ideal(rows: list[Row]) -> list[Row]:
    """What grows as the work does, from the slowest at the smallest size."""
    first, last = min(row["size"] for row in rows), max(row["size"] for row in rows)
    start = max(row["seconds"] for row in rows if row["size"] == first)
    return [{"size": size, "seconds": start * size / first} for size in (first, last)]


def names(rows: list[Row], limits: tuple[float, float]) -> list[Row]:
    """The last point of each curve, moved up where its name would lie on another."""
    last = max(row["size"] for row in rows)
    apart = (limits[1] / limits[0]) ** (LINE / SIDE)
    found: list[Row] = []
    for row in sorted((row for row in rows if row["size"] == last), key=lambda row: row["seconds"]):
        lowest = found[-1]["seconds"] * apart if found else 0
        found.append({**row, "seconds": max(row["seconds"], lowest)})
    return found


def panel(rows: list[Row], by: str, limits: tuple[float, float]) -> alt.LayerChart:
    sizes = sorted({row["size"] for row in rows})
    whats = list(dict.fromkeys(row["what"] for row in rows))
    decades = [10.0**n for n in range(-4, 5) if limits[0] <= 10.0**n <= limits[1]]
    x = alt.X(
        "size:Q",
        scale=alt.Scale(type="log", domain=[sizes[0] * 0.9, sizes[-1] * 1.1], nice=False),
        axis=alt.Axis(values=sizes, format=",d", grid=False, title=by),
    )
    y = alt.Y(
        "seconds:Q",
        scale=alt.Scale(type="log", domain=list(limits), nice=False),
        axis=alt.Axis(values=decades, format="~g", title="seconds"),
    )
    colours = alt.Scale(domain=whats, range=COLOURS[-len(whats) :])

    def layer(data: list[Row]) -> alt.Chart:
        return alt.Chart(alt.Data(values=data)).encode(x=x, y=y)

    coloured = layer(rows).encode(color=alt.Color("what:N", scale=colours, legend=None))
    told = layer(names(rows, limits)).encode(text="what:N", color=alt.Color("what:N", scale=colours, legend=None))
    straight, (_, end) = layer(ideal(rows)), ideal(rows)
    slope = layer([end]).mark_text(align="right", dx=-10, dy=-2, color=WORDS).encode(text=alt.value("as the work does"))
    return (
        straight.mark_line(strokeDash=[4, 4], strokeWidth=1, color=WORDS)
        + slope
        + coloured.mark_line(strokeWidth=2)
        + coloured.mark_point(filled=True, size=45, opacity=1)
        + told.mark_text(align="left", dx=9, fontSize=12)
    ).properties(width=SIDE, height=SIDE, title=PANELS[by])


if __name__ == "__main__":
    main(json.load(sys.stdin), sys.argv[1])
