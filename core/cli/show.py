"""kpi show: one KPI, what it means, its last periods, its slices, its plan."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from core.cli.definitions import listed
from core.cli.output import MARKS, paint, table, tell, tell_json
from core.cli.segments import segment_lines, segments_told
from core.errors import MisuseError
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
    from core.cli.facts import fact_lines, facts_told
    from core.pipeline.facts import facts_of
    from core.pipeline.past import how_it_settles
    from core.pipeline.reading import preview
    from core.pipeline.segmenting import preview as segmented
    from core.pipeline.sliceable import dimensions_of

    if as_plan:
        return _show_plan(context, selector, as_json)
    if by or top is not None:
        return _show_slices(context, selector, week, by, top, as_json)
    with open_session(context.obj) as session:
        definition = session.catalog.one(selector)
        line = preview(session, definition, max(count, 2) if definition.kpi.alarms else count, week)
        facts = facts_of(session, definition, line.readings)
        line = replace(line, readings=line.readings[-count:])
        settles = how_it_settles(session, definition)
        segments = segmented(session, definition, line.readings[-1].period)
    if as_json:
        told: dict[str, object] = {"readings": [_previewed(line, reading) for reading in line.readings]}
        told |= {"segments": segments_told(segments)} if segments else {}
        tell_json(listed(definition) | facts_told(facts) | told | {"settling": asdict(settles) if settles else None})
        return 0
    for text in fact_lines(definition, facts, dimensions_of(session.catalog, definition)):
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
    for text in segment_lines(segments):
        tell(text)
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
