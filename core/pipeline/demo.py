"""`kpi demo`: the whole main job on sample rows, and what to type next."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import which

from core.periods import Cadence, last_complete
from core.pipeline.loading import load, others_first, spare_real_rows
from core.pipeline.publish_report import PublishReport
from core.pipeline.publishing import publish
from core.pipeline.reading import status
from core.pipeline.report import Report
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.pipeline.under_way import Progress
from core.targets import Status
from core.units import counted, show

WEEKS = 104
SPANS: dict[Cadence, int] = {"daily": 92, "monthly": 24, "weekly": WEEKS}
"""How many periods of each kind. Weeks come last: they roll up the others."""


def load_samples(session: Session) -> Iterator[str]:
    """Sample rows for every dataset. Raises MisuseError rather than replace rows that are no sample."""
    everything = list(session.catalog.datasets.values())
    spare_real_rows(session, everything)  # all of them, before the first is loaded
    for bound in others_first(everything):
        report = load(session, [bound.name], files={}, sample=True)
        yield from report.lines()
        yield from report.problems


def run_two_years(session: Session, progress: Progress | None) -> Report:
    """Every KPI over the 104 weeks that end with the last complete one; months as long, days for a quarter."""
    done = Report("backfill")
    for cadence, count in SPANS.items():
        chosen = [d for d in session.catalog.select([]) if d.kpi.cadence == cadence]
        if chosen:
            card = chosen[0].card
            last = last_complete(cadence, session.today(card), card.first_weekday)
            first = last.shift(1 - count).label
            done.add(backfill(session, [d.key for d in chosen], first, "last", progress=progress))
    return done


def publish_all(session: Session) -> PublishReport:
    return publish(session, [], target="xlsx")


def summary(session: Session, report: Report, published: PublishReport) -> Iterator[str]:
    """What was done, what is off target, where it lies, what to type next."""
    lines = status(session, [])
    weekly = [line for line in lines if line.readings and line.definition.kpi.cadence == "weekly"]
    last = max(line.readings[-1].period.label for line in weekly)
    first = min(line.readings[0].period.label for line in weekly)
    yield ""
    yield f"{len(lines)} KPIs, {WEEKS} weeks, {first} to {last}: {report.evaluated:,} readings."
    if wrong := list(_went_wrong(report, published)):
        yield "Went wrong:"
        yield from (f"  {what}" for what in wrong)
    for wanted, word in ((Status.OFF, "Off"), (Status.NEAR, "Near")):
        found = [line for line in lines if line.readings and line.status(line.readings[-1]) is wanted]
        yield f"{word} target in {last}:{'' if found else ' none.'}"
        for line in found:
            newest, kpi = line.readings[-1], line.definition.kpi
            when = "" if kpi.cadence == "weekly" else f" in {newest.period.label}"
            yield f"  {line.definition.name}: {show(newest.value, kpi.unit)}{when}"
    yield "Workbooks:"
    if published.index:
        yield f"  {from_here(published.index)} links the others"
    for outcome in published.outcomes:
        yield f"  {from_here(outcome.path)}"
    yield "Next:"
    if not which("kpi"):
        yield "  source .venv/bin/activate"
    yield f"  kpi show {lines[-1].definition.name}"
    yield f'  kpi new {lines[-1].definition.scorecard} "Onboarding calls held"'
    yield "  kpi status"


def _went_wrong(report: Report, published: PublishReport) -> Iterator[str]:
    yield from (str(fault) for fault in report.faults)
    yield from [*report.problems, *published.problems]
    if report.troubles:
        last = report.troubles[-1]
        many = counted(len(report.troubles), "reading")
        yield f"{many} failed or held, the last {last.kpi} {last.period.label}: {last.note}"


def from_here(path: str) -> str:
    return os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else path
