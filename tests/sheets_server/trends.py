"""A SPARKLINE as a picture: numbers as a line, gaps left out."""

from collections.abc import Sequence
from typing import Any


def trend(values: Sequence[Any], width: int, height: int) -> str:
    """An SVG; empty without two numbers."""
    points = [(n, float(v)) for n, v in enumerate(values) if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(points) < 2:
        return ""
    low, high = min(v for _, v in points), max(v for _, v in points)
    first, last = points[0][0], points[-1][0]

    def x(n: float) -> float:
        return 1 + (n - first) / (last - first) * (width - 2)

    def y(v: float) -> float:
        return 1 + (1 - (v - low) / (high - low)) * (height - 2) if high > low else height / 2

    line = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in points)
    return (
        f"<svg width={width} height={height} viewBox='0 0 {width} {height}' style='display:block;margin:4px'>"
        f"<polyline points='{line}' fill=none stroke='#3c78d8' stroke-width=1.2 /></svg>"
    )
