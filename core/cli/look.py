"""kpi status, kpi history: what the ledger holds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from core.cli.output import MARKS, STATES, paint, say, table, tell, tell_json
from core.periods import instant
from core.pipeline.session import open_session
from core.readings import Reading
from core.units import show

if TYPE_CHECKING:
    from core.ledger.rules import Recorded
    from core.pipeline.past import Told
    from core.pipeline.reading import Line

ALERTS = {"high": "red", "medium": "yellow"}
SHOWN = 13  # periods in the text grid: a quarter


@click.command("status")
@click.argument("selectors", nargs=-1)
@click.option("--from", "first", metavar="PERIOD", default="", help="First period.")
@click.option("--to", "last", metavar="PERIOD", default="", help='Last period, or "last".')
@click.option("--json", "as_json", is_flag=True, help="The whole grid as JSON.")
@click.pass_context
def status_command(context: click.Context, selectors: tuple[str, ...], first: str, last: str, as_json: bool) -> int:
    """Every KPI and due period in exactly one state, without a hole."""
    from core.checks import Level
    from core.pipeline.reading import last_runs, loads_below, owed, status

    with open_session(context.obj) as session:
        lines = status(session, selectors, first, last)
        ran, loads = last_runs(session), loads_below(session, [line.definition for line in lines])
        faults, waiting = session.catalog.faults, owed(session)
    if as_json:
        tell_json([_state(line, reading) for line in lines for reading in line.readings])
        return 0
    for scorecard in dict.fromkeys(line.definition.scorecard for line in lines):
        mine = [line for line in lines if line.definition.scorecard == scorecard]
        _tell_grid(mine, whole=bool(first or last))
    say(paint("■ final  ◪ provisional  H held  ! failed  · missing  - retired", dim=True))
    for load in loads:
        if load.level is not Level.PASS:
            say(paint(f"{load.dataset}: its contract says {load.level}: {load.why}", "yellow"))
        if load.drift.count:
            say(paint(f"{load.dataset}: columns since the load before: {load.drift}", "yellow"))
    for publication in waiting:
        why = publication.failure or "it was killed, or is under way"
        told = f"{publication.scorecard}: not published to {publication.target} since {publication.asked_at:%Y-%m-%d}"
        say(paint(f"{told}: {why} Next: kpi publish {publication.scorecard}", "yellow"))
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
        "target": line.definition.kpi.target_for(reading.period),
        "alert": line.alert(reading) or None,
        "alarm": line.alarm(reading) or None,
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
        alarm = paint(line.alarm(newest), ALERTS.get(line.alert(newest), "")) if newest else ""
        rows.append([line.definition.number, kpi.title, states, value, mark, alarm])
    for text in table(rows, right=(3,)):
        tell("  " + text)


@click.command("history")
@click.argument("selectors", nargs=-1, required=True)
@click.option("--from", "first", metavar="PERIOD", default="", help="First period.")
@click.option("--to", "last", metavar="PERIOD", default="", help='Last period, or "last".')
@click.option("--as-of", metavar="INSTANT", default="", help="As it stood then: 2026-03-02T09:00Z, or a day's end.")
@click.option("--revisions", is_flag=True, help="Every line of the story, not just the last of each period.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of readings.")
@click.pass_context
def history_command(
    context: click.Context,
    selectors: tuple[str, ...],
    first: str,
    last: str,
    as_of: str,
    revisions: bool,
    as_json: bool,
) -> int:
    """The recorded numbers, with their states: as they stand now or stood once, and how they came to be."""
    from core.pipeline.past import history

    with open_session(context.obj) as session:
        found = history(session, selectors, first, last, instant(as_of) if as_of else None)
    if as_json:
        tell_json([_recorded(told, line) for told in found for line in (told.lines if revisions else told.lines[-1:])])
        return 0
    rows = [row for told in found for row in (_revisions(told) if revisions else [_standing(told)])]
    for text in table(rows, right=(2,)):
        tell(text)
    if not found:
        say("Nothing is recorded yet. `kpi run` records what is due, `kpi backfill` a range.")
    return 0


def _standing(told: "Told") -> list[str]:
    """A period in a line: its number, and all there is to say of it."""
    kpi, reading = told.definition.kpi, told.line.reading
    zone, year = told.definition.card.zone, reading.period.year
    said = [r.sentence(kpi.unit, zone, year) for r in reversed(told.restatements)]
    remarks = [*filter(None, [reading.note]), *said, *(f'"{note.body}" ({note.actor})' for note in told.notes)]
    return [
        told.definition.name,
        reading.period.label,
        show(reading.value, kpi.unit),
        paint(*MARKS[kpi.status(reading.value, reading.period)]),
        reading.state,
        "; ".join(remarks),
    ]


def _revisions(told: "Told") -> list[list[str]]:
    """A period line by line: what was recorded when, why, by whom."""
    return [
        [
            told.definition.name,
            line.reading.period.label,
            show(line.reading.value, told.definition.kpi.unit),
            line.reading.state,
            line.reason,
            f"{line.recorded_at:%Y-%m-%d %H:%M} UTC",
            f"run {line.run} by {line.actor}",
            line.reading.note,
        ]
        for line in told.lines
    ]


def _recorded(told: "Told", line: "Recorded") -> dict[str, object]:
    reading, definition = line.reading, told.definition
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
        "reason": line.reason,
        "actor": line.actor,
        "run": line.run,
        "recorded_at": line.recorded_at,
        "notes": [{"note": n.body, "actor": n.actor, "written_at": n.written_at} for n in told.notes],
    }
