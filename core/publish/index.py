"""The index: a workbook of one page that links the scorecards' own. It is ours alone, like a CSV file."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.looks import MARKS, Tone
from core.publish.palette import FONT, PAINT
from core.publish.workbook import AUTHOR, properties
from core.targets import Status

HEADINGS = ("Scorecard", "Owner", "KPIs", "Newest period", "On target", "Near", "Off", "No status", "Off target")
_WIDTHS = (34, 26, 8, 15, 11, 8, 8, 11, 70)
_TONES: Mapping[Status, Tone] = {Status.ON: Tone.ON, Status.NEAR: Tone.NEAR, Status.OFF: Tone.OFF}


@dataclass(frozen=True, slots=True)
class Line:
    """One scorecard: where its tabs are, and how its KPIs stand in the newest period that has numbers."""

    title: str
    link: str  # a file beside the index, with its tab
    owner: str
    newest: str
    standing: Mapping[Status, int]
    off: Sequence[str]  # titles of the KPIs that are off target

    @property
    def kpis(self) -> int:
        return sum(self.standing.values())


def create(lines: Sequence[Line]) -> bytes:
    """The whole file. The same lines give the same bytes."""
    import xlsxwriter

    memory = io.BytesIO()
    standard = {"font_name": FONT, "font_size": 10}
    book = xlsxwriter.Workbook(memory, {"in_memory": True, "default_format_properties": standard})
    book.set_properties({"title": "Scorecards", "author": AUTHOR, "created": datetime(2000, 1, 1)})  # noqa: DTZ001
    sheet = book.add_worksheet("Scorecards")
    looks = {tone: book.add_format(properties(PAINT[tone], "")) for tone in Tone}
    looks |= {t: book.add_format(properties(PAINT[t], f'"{MARKS[s][0]} "0')) for s, t in _TONES.items()}
    last = book.add_format({**properties(PAINT[Tone.DETAIL], ""), "indent": 1})
    linked = book.add_format({**properties(PAINT[Tone.NAME], ""), "underline": 1})
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, "Scorecards", looks[Tone.TITLE])
    sheet.write_string(1, 0, "In the newest period that has numbers. A name opens its workbook.", looks[Tone.ABOUT])
    for column, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(3, column, heading, looks[Tone.WEEK if 2 <= column <= 7 else Tone.HEADING])
    for row, line in enumerate(lines, start=4):
        sheet.set_row(row, 21)
        sheet.write_url(row, 0, line.link, linked, line.title)
        _write(sheet, row, line, looks)
        sheet.write_string(row, 8, ", ".join(line.off), last)
    sheet.freeze_panes(4, 1)
    book.close()
    return memory.getvalue()


def _write(sheet: Any, row: int, line: Line, looks: Mapping[Tone, Any]) -> None:
    sheet.write_string(row, 1, line.owner, looks[Tone.DETAIL])
    sheet.write_number(row, 2, line.kpis, looks[Tone.PLAIN])
    sheet.write_string(row, 3, line.newest, looks[Tone.PLAIN])
    for column, status in enumerate((Status.ON, Status.NEAR, Status.OFF, Status.UNKNOWN), start=4):
        many = line.standing.get(status, 0)
        tone = _TONES.get(status, Tone.PLAIN) if many else Tone.PLAIN
        sheet.write_number(row, column, many, looks[tone])
