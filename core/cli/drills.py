"""kpi drill: proof on this installation that kills and races lose nothing."""

import sys
from collections.abc import Iterator
from secrets import randbelow
from typing import TYPE_CHECKING

import click

from core.cli.output import paint, say, table, tell, tell_json
from core.pipeline.session import open_session

if TYPE_CHECKING:
    from core.pipeline.drill_report import DrillReport

_FORKING = (sys.executable, "-c", "from core.cli.drills import serve_commands; serve_commands()")


@click.command("drill")
@click.option("--random", "kills", type=click.IntRange(0), default=40, show_default=True, help="Random moments.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Draw the rows and the moments of an earlier drill.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def drill_command(context: click.Context, kills: int, seed: int | None, as_json: bool) -> int:
    """Kill real commands at every write point and at random moments, race them, and compare with clean runs.

    It works on scratch databases beside yours and drops them; yours is not written.
    """
    from core.pipeline.drill import drill

    chosen = randbelow(10_000) if seed is None else seed
    with open_session(context.obj) as session:
        report = drill(session, _FORKING, kills=kills, seed=chosen, say=_progress)
    if as_json:
        tell_json(report.as_json())
    else:
        for line in _told(report):
            tell(line)
    return report.exit_code


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        say(paint(text, dim=True))


def _told(report: "DrillReport") -> Iterator[str]:
    head = ["scene", "seconds", "write points", "random kills", "races", "equal"]
    rows = [
        [s.scene, f"{s.seconds:.2f}", str(sum(s.points.values())), str(s.random), str(s.races), f"{s.equal}/{s.cases}"]
        for s in report.scenes
    ]
    yield from table(rows, head, right=range(1, 6))
    for fault in report.faults:
        yield ""
        yield from (paint(line, "red") for line in fault.lines())
    yield ""
    yield report.sentence()


def serve_commands() -> None:
    """The forking process of a drill: it becomes the command line as often as it is asked to."""
    from core.cli import _outcome
    from core.pipeline.drill_forks import serve

    serve(_outcome)
