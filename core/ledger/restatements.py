"""Restatements: where a final number gave way to another, told from the lines of a period's history. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.ledger.rules import Recorded
from core.readings import Number, State
from core.units import show


@dataclass(frozen=True, slots=True)
class Restatement:
    """`was` until `at`, when run `run` recorded `now` for this reason."""

    was: Number
    now: Number
    at: datetime
    reason: str
    run: int
    actor: str

    def sentence(self, unit: str, zone: ZoneInfo, year: int) -> str:
        """`was 12.4 % until 3 Nov: late data`; with the year where it is not the period's own."""
        when = self.at.astimezone(zone)
        until = f"{when.day} {when:%b}" + (f" {when.year}" if when.year != year else "")
        return f"was {show(self.was.value, unit) or 'unknown'} until {until}: {self.reason}"


def restatements(lines: Sequence[Recorded]) -> list[Restatement]:
    """In order. A provisional number that becomes another one is no restatement: it said that it might."""
    return [
        Restatement(
            before.reading.number, after.reading.number, after.recorded_at, after.reason, after.run, after.actor
        )
        for before, after in pairwise(lines)
        if before.reading.state is State.FINAL and before.reading.number != after.reading.number
    ]
