"""kpi correct, kpi note: what people say, kept beside what was evaluated."""

import click

from core.cli.options import dry_run, may_wait
from core.cli.output import tell, tell_json
from core.errors import MisuseError
from core.pipeline.session import open_session


@click.command("correct")
@click.argument("selector")
@click.argument("period")
@click.argument("number", default="")
@click.option("--because", required=True, help="Why, in your own words: everybody who reads the number sees them.")
@click.option("--withdraw", is_flag=True, help="Take the correction back: what was last evaluated stands again.")
@may_wait
@dry_run
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def correct_command(
    context: click.Context,
    selector: str,
    period: str,
    number: str,
    because: str,
    withdraw: bool,
    patience: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Set a closed period's number by hand; it stands until it is withdrawn.

    NUMBER is as in the tables (0.118), with a percent sign (11.8%), or the word unknown. Write a negative one after
    two dashes: kpi correct sales.01 2026-W05 --because "..." -- -12
    """
    from core.pipeline import correcting

    if withdraw == bool(number):
        raise MisuseError("Give a number, or --withdraw to take the correction back.")
    with open_session(context.obj) as session:
        session.patience = patience
        if withdraw:
            said = correcting.withdraw(session, selector, period, because, dry_run=dry_run)
        else:
            said = correcting.correct(session, selector, period, number, because, dry_run=dry_run)
    if as_json:
        tell_json(said.as_json() | {"dry_run": dry_run})
    else:
        tell(said.sentence())
    return 0


@click.command("note")
@click.argument("selector")
@click.argument("period")
@click.argument("text", default="")
@click.option("--remove", is_flag=True, help="Take back what was noted.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def note_command(context: click.Context, selector: str, period: str, text: str, remove: bool, as_json: bool) -> int:
    """Say something of a KPI's period: it shows in the history, the workbook and the sheet."""
    from core.pipeline.correcting import annotate

    if remove == bool(text):
        raise MisuseError("Give a note, or --remove to take back what was noted.")
    with open_session(context.obj) as session:
        said = annotate(session, selector, period, text, remove=remove)
    if as_json:
        tell_json({"said": said})
    else:
        tell(said)
    return 0
