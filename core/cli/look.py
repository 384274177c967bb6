"""kpi status, kpi history: what the ledger holds."""

import click

from core.cli.output import MARKS, STATES, paint, say, table, tell, tell_json
from core.pipeline.session import open_session
from core.units import show

SHOWN = 13  # periods in the text grid: a quarter


@click.command("status")
@click.argument("selectors", nargs=-1)
@click.option("--from", "first", metavar="PERIOD", default="", help="First period.")
@click.option("--to", "last", metavar="PERIOD", default="", help='Last period, or "last".')
@click.option("--json", "as_json", is_flag=True, help="The whole grid as JSON.")
@click.pass_context
def status_command(context: click.Context, selectors: tuple[str, ...], first: str, last: str, as_json: bool) -> int:
    """Every KPI and due period in exactly one state, without a hole."""
    from core.pipeline.reading import last_runs, status

    with open_session(context.obj) as session:
        lines = status(session, selectors, first, last)
        ran = last_runs(session)
        faults = session.catalog.faults
    if as_json:
        tell_json(
            [
                {
                    "kpi": line.definition.name,
                    "number": line.definition.number,
                    "period": reading.period.label,
                    "state": reading.state,
                    "status": line.status(reading),
                    "value": reading.value,
                    "note": reading.note,
                }
                for line in lines
                for reading in line.readings
            ]
        )
        return 0
    for scorecard in dict.fromkeys(line.definition.scorecard for line in lines):
        mine = [line for line in lines if line.definition.scorecard == scorecard]
        latest = max((line.readings[-1].period.label for line in mine if line.readings), default="")
        to = f", to {latest}" if latest else ": no period is due"
        tell(paint(f"{mine[0].definition.card.title}{to}", bold=True))
        rows = []
        for line in mine:
            cells = line.readings if first or last else line.readings[-SHOWN:]
            states = "".join(paint(*STATES[r.state]) for r in cells)
            mark, color = MARKS[line.status(line.readings[-1])] if line.readings else ("", "")
            value = show(line.readings[-1].value, line.definition.kpi.unit) if line.readings else ""
            rows.append([line.definition.number, line.definition.kpi.title, states, value, paint(mark, color)])
        for text in table(rows, right=(3,)):
            tell("  " + text)
    say(paint("■ final  ◪ provisional  H held  ! failed  · missing  - retired", dim=True))
    for run in ran:
        say(
            paint(
                f"{run.scorecard}: {run.command} {run.run} {run.state}, {run.started_at:%Y-%m-%d %H:%M} UTC", dim=True
            )
        )
    for fault in faults:
        say(paint(str(fault), "red"))
    return 0


@click.command("history")
@click.argument("selectors", nargs=-1, required=True)
@click.option("--from", "first", metavar="PERIOD", default="", help="First period.")
@click.option("--to", "last", metavar="PERIOD", default="", help='Last period, or "last".')
@click.option("--json", "as_json", is_flag=True, help="A JSON array of readings.")
@click.pass_context
def history_command(context: click.Context, selectors: tuple[str, ...], first: str, last: str, as_json: bool) -> int:
    """The recorded numbers, with their states, as they stand now."""
    from core.pipeline.reading import history, status_of

    with open_session(context.obj) as session:
        found = history(session, selectors, first, last)
    if as_json:
        tell_json(
            [
                {
                    "kpi": definition.name,
                    "number": definition.number,
                    "period": recorded.reading.period.label,
                    "value": recorded.reading.value,
                    "numerator": recorded.reading.number.numerator,
                    "denominator": recorded.reading.number.denominator,
                    "unit": definition.kpi.unit,
                    "state": recorded.reading.state,
                    "status": status_of(definition, recorded.reading),
                    "note": recorded.reading.note,
                    "run": recorded.run,
                    "recorded_at": recorded.recorded_at,
                }
                for definition, recorded in found
            ]
        )
        return 0
    rows = [
        [
            definition.name,
            recorded.reading.period.label,
            show(recorded.reading.value, definition.kpi.unit),
            paint(*MARKS[status_of(definition, recorded.reading)]),
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
