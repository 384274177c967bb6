"""Workbooks: the rows of one tab as text, the way the sheet shows them."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.dataset import Column
from core.errors import SourceError, did_you_mean
from core.sources.casts import LONGEST_CELL
from core.sources.headers import known, matched, undeclared
from core.sources.raw import Raw
from core.sources.texts import relation

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

TITLE_ROWS = 20
"""The header row is looked for among so many: people put a title and a remark above their tables."""


def raw_workbook(path: Path, tab: str, columns: Sequence[Column], folder: Path) -> Raw:
    """The rows of a tab below its header row, each with its number in the sheet; an empty `tab` is the first.

    They pass through a CSV file in `folder`: a sheet can be larger than memory likes its rows as objects.
    """
    rows = folder / "rows.csv"
    with _sheet(path, tab) as sheet:
        where = f"{path.name}, tab {sheet.name}"
        headers = _write_rows(sheet, where, columns, rows)
        name = sheet.name
    columns_named = ["line", *(f"c{i}" for i in range(len(headers)))]
    return Raw(
        source=where,
        relation=relation(rows, columns_named, ",", header=False),
        headers=headers,
        types=["VARCHAR"] * len(headers),
        line="cast(line as bigint)",
        place=lambda line, position: f"{name}!{cell(line, position)}",
        broken=lambda error: SourceError(f"{where} has a row that is too long.", next_step="Shorten its cells."),
    )


def cell(row: int, position: int) -> str:
    """The name people use for a cell: row 17 of the fourth column is D17."""
    letters, left = "", position + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


@contextmanager
def _sheet(path: Path, tab: str) -> Iterator["CalamineSheet"]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        with CalamineWorkbook.from_path(path) as book:
            tabs = [sheet.name for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
            if not tabs or (tab and tab not in tabs):
                raise SourceError(
                    f'{path.name} has no tab "{tab}"; it has {", ".join(tabs) or "none"}.',
                    next_step=did_you_mean(tab, tabs),
                )
            yield book.get_sheet_by_name(tab or tabs[0])
    except PasswordError:
        raise SourceError(f"{path.name} is protected by a password.", next_step="Save it without one.") from None
    except (CalamineError, OSError):
        raise SourceError(
            f"{path.name} is not a whole workbook: it may have been cut short on its way.",
            next_step="Get the file again, or open it and save it as .xlsx.",
        ) from None


def _write_rows(sheet: "CalamineSheet", where: str, columns: Sequence[Column], rows: Path) -> list[str]:
    """Writes what stands below the header row, blank rows left out, and returns the headers."""
    lines = enumerate(sheet.iter_rows(), start=1)
    above = list(islice(lines, TITLE_ROWS))
    if not any(_filled(row) for _, row in above):
        raise SourceError(f"{where} is empty.", next_step="Name the tab that holds the table.")
    number, headers = _header(above, columns)
    # Matched here already, so that a wrong header is told before a long read.
    positions = matched(headers, columns or undeclared(headers), where).positions
    with rows.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for line, row in chain(above[number:], lines):
            if any(row[i] != "" for i in positions):
                writer.writerow([line, *_texts(row, line, where)])
    return headers


def _header(above: Sequence[tuple[int, list[Any]]], columns: Sequence[Column]) -> tuple[int, list[str]]:
    """The first row that holds all the declared headers; failing that, the one that holds most."""
    texts = [(number, [_text(value) for value in row]) for number, row in above]
    if not columns:
        return next((number, row) for number, row in texts if any(row))
    return max(texts, key=lambda line: known(line[1], columns))


def _texts(row: Sequence[Any], line: int, where: str) -> list[str]:
    texts = [_text(value) for value in row]
    for i, text in enumerate(texts):
        if len(text) > LONGEST_CELL:
            raise SourceError(
                f"{where}: cell {cell(line, i)} holds {len(text):,} characters; at most {LONGEST_CELL:,} are read.",
                next_step="Shorten the cell.",
            )
    return texts


def _text(value: Any) -> str:
    """17850.0 is 17850 as the sheet shows it; dates are ISO."""
    if value.__class__ is str:
        return str(value)
    if value.__class__ is float:
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled(row: Sequence[Any]) -> bool:
    return any(value != "" for value in row)
