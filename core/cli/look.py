"""kpi status, kpi history: what the ledger holds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from core.catalog import Definition
from core.cli.output import MARKS, STATES, paint, say, table, tell, tell_json
from core.pipeline.session import open_session
from core.readings import Reading
from core.units import show

if TYPE_CHECKING:
    from core.ledger.rules import Recorded
    from core.pipeline.reading import Line

SHOWN = 13  # periods in the text grid: a quarter


@click.command("status")
@click.argument("selectors", nargs=-1)
@click.option("--from", "first", metavar="PERIOD", default="", help="First period.")
@click.option("--to", "last", metavar="PERIOD", default="", help='Last period, or "last".')
@click.option("--json", "as_json", is_flag=True, help="The whole grid as JSON.")
@click.pass_context
def status_command(context: click.Context, selectors: tuple[str, ...], first: str, last: str, as_json: bool) -> int:
    """Every KPI and due period in exactly one state, without a hole."""
    from core.pipeline.reading import last_runs, status, unhealthy

    with open_session(context.obj) as session:
        lines = status(session, selectors, first, last)
        ran, ill = last_runs(session), unhealthy(session, [line.definition for line in lines])
        faults = session.catalog.faults
    if as_json:
        tell_json([_state(line, reading) for line in lines for reading in line.readings])
        return 0
    for scorecard in dict.fromkeys(line.definition.scorecard for line in lines):
        mine = [line for line in lines if line.definition.scorecard == scorecard]
        _tell_grid(mine, whole=bool(first or last))
    say(paint("■ final  ◪ provisional  H held  ! failed  · missing  - retired", dim=True))
    for load in ill:
        say(paint(f"{load.dataset}: its contract says {load.level}: {load.why}", "yellow"))
    for run in ran:
        when = f"{run.started_at:%Y-%m-%d %H:%M} UTC"
        say(paint(f"{run.scorecard}: {run.command} {run.run} {run.state}, {when}", dim=True))
    for fault in faults:
        say(paint(str(fault), "red"))
    return 0


def _state(line: "Line", reading: Reading) -> dict[str, object]:
    return {
        "kpi": line.definition.name,
        "number": line.definition.number,
        "period": reading.period.label,
        "state": reading.state,
        "status": line.status(reading),
        "value": reading.value,
        "note": reading.note,
    }


def _tell_grid(lines: Sequence["Line"], *, whole: bool) -> None:
    """One scorecard: a line a KPI, a sign a period; the last quarter, or the whole range that was asked for."""
    latest = max((line.readings[-1].period.label for line in lines if line.readings), default="")
    to = f", to {latest}" if latest else ": no period is due"
    tell(paint(f"{lines[0].definition.card.title}{to}", bold=True))
    rows = []
    for line in lines:
        states = "".join(paint(*STATES[r.state]) for r in (line.readings if whole else line.readings[-SHOWN:]))
        kpi = line.definition.kpi
        newest = line.readings[-1] if line.readings else None
        value = show(newest.value, kpi.unit) if newest else ""
        mark = paint(*MARKS[line.status(newest)]) if newest else ""
        rows.append([line.definition.number, kpi.title, states, value, mark])
    for text in table(rows, right=(3,)):
        tell("  " + text)


@click.command("history")
@click.argument("selectors", nargs=-1, required=True)
@click.option("--from", "first", metavar="PERIOD", default="", help="First period.")
@click.option("--to", "last", metavar="PERIOD", default="", help='Last period, or "last".')
@click.option("--json", "as_json", is_flag=True, help="A JSON array of readings.")
@click.pass_context
def history_command(context: click.Context, selectors: tuple[str, ...], first: str, last: str, as_json: bool) -> int:
    """The recorded numbers, with their states, as they stand now."""
    from core.pipeline.reading import history

    with open_session(context.obj) as session:
        found = history(session, selectors, first, last)
    if as_json:
        tell_json([_recorded(definition, recorded) for definition, recorded in found])
        return 0
    rows = [
        [
            definition.name,
            recorded.reading.period.label,
            show(recorded.reading.value, definition.kpi.unit),
            paint(*MARKS[definition.kpi.status(recorded.reading.value, recorded.reading.period)]),
            recorded.reading.state,
            recorded.reading.note,
        ]
        for definition, recorded in found
    ]
    for text in table(rows, right=(2,)):
        tell(text)
    if not found:
        say("Nothing is recorded yet. `kpi run` records what is due, `kpi backfill` a range.")
    return 0


def _recorded(definition: Definition, recorded: "Recorded") -> dict[str, object]:
    reading = recorded.reading
    return {
        "kpi": definition.name,
        "number": definition.number,
        "period": reading.period.label,
        "value": reading.value,
        "numerator": reading.number.numerator,
        "denominator": reading.number.denominator,
        "unit": definition.kpi.unit,
        "state": reading.state,
        "status": definition.kpi.status(reading.value, reading.period),
        "note": reading.note,
        "run": recorded.run,
        "recorded_at": recorded.recorded_at,
    }
