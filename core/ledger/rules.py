"""What may follow what in the ledger: pure rules, so that every path to the tables obeys the same ones."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from core.readings import Reading, State


@dataclass(frozen=True, slots=True)
class Recorded:
    """A reading as it stands in the ledger, with where it came from."""

    reading: Reading
    reason: str
    definition_hash: str
    run: int
    recorded_at: datetime
    reading_id: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to append: a reading and the reason it differs from the one before."""

    reading: Reading
    reason: str
    definition_hash: str


def next_entry(current: Recorded | None, evaluated: Reading, definition_hash: str, tolerance: Decimal) -> Entry | None:
    """The line that `evaluated` adds after `current`; None when it says nothing new.

    A trouble (held, failed) never takes a final number away, and never takes any number's place: it stands beside
    the last good number. Nor does a provisional number replace a final one: its source was set back, and knows less.
    """
    if current is None:
        return Entry(evaluated, "first", definition_hash)
    before = current.reading
    if not evaluated.has_number:
        return _trouble(before, evaluated, definition_hash)
    if before.state is State.FINAL and evaluated.state is State.PROVISIONAL:
        return None
    same = evaluated.number.same_as(before.number, tolerance)
    if not before.has_number:
        return Entry(evaluated, "recovered", definition_hash)
    if not same:
        reason = "late data" if current.definition_hash == definition_hash else "query change"
        return Entry(evaluated, reason, definition_hash)
    if before.state is State.PROVISIONAL and evaluated.state is State.FINAL:
        return Entry(replace(evaluated, number=before.number), "settled", definition_hash)
    return None


def _trouble(before: Reading, evaluated: Reading, definition_hash: str) -> Entry | None:
    unchanged = (before.state, before.note) == (evaluated.state, evaluated.note)
    if before.state is State.FINAL or unchanged:
        return None
    return Entry(replace(evaluated, number=before.number), str(evaluated.state), definition_hash)
