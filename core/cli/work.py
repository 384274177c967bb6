"""kpi load, run, backfill, publish: everything that writes."""

from typing import TYPE_CHECKING, Any

import click

from core.cli.options import dry_run, may_wait
from core.cli.output import paint, progress, say, tell, tell_json
from core.errors import MisuseError
from core.periods import instant
from core.pipeline.session import open_session

if TYPE_CHECKING:
    from core.pipeline.loading import LoadReport
    from core.pipeline.publish_report import PublishReport
    from core.pipeline.report import Report
    from core.rewrite.shape import Form

_FORM: click.Choice["Form"] = click.Choice(["loop", "lateral", "scan", "shared"])
_json = click.option("--json", "as_json", is_flag=True, help="The report as JSON.")


@click.command("run")
@click.argument("selectors", nargs=-1)
@click.option("--week", "--period", "week", metavar="PERIOD", default="", help="Only this period, whether due or not.")
@may_wait
@dry_run
@_json
@click.pass_context
def run_command(
    context: click.Context, selectors: tuple[str, ...], week: str, patience: float, dry_run: bool, as_json: bool
) -> int:
    """Evaluate and record what is due: the last complete week, and every one that was missed.

    Selectors: success, success.churn_52w, success.32, 'success.churn*', +success.05 (its parents too). None: all.
    """
    from core.pipeline.running import run

    with open_session(context.obj) as session, progress("Evaluating") as bar:
        session.patience = patience
        report = run(session, selectors, week=week, dry_run=dry_run, progress=bar)
    return _told(report, as_json, dry_run)


@click.command("backfill")
@click.argument("selectors", nargs=-1)
@click.option("--from", "first", metavar="PERIOD", required=True, help="First period: 2024-W01.")
@click.option("--to", "last", metavar="PERIOD", default="last", show_default=True, help="Last period.")
@click.option("--plan", "form", type=_FORM, help="How queries are asked; unless said, the engine decides.")
@click.option("--force", is_flag=True, help="Also what is final already, from the same query and the same rows.")
@may_wait
@dry_run
@_json
@click.pass_context
def backfill_command(
    context: click.Context,
    selectors: tuple[str, ...],
    first: str,
    last: str,
    form: "Form | None",
    force: bool,
    patience: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Evaluate and record every period of a range; what is the same already is left alone."""
    from core.pipeline.running import backfill

    with open_session(context.obj) as session, progress("Evaluating") as bar:
        session.patience = patience
        report = backfill(session, selectors, first, last, form=form, force=force, dry_run=dry_run, progress=bar)
    return _told(report, as_json, dry_run)


@click.command("load")
@click.argument("selectors", nargs=-1)
@click.option("--file", "files", multiple=True, metavar="NAME=PATH", help="Take this dataset from this file.")
@click.option("--sample", is_flag=True, help="Load the sample rows instead of the sources.")
@may_wait
@dry_run
@_json
@click.pass_context
def load_command(
    context: click.Context,
    selectors: tuple[str, ...],
    files: tuple[str, ...],
    sample: bool,
    patience: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Bring datasets into staging and judge each by its contract.

    Selectors: a scorecard (ecommerce), a dataset (order_lines), both (ecommerce.order_lines). None: all.
    """
    from core.pipeline.loading import load

    named = dict(_pair(text) for text in files)
    with open_session(context.obj) as session:
        session.patience = patience
        report = load(session, selectors, files=named, sample=sample, dry_run=dry_run)
    return _told_line_by_line(report, as_json)


@click.command("publish")
@click.argument("selectors", nargs=-1)
@click.option(
    "--to",
    "target",
    type=click.Choice(["sheets", "xlsx", "csv", "files"]),
    help="Where to; unless said, the scorecard's spreadsheet (KPI_SPREADSHEET_...), or else a workbook.",
)
@click.option("--year", "years", type=int, multiple=True, help="Only this year's tabs; may be given several times.")
@click.option("--as-of", metavar="INSTANT", default="", help="What it showed then, into a file of its own.")
@click.option("--take", type=click.Choice(["theirs", "ours"]), default="theirs", show_default=True, help="Hand edits.")
@click.option("--adopt", metavar="REASON", default="", help="Hand-edited numbers become corrections in the ledger.")
@click.option("--owed", is_flag=True, help="Only what waits in the outbox since Google or a file could not be reached.")
@click.option("--check", is_flag=True, help="Compare with the ledger, write nothing; exit code 1 on a difference.")
@may_wait
@dry_run
@_json
@click.pass_context
def publish_command(
    context: click.Context,
    /,
    selectors: tuple[str, ...],
    patience: float,
    dry_run: bool,
    as_json: bool,
    as_of: str,
    **asked: Any,
) -> int:
    """Bring the tabs of each scorecard up to date; only what changed is written.

    --to files writes the files that a scorecard declares instead, as of the end of its last complete period.
    """
    from core.pipeline.publishing import publish

    if asked["adopt"] and asked["take"] == "ours":
        raise MisuseError("--adopt and --take ours contradict each other: whose number shall stand?")
    with open_session(context.obj) as session:
        session.patience = patience
        at = instant(as_of) if as_of else None
        report = publish(session, selectors, as_of=at, dry_run=dry_run, **asked)
    return _told_line_by_line(report, as_json)


def _told_line_by_line(report: "LoadReport | PublishReport", as_json: bool) -> int:
    if as_json:
        tell_json(report.as_json())
        return report.exit_code
    for line in report.lines():
        tell(line)
    for problem in report.problems:
        say(paint(problem, "red"))
    return report.exit_code


def _told(report: "Report", as_json: bool, dry_run: bool) -> int:
    if as_json:
        tell_json(report.as_json())
        return report.exit_code
    for reading in report.troubles:
        say(paint(f"{reading.kpi} {reading.period.label} {reading.state}: {reading.note}", "red"))
    told = {reading.kpi for reading in report.troubles}
    for reading in {r.kpi: r for r in report.unvisited if r.kpi not in told}.values():
        say(paint(f"{reading.kpi} {reading.period.label} was not looked at again: {reading.note}", "red"))
    for line in [*map(str, report.faults), *report.problems]:
        say(paint(line, "red"))
    for remark in report.remarks:
        say(paint(remark, "yellow"))
    tell(report.sentence(dry_run))
    return report.exit_code


def _pair(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or not name or not path:
        raise MisuseError(f'--file {text}: write it as NAME=PATH, for example "order_lines=sales.parquet".')
    return name, path
