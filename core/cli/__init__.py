"""The command line: the only place that parses, prints and exits.

Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 something failed or is held, 2 misuse or configuration,
75 busy, 130 stopped by hand, 143 stopped by SIGTERM. Commands live in modules of their own, imported when they are
called: `kpi --help` must answer at once.
"""

import signal
import sys
from collections.abc import Iterator
from datetime import date, datetime
from importlib import import_module
from types import FrameType

import click

from core import __version__, write_points
from core.errors import FactoryError, MisuseError, did_you_mean
from core.periods import YEARS

COMMANDS = {
    "demo": ("upkeep", "Set up, load sample rows, backfill two years, publish: the whole job at once."),
    "new": ("definitions", "Write a new KPI file with the next free number."),
    "list": ("definitions", "Every KPI, and every file with faults."),
    "show": ("show", "One KPI: what it means and its last weeks, evaluated now, recorded nowhere."),
    "check": ("definitions", "Every fault of every file, queries included, at once."),
    "test": ("tests", "Run the examples beside each KPI; tell which mistakes no example would notice."),
    "diff": ("compare", "What a branch changes: KPIs, recorded numbers, statuses, published cells."),
    "docs": ("docs", "The dictionary of metrics: what every KPI means and is made of, as pages and drawings."),
    "load": ("work", "Bring datasets into staging, under their contracts."),
    "run": ("work", "Evaluate and record what is due; this is what cron calls."),
    "backfill": ("work", "Evaluate and record a range of periods."),
    "publish": ("work", "Bring the tabs up to date: workbooks or CSV files."),
    "status": ("look", "Every KPI and due period in exactly one state."),
    "history": ("look", "The recorded numbers of a KPI."),
    "why": ("proof", "The receipt of a number: from what it was made, what it was before, where it went."),
    "correct": ("people", "Set a closed period's number by hand, or take that back."),
    "note": ("people", "Say something of a KPI's period."),
    "audit": ("proof", "Whether the history is whole; who did what."),
    "drill": ("drills", "Kill and race real commands on a scratch database: nothing may be lost or doubled."),
    "doctor": ("upkeep", "What is set up, what is not, and what to do about it."),
    "migrate": ("upkeep", "Bring the ledger's tables to this version."),
}


class Commands(click.Group):
    """Knows the names and one line of each command without importing any of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"core.cli.{COMMANDS[cmd_name][0]}"), f"{cmd_name}_command")
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            raise click.UsageError(f'There is no command "{args[0]}". {did_you_mean(args[0], COMMANDS)}'.strip(), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="kpi")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Act as if it were this day.")
@click.option("--clock", hidden=True, metavar="INSTANT", help="For drills: what the time is.")
@click.option("--kill-at", hidden=True, metavar="POINT:N", help="For drills: die at the nth time of a write point.")
@click.pass_context
def kpi(context: click.Context, today: datetime | None, clock: str | None, kill_at: str | None) -> None:
    """Weekly scorecards: one small file per KPI, a ledger that never lies, a sheet people like."""
    from core.pipeline.session import Clock

    now = datetime.fromisoformat(clock) if clock else None
    context.obj = Clock(_within_reach(today.date()) if today else None, now)
    if kill_at:
        point, _, time = kill_at.partition(":")
        write_points.arm(point, int(time or 1))


def _within_reach(today: date) -> date:
    if today.year not in YEARS:
        raise MisuseError(
            f"--today {today.isoformat()} is out of reach: periods lie between {YEARS[0]} and {YEARS[-1]}."
        )
    return today


class Terminated(KeyboardInterrupt):
    """SIGTERM: whoever lets go properly at Ctrl-C does so here too."""


def main() -> None:
    """Run the command line; every failure leaves as a sentence and an exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_outcome(sys.argv[1:]))


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _outcome(arguments: list[str]) -> int:
    try:
        result = kpi.main(arguments, prog_name="kpi", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except FactoryError as error:
        click.echo(f"kpi: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt) as stop:
        click.echo("kpi: stopped. What was recorded until now is whole.", err=True)
        return 143 if any(isinstance(cause, Terminated) for cause in _with_causes(stop)) else 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has left: nothing more to say to it
        return 0
    except Exception as error:
        click.echo(f"kpi: {_own_fault(error)}", err=True)
        return 1


def _own_fault(error: Exception) -> str:
    """A fault of the program itself: the tracebacks go to a file, the sentence says where."""
    import traceback
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", prefix="kpi-fault-", suffix=".txt", delete=False, encoding="utf-8") as report:
        for cause in reversed(list(_with_causes(error))):
            frames = traceback.format_tb(cause.__traceback__)  # places only: the message may hold data
            report.write("".join(frames) + type(cause).__name__ + "\n")
    name = type(error).__name__
    return f"a fault of the program itself ({name}). What was recorded until now is whole: report {report.name}."


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        yield cause
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
