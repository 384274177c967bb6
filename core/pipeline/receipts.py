"""Receipts: from what a number was made, what it was before, where it went, and whether it still holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.catalog import Definition
from core.errors import FactoryError, MisuseError
from core.grid import Grid
from core.ledger import names, notes, publications, readings, runs
from core.ledger.notes import Note
from core.ledger.publications import Publication
from core.ledger.rules import Recorded
from core.measures import Blend, Query, binds
from core.pages import Page
from core.periods import Period, instants, parse
from core.pipeline.correcting import of_its_kind
from core.pipeline.reading import preview
from core.pipeline.session import Session
from core.pipeline.tabs import tab_grids
from core.pipeline.views import view_now
from core.publish.published import Mark, Published
from core.publish.whereabouts import CellInFile, cell_in_workbook
from core.readings import Reading
from core.targets import Status


@dataclass(frozen=True)
class Sent:
    """A place that the number was published to: what was written there when, and what stands there now."""

    target: str
    cell: str
    written: str
    at: datetime
    now: str | None  # None: nobody looked, or the cell is gone


@dataclass(frozen=True)
class Part:
    """A reading that went into a formula; `still` tells whether it stands there now."""

    name: str
    reading: Recorded
    still: bool


@dataclass(frozen=True)
class Receipt:
    """Everything the ledger knows of one number."""

    definition: Definition
    period: Period
    starts_at: datetime
    ends_at: datetime
    lines: Sequence[Recorded]
    body: str
    run: Mapping[str, Any]
    loads: Sequence[Mapping[str, Any]]
    parts: Sequence[Part]
    notes: Sequence[Note]
    sent: Sequence[Sent]

    @property
    def line(self) -> Recorded:
        return self.lines[-1]

    @property
    def status(self) -> Status:
        return self.definition.kpi.status(self.line.reading.value, self.period)

    @property
    def is_todays_query(self) -> bool:
        return self.definition.made(self.line.definition_hash)


def receipt(session: Session, selector: str, week: str) -> Receipt:
    """The receipt of a KPI's number. Raises MisuseError where nothing is recorded for that period."""
    definition = session.catalog.one(selector)
    period = of_its_kind(definition, parse(week, definition.card.first_weekday))
    with session.ledger() as connection:
        found = readings.revisions(connection, [definition], period.start, period.start, evidence=True)
        lines = found[definition.key].get(period, [])
        if not lines:
            raise MisuseError(
                f"Nothing is recorded for {definition.name} {period.label}.",
                next_step=f"`kpi backfill {definition.name} --from {period.label} --to {period.label}` records it.",
            )
        line = lines[-1]
        loads = runs.loads(connection, [rows.load for rows in line.evidence.datasets.values()])
        body = names.measure_on_record(connection, line.definition_hash)
        run = runs.one(connection, line.run)
        parts = _parts(connection, session, line)
        said = notes.standing(connection, [definition]).get((definition.key, period), [])
        landed = publications.landed(connection, definition.scorecard)
    starts_at, ends_at = instants(period, definition.card.zone)
    return Receipt(
        definition=definition,
        period=period,
        starts_at=starts_at,
        ends_at=ends_at,
        lines=lines,
        body=_bound(definition, body, period) if body else "",
        run=run,
        loads=loads,
        parts=parts,
        notes=said,
        sent=_sent(session, definition, period, landed),
    )


def recompute(session: Session, receipt: Receipt) -> tuple[Reading, bool]:
    """The number evaluated now, recorded nowhere, and whether the recorded one still holds."""
    (now,) = preview(session, receipt.definition, 1, receipt.period.label).readings
    before = receipt.line.reading
    tolerance = Decimal(str(receipt.definition.kpi.tolerance))
    return now, now.has_number and now.number.same_as(before.number, tolerance)


def _bound(definition: Definition, body: str, period: Period) -> str:
    """The SQL as it was asked: with the period's dates in the place of their names."""
    if not isinstance(definition.kpi.measure, Query | Blend):
        return body
    given = {name: _literal(value) for name, value in binds(period).items()}
    return re.sub(rf"(?<![:\w]):({'|'.join(given)})\b", lambda found: given[found[1]], body)


def _literal(value: object) -> str:
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return str(value) if isinstance(value, int) else f"'{value}'"


def _parts(connection: sa.Connection, session: Session, line: Recorded) -> list[Part]:
    found = readings.by_id(connection, line.evidence.parts.values())
    standing = readings.followed(connection, line.evidence.parts.values())
    return [
        Part(_name(session, recorded), recorded, recorded.reading_id not in standing)
        for _, recorded in sorted(found.items())
    ]


def _name(session: Session, recorded: Recorded) -> str:
    definition = session.catalog.by_name.get(recorded.reading.kpi)
    return definition.name if definition else recorded.reading.kpi


def _sent(session: Session, definition: Definition, period: Period, landed: Sequence[Publication]) -> list[Sent]:
    """Every target that holds the cell now, as far as its files are here."""
    tab, place = Page.of(period).name, (definition.number, period.label)
    found = []
    for publication in landed:
        published = Published.from_json(publication.published)
        mark = published.tabs.get(tab, {}).get(place)
        if mark is None:
            continue
        kind, _, path = publication.target.partition(":")
        cell = _look(session, definition, tab, Path(path), place, published.tabs[tab]) if kind == "xlsx" else None
        where = f"{cell.tab}!{cell.address}" if cell else f"{tab}, row {definition.number}, {period.label}"
        at = publication.read_at or publication.published_at
        found.append(Sent(publication.target, where, mark.value, at, cell.value if cell else None))
    return found


def _look(
    session: Session, definition: Definition, tab: str, path: Path, place: tuple[str, str], marks: Mapping[Any, Mark]
) -> CellInFile | None:
    try:
        grid = _grid(session, definition.scorecard, tab)
        return cell_in_workbook(path, grid, place, marks) if grid else None
    except (FactoryError, OSError):
        return None


def _grid(session: Session, scorecard: str, tab: str) -> Grid | None:
    grids = tab_grids(session, view_now(session, scorecard, keep=False))
    return next((grid for grid in grids if grid.name == tab), None)
