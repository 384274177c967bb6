"""What may follow what in the ledger: pure rules, so that every path to the tables obeys the same ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from core.ledger.evidence import CORRECTION, QUERY_CHANGE, Evidence, cause, is_cut
from core.readings import UNKNOWN, Number, Reading, State

WITHDRAWN = "correction withdrawn"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A reading as it stands in the ledger, with where it came from. `follows` is the line it took the place of."""

    reading: Reading
    reason: str
    definition_hash: str
    run: int
    recorded_at: datetime
    reading_id: int
    follows: int | None = None
    actor: str = ""
    because: str = ""
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def is_correction(self) -> bool:
        """A person set this number: it stands until it is withdrawn."""
        return self.because != ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to append: a reading and the reason it differs from the one that it follows."""

    reading: Reading
    reason: str
    definition_hash: str
    follows: int | None = None
    evidence: Evidence = field(default_factory=Evidence)
    because: str = ""


def next_entry(
    current: Recorded | None,
    evaluated: Reading,
    definition_hash: str,
    tolerance: Decimal,
    evidence: Evidence | None = None,
    reason_of_part: Mapping[int, str] | None = None,
    hash_as_written: str = "",
) -> Entry | None:
    """The line that `evaluated` adds after `current`; None when it says nothing new.

    A trouble (held, failed) never takes a final number away, and never takes any number's place: it stands beside
    the last good number. Nor does a provisional number replace a final one: its source was set back, and knows less.
    What a person has set stays until it is withdrawn; so does a final number whose source has dropped its past.
    A line that bears `hash_as_written` was made by the same definition: older ledgers went by its letters.
    """
    found = evidence or Evidence()
    if current is None:
        return Entry(evaluated, "first", definition_hash, None, found)
    before = current.reading
    if current.is_correction:
        return None
    if not evaluated.has_number:
        return _trouble(current, evaluated, definition_hash, found)
    if before.state is State.FINAL and evaluated.state is State.PROVISIONAL:
        return None
    if before.state is State.FINAL and is_cut(current.evidence, found):
        return None

    def entry(reading: Reading, reason: str) -> Entry:
        return Entry(reading, reason, definition_hash, current.reading_id, found)

    if not before.has_number:
        return entry(evaluated, "recovered")
    if not evaluated.number.same_as(before.number, tolerance):
        changed = current.definition_hash not in (definition_hash, hash_as_written)
        return entry(evaluated, QUERY_CHANGE if changed else cause(current.evidence, found, reason_of_part or {}))
    if before.state is State.PROVISIONAL and evaluated.state is State.FINAL:
        return entry(replace(evaluated, number=before.number), "settled")
    return None


def _trouble(current: Recorded, evaluated: Reading, definition_hash: str, evidence: Evidence) -> Entry | None:
    before = current.reading
    unchanged = (before.state, before.note) == (evaluated.state, evaluated.note)
    if before.state is State.FINAL or unchanged:
        return None
    kept = replace(evaluated, number=before.number)
    return Entry(kept, str(evaluated.state), definition_hash, current.reading_id, evidence)


def correction(
    current: Recorded | None, reading: Reading, number: Number, definition_hash: str, because: str
) -> Entry | None:
    """The line of a number that a person sets; None when it stands there already, set by a person."""
    if current and current.is_correction and current.reading.number == number:
        return None
    set_by_hand = replace(reading, number=number, state=State.FINAL, note=f"corrected by hand: {because}")
    follows = current.reading_id if current else None
    return Entry(set_by_hand, CORRECTION, definition_hash, follows, because=because)


def withdrawal(current: Recorded, evaluated: Recorded | None, because: str) -> Entry:
    """The line that takes a correction back: what was last evaluated stands again, or the period is open again."""
    if evaluated:
        reading, of = evaluated.reading, evaluated
    else:
        waiting = f"its correction was withdrawn ({because}); the next run evaluates it"
        reading, of = replace(current.reading, number=UNKNOWN, state=State.PROVISIONAL, note=waiting), current
    return Entry(reading, WITHDRAWN, of.definition_hash, current.reading_id, of.evidence)
