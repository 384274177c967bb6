"""kpi demo, migrate, doctor: setting up and looking after an installation."""

import click

from core.cli.output import paint, progress, say, table, tell, tell_json
from core.pipeline.session import open_session


@click.command("migrate")
@click.option("--dry-run", is_flag=True, help="Say from which revision to which; write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def migrate_command(context: click.Context, dry_run: bool, as_json: bool) -> int:
    """Bring the ledger's tables to this version; running it again changes nothing."""
    from core.ledger.schema import REVISION
    from core.pipeline.migrating import migrate

    with open_session(context.obj) as session:
        done = migrate(session, dry_run=dry_run)
    if as_json:
        told = {"from": done.before, "to": REVISION, "said": done.said, "administrator": done.administrator}
        tell_json(told | {"dry_run": dry_run})
        return 0
    for line in done.said or ["Nothing to do: the ledger is up to date."]:
        tell(line)
    if done.administrator:
        say("An administrator can run:")
    for statement in done.administrator:
        tell(statement)
    return 0


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor_command(context: click.Context, as_json: bool) -> int:
    """What is set up, what is not, and what to do about it."""
    from core.pipeline.doctor import examine

    with open_session(context.obj) as session:
        findings = examine(session)
    if as_json:
        tell_json([{"what": f.what, "fine": f.fine, "said": f.said} for f in findings])
    else:
        rows = [[paint("✓", "green") if f.fine else paint("✗", "red"), f.what, f.said] for f in findings]
        for line in table(rows):
            tell(line)
    return 0 if all(f.fine for f in findings) else 1


@click.command("demo")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def demo_command(context: click.Context, as_json: bool) -> int:
    """The whole job on sample rows: load, backfill 104 weeks, publish a workbook a scorecard.

    It never replaces rows that came from a real source.
    """
    from core.pipeline.demo import load_samples, publish_all, run_two_years, summary

    with open_session(context.obj) as session:
        say(paint("Sample rows for every dataset", bold=True))
        for line in load_samples(session):
            say(f"  {line}")
        with progress("104 weeks of every KPI") as bar:
            report = run_two_years(session, bar)
        published = publish_all(session)
        told = list(summary(session, report, published))
    if as_json:
        tell_json({"run": report.as_json(), "published": published.as_json()})
    else:
        for line in told:
            tell(line)
    return report.exit_code or published.exit_code
