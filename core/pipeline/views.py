"""What a scorecard shows, read at one instant of the ledger's clock: now, or as of then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa

from core.catalog import Definition
from core.kpi import Scorecard
from core.ledger import clock, described, names, notes, readings, segments, status
from core.ledger.notes import Note
from core.ledger.rules import Recorded
from core.periods import Period
from core.pipeline.session import Session
from core.segments import Block

_ALWAYS = datetime.max.replace(tzinfo=UTC)
Lines = Mapping[str, Mapping[Period, Sequence[Recorded]]]


@dataclass(frozen=True)
class View:
    """What a scorecard shows, read at one instant of the ledger's clock."""

    scorecard: str
    card: Scorecard
    definitions: Sequence[Definition]
    lines: Lines
    began: Mapping[str, Period]
    notes: Mapping[readings.Key, Sequence[Note]]
    read_at: datetime
    today: date
    blocks: Sequence[Block] = ()
    """Of segments; of then none is known, for only today's are kept."""


def view_now(session: Session, scorecard: str, *, keep: bool = True) -> View:
    """The scorecard as it is. Unless `keep` is false, its definitions of today are kept for those who look back."""
    card, definitions = _defined(session, scorecard)
    with session.ledger() as connection:
        began = _began(connection, definitions)
        at = describe_now(connection, session, scorecard) if keep else _ALWAYS
        view = _view(connection, scorecard, card, definitions, began, at, session.today(card))
        return replace(view, blocks=_blocks(connection, session, scorecard))


def _blocks(connection: sa.Connection, session: Session, scorecard: str) -> list[Block]:
    """One for each set of segments that has numbers, in the order of their names."""
    mine = [bound for bound in session.catalog.segments if bound.of.scorecard == scorecard]
    recorded = segments.standing(connection, scorecard) if mine else {}
    return [Block.of(b.slug, b.segments, b.doc, recorded[b.slug]) for b in mine if b.slug in recorded]


def describe_now(connection: sa.Connection, session: Session, scorecard: str) -> datetime:
    """Keep what the scorecard and its KPIs are today, for those who look back; the ledger's instant of it."""
    card, definitions = _defined(session, scorecard)
    reused = names.reused(connection, definitions)
    definitions = [d for d in definitions if d.key not in reused]  # they would be told of another KPI's rows
    status.judge_anew(connection, scorecard, definitions)
    at = clock.read_at(connection, scorecard, session.now())
    described.describe(connection, scorecard, card, definitions, _began(connection, definitions), at)
    return at


def _defined(session: Session, scorecard: str) -> tuple[Scorecard, list[Definition]]:
    card = session.catalog.scorecards[scorecard]
    return card, [d for d in session.catalog.definitions if d.scorecard == scorecard]


def _began(connection: sa.Connection, definitions: Sequence[Definition]) -> dict[str, Period]:
    return {key: reach.first for key, reach in readings.reaches(connection, definitions).items()}


def view_as_of(session: Session, scorecard: str, at: datetime) -> View | None:
    """The scorecard as it was shown then, under the titles and targets of then; None before the first number."""
    with session.ledger() as connection:
        card, definitions, began = described.described(connection, scorecard, at)
        if card is None:
            return None
        day = session.fixed_today or at.astimezone(card.zone).date()
        view = _view(connection, scorecard, card, definitions, began, at, day)
    return view if any(view.lines.values()) else None


def _view(
    connection: sa.Connection,
    scorecard: str,
    card: Scorecard,
    definitions: Sequence[Definition],
    began: Mapping[str, Period],
    at: datetime,
    today: date,
) -> View:
    lines = readings.revisions(connection, definitions, at=at)
    said = notes.standing(connection, definitions, at)
    return View(scorecard, card, definitions, lines, began, said, at, today)
