"""Options that several commands share."""

import click

may_wait = click.option(
    "--wait",
    "patience",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Wait so long for others who hold the lock.",
)
dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
