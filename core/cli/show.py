"""kpi show: one KPI, what it means, its last periods, its slices, its plan."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from core.catalog import Definition
from core.cli.definitions import listed, target_text
from core.cli.output import MARKS, paint, table, tell, tell_json
from core.errors import MisuseError
from core.measures import Expression
from core.pipeline.session import open_session
from core.readings import Reading, State
from core.units import show

if TYPE_CHECKING:
    from core.pipeline.reading import Line


@click.command("show")
@click.argument("selector")
@click.option("--week", "--period", "week", metavar="PERIOD", default="", help="Up to this period (default: the last).")
@click.option("--last", "count", type=click.IntRange(1, 520), default=13, show_default=True, help="How many periods.")
@click.option("--by", multiple=True, metavar="DIMENSION", help="One period, sliced by a dimension, or by two.")
@click.option("--plan", "as_plan", is_flag=True, help="How its query is asked for many periods, and why not otherwise.")
@click.option("--top", type=click.IntRange(0), help="How many slices (default: 20; with --json all).")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def show_command(
    context: click.Context,
    selector: str,
    week: str,
    count: int,
    by: tuple[str, ...],
    as_plan: bool,
    top: int | None,
    as_json: bool,
) -> int:
    """What a KPI means, and its last periods: evaluated now, recorded nowhere."""
    from core.pipeline.past import how_it_settles
    from core.pipeline.reading import preview
    from core.pipeline.sliceable import dimensions_of

    if as_plan:
        return _show_plan(context, selector, as_json)
    if by or top is not None:
        return _show_slices(context, selector, week, by, top, as_json)
    with open_session(context.obj) as session:
        definition = session.catalog.one(selector)
        line = preview(session, definition, count, week)
        settles = how_it_settles(session, definition)
    if as_json:
        told = {"readings": [_previewed(line, reading) for reading in line.readings]}
        tell_json(listed(definition) | told | {"settling": asdict(settles) if settles else None})
        return 0
    for text in _described(definition, dimensions_of(session.catalog, definition)):
        tell(text)
    most = max((abs(r.value) for r in line.readings if r.value is not None), default=None)
    rows = [
        [
            r.period.label,
            show(r.value, definition.kpi.unit),
            paint("█" * int(18 * abs(r.value) / most) if r.value is not None and most else "", "cyan"),
            paint(*MARKS[line.status(r)]),
            "" if r.state is State.FINAL else f"{r.state}: {r.note}",
        ]
        for r in line.readings
    ]
    for text in table(rows, right=(1,)):
        tell("  " + text)
    if settles:
        tell(f"\n  {settles.sentence()}")
    return 1 if any(r.state is State.FAILED for r in line.readings) else 0


def _show_plan(context: click.Context, selector: str, as_json: bool) -> int:
    from core.pipeline.planned import planned

    with open_session(context.obj) as session:
        definition = session.catalog.one(selector)
        found = planned(session, definition)
    sentences = [found] if isinstance(found, str) else list(found.sentences())
    if as_json:
        told = {} if isinstance(found, str) else asdict(found) | {"refusals": dict(found.refusals)}
        tell_json({"kpi": definition.name, "plan": told, "said": sentences})
        return 0
    tell(paint(f"{definition.number} {definition.kpi.title}", bold=True) + paint(f"  {definition.name}", dim=True))
    for sentence in sentences:
        tell(f"  {sentence}")
    return 0


def _show_slices(
    context: click.Context, selector: str, week: str, by: tuple[str, ...], top: int | None, as_json: bool
) -> int:
    from core.cli.slices import tell_split, tell_split_json
    from core.pipeline.slicing import split

    if not by:
        raise MisuseError("--top goes with --by.", next_step="Say by which dimension: --by country.")
    if context.get_parameter_source("count") is not ParameterSource.DEFAULT:
        raise MisuseError("--by slices one period, so it does not go with --last.", next_step="Name it with --week.")
    with open_session(context.obj) as session:
        found = split(session, session.catalog.one(selector), by, week)
    return tell_split_json(found, listed(found.definition), top) if as_json else tell_split(found, top)


def _previewed(line: "Line", reading: Reading) -> dict[str, object]:
    return {
        "period": reading.period.label,
        "value": reading.value,
        "numerator": reading.number.numerator,
        "denominator": reading.number.denominator,
        "state": reading.state,
        "status": line.status(reading),
        "note": reading.note,
    }


def _described(d: Definition, dimensions: Sequence[str]) -> list[str]:
    kpi, measure = d.kpi, d.kpi.measure
    lines = [paint(f"{d.number} {kpi.title}", bold=True) + paint(f"  {d.name}", dim=True), "", *d.doc.splitlines(), ""]
    facts = [
        ["owner", kpi.owner],
        ["better", kpi.better],
        ["target", target_text(d) or "none"],
        ["each", f"{kpi.cadence.removesuffix('ly').replace('dai', 'day')}, {d.card.timezone}"],
    ]
    if d.datasets or d.parents:
        facts.append(["from", ", ".join(d.datasets or d.parents)])
    if isinstance(measure, Expression):
        facts.append(["formula", str(measure)])
    if dimensions:
        facts.append(["by", ", ".join(dimensions)])
    return [*lines, *("  " + text for text in table(facts)), ""]
