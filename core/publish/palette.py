"""What each tone looks like: few colours, pale fills, dark inks; a team reads it on a Monday."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from core.looks import FAILED, HELD, MARKS, Tone

FONT = "Arial"  # on every system, and the default of Google Sheets
INK, MUTED, FAINT = "#1F2933", "#66727F", "#8A949E"
ACCENT, RULE, STRONG_RULE = "#1F4E5F", "#E3E8EC", "#9FB3BC"
ALL_MARKS = frozenset("".join(MARKS.values()).replace(" ", "") + HELD + FAILED)


@dataclass(frozen=True, slots=True)
class Paint:
    ink: str = INK
    fill: str = ""
    size: float = 10
    bold: bool = False
    align: str = "left"
    rule: str = RULE  # the line below


# Tones that a cell may change between (the period's, the headings') differ in ink, fill and weight alone.
PAINT = {
    Tone.TITLE: Paint(ink=ACCENT, size=18, bold=True, rule=""),
    Tone.ABOUT: Paint(ink=MUTED, size=9, rule=""),
    Tone.LEGEND: Paint(ink=MUTED, size=9, rule=""),
    Tone.DATE: Paint(ink=FAINT, size=8, align="right", rule=""),
    Tone.WEEK: Paint(ink=MUTED, size=9, bold=True, align="right", rule=STRONG_RULE),
    Tone.LATEST_DATE: Paint(ink="#FFFFFF", fill=ACCENT, size=8, align="right", rule=""),
    Tone.LATEST_WEEK: Paint(ink="#FFFFFF", fill=ACCENT, size=9, bold=True, align="right", rule=STRONG_RULE),
    Tone.HEADING: Paint(ink=MUTED, size=9, bold=True, rule=STRONG_RULE),
    Tone.NUMBER: Paint(ink=FAINT, size=9),
    Tone.NAME: Paint(bold=True),
    Tone.DETAIL: Paint(ink=MUTED, size=9),
    Tone.TARGET: Paint(ink=MUTED, align="right"),
    Tone.TREND: Paint(),
    Tone.PLAIN: Paint(align="right"),
    Tone.ON: Paint(ink="#226844", fill="#EFF7F2", align="right"),
    Tone.NEAR: Paint(ink="#7A5400", fill="#FFF6DC", align="right"),
    Tone.OFF: Paint(ink="#9C2B20", fill="#F8D7D2", bold=True, align="right"),
    Tone.HELD: Paint(ink="#574F7D", fill="#E9E6F3", align="right"),
    Tone.FAILED: Paint(ink="#4A5560", fill="#DDE2E6", align="right"),
}


@lru_cache(1024)
def plain(code: str) -> str:
    """A number format without quotes, backslashes and spaces, which programs write as they like."""
    return re.sub(r'["\\\\ ]', "", code)


def marked(code: str) -> bool:
    """A mark makes a claim about the number: it must stay true whoever formatted the cell."""
    return bool(ALL_MARKS & set(plain(code).split(";")[0][:1]))


@cache
def colours() -> frozenset[str]:
    """Fills and inks that are ours, as six hexadecimal digits."""
    return frozenset(c.lstrip("#") for p in PAINT.values() for c in (p.ink, p.fill) if c)
