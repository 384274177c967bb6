"""Looks: how a value stands in a tab, and the words beside it. No Google, no Excel.

A cell's value stays a real number; its mark stands in the number format, so that sums, charts and people's own
formulas keep working. A colour never stands alone: a mark goes with it, hollow while the number is provisional.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.readings import State
from core.targets import Status
from core.units import decimals, is_share

Value = Decimal | date | str | None
Place = tuple[str, str]
"""A row's key and a column's key: `("06", "2026-W47")`. It stays the same wherever people move the cell."""


MARKS = {Status.ON: "●○", Status.NEAR: "▲△", Status.OFF: "◆◇", Status.UNKNOWN: " ~"}  # final, provisional
HELD, FAILED = "‖", "!"
LEGEND = "● on target   ▲ near   ◆ off      hollow or ~: provisional   ‖ held   ! failed or missing"
_LONGEST = 32_000  # Excel's limit for one cell is 32,767 characters
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Tone(StrEnum):
    """How a cell is painted, in words; the publishers know the colours."""

    TITLE = "title"
    ABOUT = "about"
    LEGEND = "legend"
    DATE = "date"
    WEEK = "week"
    LATEST_DATE = "latest date"
    LATEST_WEEK = "latest week"
    HEADING = "heading"
    NUMBER = "number"
    NAME = "name"
    DETAIL = "detail"
    TARGET = "target"
    TREND = "trend"
    PLAIN = "plain"
    ON = "on"
    NEAR = "near"
    OFF = "off"
    HELD = "held"
    FAILED = "failed"


_FIGURES = frozenset(
    {Tone.DATE, Tone.WEEK, Tone.LATEST_DATE, Tone.LATEST_WEEK, Tone.TARGET}
    | {Tone.PLAIN, Tone.ON, Tone.NEAR, Tone.OFF, Tone.HELD, Tone.FAILED}
)
_PAD = "_0"  # the width of a digit between a figure and the edge of its cell


@dataclass(frozen=True, slots=True)
class Look:
    """A tone, a number format in the language that all spreadsheets share, and a mark beside the number."""

    tone: Tone
    format: str = ""
    mark: str = ""

    @property
    def code(self) -> str:
        """The number format with its mark at the cell's left edge, for numbers above and below 0; text as it is."""
        if not self.mark:
            return self.format + _PAD if self.tone in _FIGURES else self.format
        lead = f'"{self.mark}"* '
        return f"{lead}{self.format}{_PAD};{lead}-{self.format}{_PAD}"

    def __str__(self) -> str:
        return f"{self.tone}|{self.format}|{self.mark}"

    @classmethod
    def parse(cls, text: str) -> "Look":
        tone, form, mark = text.split("|")
        return cls(Tone(tone), form, mark)


@dataclass(frozen=True, slots=True)
class Cell:
    value: Value
    look: Look
    note: str = ""
    status: Status = Status.UNKNOWN
    state: State | None = None


def one_line(text: str) -> str:
    """Text that any file can carry: no control characters, no line breaks, not longer than a cell."""
    return " ".join(_FORBIDDEN.sub(" ", text).split())[:_LONGEST]


def paragraph(text: str) -> str:
    """The same, with its line breaks."""
    plain = _FORBIDDEN.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.strip()[:_LONGEST]


def painted(state: State, verdict: Status) -> tuple[Tone, str]:
    if state is State.HELD:
        return Tone.HELD, HELD
    if state not in (State.FINAL, State.PROVISIONAL):
        return Tone.FAILED, FAILED
    tone = Tone.PLAIN if verdict is Status.UNKNOWN else Tone(verdict.value)
    return tone, MARKS[verdict][state is State.PROVISIONAL].strip()


def number_format(unit: str, value: Decimal | None) -> str:
    places = decimals(unit, value)
    figure = "0" if is_share(unit) else "#,##0"
    return figure + ("." + "0" * places if places else "") + ("%" if is_share(unit) else "")
