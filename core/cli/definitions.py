"""kpi new, list, show, check: what is defined."""

import sys
from pathlib import Path
from typing import get_args

import click

from core.catalog import Definition
from core.cli.filters import filtered, filters
from core.cli.output import paint, say, table, tell, tell_json
from core.dictionary.wording import target_text
from core.periods import Cadence
from core.pipeline.session import open_session
from core.targets import Better
from core.units import counted

_BETTER: click.Choice[Better] = click.Choice(get_args(Better))
_CADENCE: click.Choice[Cadence] = click.Choice(get_args(Cadence))


@click.command("new")
@click.argument("scorecard")
@click.argument("title")
@click.option("--owner", default="", help="Who answers for it (default: the scorecard's owner).")
@click.option("--unit", default="", help="What is counted: forms, GBP, %, hours.")
@click.option("--better", type=_BETTER, help="Which way is good.")
@click.option("--cadence", type=_CADENCE, default="weekly", help="Over which periods (default: weekly).")
@click.option("--dry-run", is_flag=True, help="Print the file; write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def new_command(
    context: click.Context,
    scorecard: str,
    title: str,
    owner: str,
    unit: str,
    better: Better,
    cadence: Cadence,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Write one file with the next free number; it can be previewed at once."""
    from core.pipeline.drafting import numbers_on_record
    from core.scaffold import draft_kpi

    with open_session(context.obj) as session:
        catalog, folder = session.catalog, session.settings.scorecards
        used = numbers_on_record(session, scorecard)
    card = catalog.scorecards.get(scorecard)
    asks = sys.stdin.isatty() and card is not None
    unit = unit or (click.prompt("Counted in", default=title.split()[0].lower(), err=True) if asks else "count")
    if not better:
        better = click.prompt("Better", type=_BETTER, default="higher", err=True) if asks else "higher"
    owner = owner or (card.owner if card else "")
    words = {"owner": owner, "unit": unit}
    draft = draft_kpi(catalog, folder, scorecard, title, **words, better=better, cadence=cadence, used=used)
    if not dry_run:
        draft.write()
    if as_json:
        tell_json({"file": _from_here(draft.path), "text": draft.text, "dry_run": dry_run})
        return 0
    tell(draft.text if dry_run else _from_here(draft.path))
    if not dry_run:
        say(f"Write its query, then: kpi show {scorecard}.{draft.path.stem.split('_', 2)[2]}")
    return 0


@click.command("list")
@click.argument("selectors", nargs=-1)
@filters
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def list_command(
    context: click.Context, /, selectors: tuple[str, ...], as_json: bool, **wanted: tuple[str, ...]
) -> int:
    """Every KPI by scorecard and number; files with faults are named too.

    A filter may be given several times: one of its words is enough. Of several filters, all must fit.
    """
    with open_session(context.obj) as session:
        catalog = session.catalog
        chosen = filtered(catalog, catalog.select(selectors), wanted)
    if as_json:
        tell_json([listed(d) for d in chosen])
        return 0
    for scorecard in dict.fromkeys(d.scorecard for d in chosen):
        mine = [d for d in chosen if d.scorecard == scorecard]
        tell(paint(mine[0].card.title, bold=True) + paint(f"  {scorecard}, {counted(len(mine), 'KPI')}", dim=True))
        for line in table([_row(d) for d in mine], head=_COLUMNS):
            tell("  " + line)
    if not chosen and any(wanted.values()):
        say("No KPI has all of that.")
    for fault in catalog.faults:
        say(paint(str(fault), "red"))
    return 0


@click.command("check")
@click.argument("selectors", nargs=-1)
@click.option("--explain/--no-explain", default=None, help="Let the database read the queries too.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def check_command(context: click.Context, selectors: tuple[str, ...], explain: bool | None, as_json: bool) -> int:
    """Every fault of every file at once: fields, numbers, references, circles and queries."""
    from core.pipeline.checking import check

    with open_session(context.obj) as session:
        there = bool(session.settings.warehouse_url) or (session.settings.home / "postgres").is_dir()
        faults, remarks = check(session, selectors, ask_database=there if explain is None else explain)
        count = len(session.catalog.select(selectors)) if not faults else 0
    for remark in remarks:
        say(remark)
    if as_json:
        tell_json([{"file": f"{f.path.parent.name}/{f.path.name}", "fault": f.what} for f in faults])
        return 2 if faults else 0
    for fault in faults:
        tell(paint(str(fault), "red"))
    say(f"{counted(len(faults), 'fault')}." if faults else f"{counted(count, 'KPI')}, no fault.")
    return 2 if faults else 0


_COLUMNS = ("no", "name", "title", "owner", "unit", "better", "target", "type", "tier")


def _row(d: Definition) -> list[str]:
    kpi = d.kpi
    said = [d.number, d.slug, kpi.title, kpi.owner, kpi.unit, kpi.better, target_text(d)]
    return [*said, kpi.type.replace("_", " "), kpi.tier]


def listed(d: Definition) -> dict[str, object]:
    return {
        "kpi": d.name,
        "number": d.number,
        "title": d.kpi.title,
        "description": d.doc,
        "owner": d.kpi.owner,
        "unit": d.kpi.unit,
        "better": d.kpi.better,
        "cadence": d.kpi.cadence,
        "target": target_text(d),
        "type": d.kpi.type,
        "tier": d.kpi.tier,
        "tags": list(d.kpi.tags),
        "kind": d.kpi.kind,
        "dimensions": list(d.kpi.dimensions),
        "datasets": list(d.datasets),
        "parents": list(d.parents),
        "hash": d.hash,
    }


def _from_here(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
