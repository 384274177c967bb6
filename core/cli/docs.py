"""kpi docs: the dictionary of metrics, from the definitions."""

from pathlib import Path

import click

from core.cli.options import dry_run
from core.cli.output import say, tell, tell_json
from core.pipeline.session import open_session
from core.units import counted


@click.command("docs")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Into this folder (default: docs/reference/metrics beside the scorecards).",
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where the pages are not current.")
@dry_run
@click.option("--json", "as_json", is_flag=True, help="What was done as JSON.")
@click.pass_context
def docs_command(context: click.Context, folder: Path | None, check: bool, dry_run: bool, as_json: bool) -> int:
    """Write what every KPI means and is made of: an index, a page a scorecard, and how KPIs are made as drawings.

    The pages are Markdown, the drawings SVG. Pages of scorecards that are gone are taken away; other files stay.
    """
    from core.pipeline.documenting import document, usual_folder

    with open_session(context.obj) as session:
        place = folder or usual_folder(session.settings.scorecards)
        found = document(session.catalog, place, dry_run=check or dry_run)
    wrong = check and not found.is_current
    if as_json:
        told = {"outdated": found.outdated, "needless": found.needless, "current": found.current}
        tell_json({"folder": str(found.folder), "dry_run": check or dry_run} | told)
        return 1 if wrong else 0
    for name in found.outdated:
        tell(f"{found.folder / name}{' is not current' if check else ''}")
    for name in found.needless:
        tell(f"{found.folder / name} {'belongs to no scorecard' if check or dry_run else 'is gone'}")
    if wrong:
        say("Renew them: kpi docs" + (f" --to {folder}" if folder else ""))
    elif found.current:
        say(f"{counted(found.current, 'file')} as before.")
    return 1 if wrong else 0
