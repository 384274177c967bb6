"""How things are told: tables and JSON on stdout, progress on a terminal."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import click

from core.readings import State
from core.targets import Status

MARKS = {Status.ON: ("●", "green"), Status.NEAR: ("▲", "yellow"), Status.OFF: ("◆", "red"), Status.UNKNOWN: ("", "")}
STATES = {
    State.FINAL: ("■", "green"),
    State.PROVISIONAL: ("◪", "yellow"),
    State.HELD: ("H", "magenta"),
    State.FAILED: ("!", "red"),
    State.MISSING: ("·", "red"),
    State.RETIRED: ("-", ""),
}


def say(text: str = "") -> None:
    """Talk, for people: on stderr, so that data on stdout stays clean."""
    click.echo(text, err=True, color=_color(sys.stderr))


def tell(text: str = "") -> None:
    """Data, on stdout."""
    click.echo(text, color=_color(sys.stdout))


def tell_json(data: object) -> None:
    tell(json.dumps(data, indent=2, ensure_ascii=False, default=_plain))


def paint(text: str, color: str = "", *, bold: bool = False, dim: bool = False) -> str:
    return click.style(text, fg=color or None, bold=bold or None, dim=dim or None) if color or bold or dim else text


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), right: Sequence[int] = ()) -> Iterator[str]:
    """Lines of columns that stand under each other; `right` lists the columns that are flush right."""
    everything = [*([head] if head else []), *rows]
    if not everything:
        return
    widths = [max(len(click.unstyle(row[n])) for row in everything) for n in range(len(everything[0]))]
    for row in everything:
        cells = [_fill(cell, widths[n], n in right) for n, cell in enumerate(row)]
        line = "  ".join(cells).rstrip()
        yield paint(line, dim=True) if head and row is head else line


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, show_pos=True) as bar:

        def advance(done: int, of: int) -> None:
            bar.length = max(of, 1)
            bar.update(done - bar.pos)

        yield advance


def _fill(cell: str, width: int, right: bool) -> str:
    gap = " " * (width - len(click.unstyle(cell)))
    return gap + cell if right else cell + gap


def _color(stream: Any) -> bool | None:
    return False if os.environ.get("NO_COLOR") or not stream.isatty() else None


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
