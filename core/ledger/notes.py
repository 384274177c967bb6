"""Notes: what people say of a KPI's period. They are appended, and taken back by an empty one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from core.catalog import Definition
from core.ledger.names import by_scorecard
from core.ledger.readings import CADENCES, Key
from core.periods import Period, starting
from core.sql import statements


@dataclass(frozen=True, slots=True)
class Note:
    body: str
    actor: str
    written_at: datetime


def write(connection: sa.Connection, run: int, definition: Definition, period: Period, note: Note) -> None:
    """Keep a note for good. One with an empty body takes back all that were written before it."""
    given = {
        "run_id": run,
        "scorecard": definition.scorecard,
        "kpi_number": definition.number,
        "range_type": period.cadence,
        "period": period.label,
        "period_start": period.start,
        "body": note.body,
        "actor": note.actor,
        "now": note.written_at,
    }
    connection.execute(_sql("write"), given)


def standing(
    connection: sa.Connection, definitions: Sequence[Definition], at: datetime | None = None
) -> dict[Key, list[Note]]:
    """By KPI and period: the notes that have not been taken back, oldest first; those of an instant with `at`."""
    found: dict[Key, list[Note]] = {}
    for scorecard, numbers in by_scorecard(definitions).items():
        given = {"scorecard": scorecard, "numbers": numbers, "at": at or datetime.max.replace(tzinfo=UTC)}
        for row in connection.execute(_sql("standing"), given):
            period = starting(CADENCES[row.range_type], row.period_start)
            note = Note(row.body, row.actor, row.written_at)
            found.setdefault((f"{scorecard}.{row.kpi_number}", period), []).append(note)
    return found


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("notes")[name])
