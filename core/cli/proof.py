"""kpi why, kpi audit: where a number comes from, and that nobody changed the story."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from core.cli.output import MARKS, paint, say, table, tell, tell_json
from core.errors import MisuseError
from core.ledger.restatements import restatements
from core.pipeline.session import open_session
from core.units import counted, show

if TYPE_CHECKING:
    from core.pipeline.receipts import Receipt
    from core.readings import Reading


@click.command("why")
@click.argument("selector")
@click.argument("period")
@click.option("--recompute", is_flag=True, help="Evaluate it again, record nothing, and say whether it still holds.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def why_command(context: click.Context, selector: str, period: str, recompute: bool, as_json: bool) -> int:
    """The receipt of a number: query, data, run, verdicts, earlier values, target, and the cell it went to."""
    from core.pipeline import receipts

    with open_session(context.obj) as session:
        found = receipts.receipt(session, selector, period)
        again = receipts.recompute(session, found) if recompute else None
    if as_json:
        tell_json(_receipt_json(found) | (_recomputed_json(*again) if again else {}))
    else:
        for line in _told(found):
            tell(line)
        if again:
            tell(_recomputed(found, *again))
    return 0 if again is None or again[1] else 1


def _told(found: "Receipt") -> Iterator[str]:
    kpi, line, name = found.definition.kpi, found.line, found.definition.name
    mark = paint(*MARKS[found.status])
    yield paint(f"{name} {found.period.label}: {show(line.reading.value, kpi.unit)}", bold=True) + f" {mark}".rstrip()
    yield ""
    for text in table(list(_facts(found))):
        yield "  " + text
    yield ""
    if found.body:
        yield "  " + paint("formula" if found.parts else "query", dim=True)
        yield from ("    " + text for text in found.body.splitlines())


def _facts(found: "Receipt") -> Iterator[list[str]]:
    line, kpi = found.line, found.definition.kpi
    note = f": {line.reading.note}" if line.reading.note else ""
    yield ["state", f"{line.reading.state}{note}"]
    if line.reading.number.is_ratio:
        yield ["made of", f"{line.reading.number.numerator:f} / {line.reading.number.denominator:f}"]
    target = kpi.held_against(found.period)
    yield ["target", f"{show(target, kpi.unit)}, status {found.status}" if kpi.goal else "none"]
    yield ["period", f"{found.starts_at.isoformat()} to {found.ends_at.isoformat()} (not included)"]
    yield ["recorded", f"{line.recorded_at:%Y-%m-%d %H:%M:%S} UTC by {line.actor}, {line.reason}"]
    commit = f", commit {found.run['git_commit'][:12]}" if found.run["git_commit"] else ""
    yield ["run", f"{found.run['command']} {line.run}, kpi-factory {found.run['version']}{commit}"]
    today = "as today" if found.is_todays_query else f"another than today's {found.definition.hash}"
    yield ["definition", f"{line.definition_hash}, {today}"]
    yield from _data(found)
    for change in reversed(restatements(found.lines)):
        yield ["restated", change.sentence(kpi.unit, found.definition.card.zone, found.period.year)]
    for note_ in found.notes:
        yield ["note", f"{note_.body} ({note_.actor}, {note_.written_at:%Y-%m-%d})"]
    for sent in found.sent:
        now = "" if sent.now in (None, sent.written) else f"; the cell shows {sent.now} now, written by hand"
        shown = sent.written or "an empty cell"
        yield ["published", f"{shown} in {sent.cell} of {sent.target}, {sent.at:%Y-%m-%d %H:%M} UTC{now}"]


def _data(found: "Receipt") -> Iterator[list[str]]:
    by_load = {load["load_id"]: load for load in found.loads}
    for name, rows in found.line.evidence.datasets.items():
        load = by_load[rows.load]
        mark = f"{load['watermark']:%Y-%m-%d %H:%M}" if load["watermark"] else "unknown"
        verdict = f"{load['level']}" + (f": {', '.join(load['broken'])}" if load["broken"] else "")
        dated = f"{rows.within:,} rows dated in the period, {rows.until:,} up to its end"
        yield ["dataset", f"{name}: {dated if load['watermark'] else f'{rows.until:,} rows, none dated'}"]
        whence = "checked in place" if load["source"] == "in place" else f"from {load['source']}"
        yield ["", f"load {rows.load}, {load['loaded_at']:%Y-%m-%d %H:%M} UTC, {whence}"]
        yield ["", f"{load['row_count']:,} rows, checksum {load['checksum'][:16]}, reaches {mark}; contract {verdict}"]
    for part in found.parts:
        reading = part.reading.reading
        gone = "" if part.still else " (restated since)"
        yield ["part", f"{part.name} {reading.period.label}: {reading.value}, line {part.reading.reading_id}{gone}"]


def _recomputed(found: "Receipt", now: "Reading", holds: bool) -> str:
    unit = found.definition.kpi.unit
    if holds:
        return paint(f"\nEvaluated again: {show(now.value, unit)}. It still holds.", "green")
    because = f" ({now.state}: {now.note})" if now.note else ""
    name = found.definition.name
    step = (
        "A correction stands until it is withdrawn."
        if found.line.is_correction
        else (f"`kpi run {name} --week {found.period.label}` records it.")
    )
    return paint(f"\nEvaluated again: {show(now.value, unit)}{because}. It does not hold any more. {step}", "red")


def _receipt_json(found: "Receipt") -> dict[str, object]:
    line = found.line
    return {
        "kpi": found.definition.name,
        "number": found.definition.number,
        "period": found.period.label,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "value": line.reading.value,
        "numerator": line.reading.number.numerator,
        "denominator": line.reading.number.denominator,
        "state": line.reading.state,
        "status": found.status,
        "note": line.reading.note,
        "reason": line.reason,
        "recorded_at": line.recorded_at,
        "actor": line.actor,
        "run": dict(found.run),
        "definition_hash": line.definition_hash,
        "as_today": found.is_todays_query,
        "query": found.body,
        "evidence": line.evidence.to_json(),
        "loads": [dict(load) for load in found.loads],
        "parts": [{"kpi": p.name, "period": p.reading.reading.period.label, "reading": p.reading.reading_id,
                   "value": p.reading.reading.value, "stands": p.still} for p in found.parts],
        "earlier": [
            {"value": one.reading.value, "state": one.reading.state, "reason": one.reason, "actor": one.actor,
             "recorded_at": one.recorded_at, "run": one.run} for one in found.lines[:-1]
        ],
        "notes": [{"note": n.body, "actor": n.actor, "written_at": n.written_at} for n in found.notes],
        "published": [{"target": s.target, "cell": s.cell, "written": s.written, "at": s.at, "now": s.now}
                      for s in found.sent],
    }  # fmt: skip


def _recomputed_json(now: "Reading", holds: bool) -> dict[str, object]:
    return {"recomputed": {"value": now.value, "state": now.state, "note": now.note, "holds": holds}}


@click.command("audit")
@click.argument("scorecards", nargs=-1)
@click.option("--expect", "expected", multiple=True, metavar="SCORECARD=DIGEST", help="A digest noted earlier.")
@click.option("--log", "as_log", is_flag=True, help="Who did what with which filters, and how it ended.")
@click.option("--last", "many", type=click.IntRange(1), default=50, show_default=True, help="How many rows of the log.")
@click.option("--rebuild", is_flag=True, help="First make the scorecard tables anew from the history.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def audit_command(
    context: click.Context,
    scorecards: tuple[str, ...],
    expected: tuple[str, ...],
    as_log: bool,
    many: int,
    rebuild: bool,
    as_json: bool,
) -> int:
    """Whether the history is as it was written and the tables are its replay; with --log, who did what.

    Note the digest it prints, somewhere else: --expect proves later that what stood then still stands.
    """
    from core.pipeline import auditing

    with open_session(context.obj) as session:
        if as_log:
            return _tell_log(auditing.log(session, scorecards, many), as_json)
        found = auditing.audit(session, scorecards, expected=dict(map(_pair, expected)), rebuild=rebuild)
    if as_json:
        chains = [{"scorecard": c.scorecard, "lines": c.lines, "head": c.head} for c in found.chains]
        tell_json({"chains": chains, "breaches": found.breaches, "rebuilt": found.rebuilt})
        return 1 if found.breaches else 0
    for one in found.chains:
        how = paint("broken", "red") if one.breaches else paint("whole", "green")
        tell(f"{one.scorecard}: {counted(one.lines, 'line')}, {how}, digest {one.head[:16]}")
    for breach in found.breaches:
        say(paint(breach, "red"))
    if not found.chains:
        say("Nothing is recorded yet.")
    return 1 if found.breaches else 0


def _tell_log(rows: Sequence[Mapping[str, Any]], as_json: bool) -> int:
    if as_json:
        tell_json(rows)
        return 0
    lines = [
        [
            str(row["run_id"]),
            f"{row['started_at']:%Y-%m-%d %H:%M}",
            row["actor"],
            row["command"],
            ", ".join(row["scorecards"]),
            row["state"],
            ", ".join(f"{name} {_short(value)}" for name, value in row["arguments"].items()),
        ]
        for row in rows
    ]
    for text in table(lines, head=("run", "UTC", "who", "what", "scorecards", "result", "with"), right=(0,)):
        tell(text)
    return 0


def _short(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _pair(text: str) -> tuple[str, str]:
    scorecard, equals, digest = text.partition("=")
    if not equals or not digest:
        raise MisuseError(f"--expect {text}: write it as SCORECARD=DIGEST, with a digest that kpi audit printed.")
    return scorecard, digest.lower()
