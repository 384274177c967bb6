"""Rows as people keep them: a title above the header, blank rows between, columns in any order."""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from core.dataset import Column
from core.errors import SourceError
from core.sources.casts import LONGEST_CELL
from core.sources.headers import known, matched, undeclared
from core.sources.raw import Raw
from core.sources.texts import relation

TITLE_ROWS = 20
"""The header row is looked for among so many: people put a title and a remark above their tables."""

Spell = Callable[[Any, str], str]
"""A cell's value and the type that its column is declared with, or none -> its text. Raises ValueError for an error."""


def raw_rows(
    where: str,
    tab: str,
    lines: Iterator[tuple[int, list[Any]]],
    columns: Sequence[Column],
    folder: Path,
    spell: Spell,
) -> Raw:
    """The rows below the header row, each with its number in the sheet.

    They pass through a CSV file in `folder`: a sheet can be larger than memory likes its rows as objects.
    """
    rows = folder / "rows.csv"
    headers = _write_rows(lines, where, columns, rows, spell)
    columns_named = ["line", *(f"c{i}" for i in range(len(headers)))]
    return Raw(
        source=where,
        relation=relation(rows, columns_named, ",", header=False),
        headers=headers,
        types=["VARCHAR"] * len(headers),
        line="cast(line as bigint)",
        place=lambda line, position: f"{tab}!{cell(line, position)}",
        broken=lambda error: SourceError(f"{where} has a row that is too long.", next_step="Shorten its cells."),
    )


def cell(row: int, position: int) -> str:
    """The name people use for a cell: row 17 of the fourth column is D17."""
    letters, left = "", position + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def plain_number(value: float) -> str:
    """17850.0 is 17850, as a sheet shows it."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _write_rows(
    lines: Iterator[tuple[int, list[Any]]], where: str, columns: Sequence[Column], rows: Path, spell: Spell
) -> list[str]:
    """Writes what stands below the header row, blank rows left out, and returns the headers."""
    above = list(islice(lines, TITLE_ROWS))
    if not any(_filled(row) for _, row in above):
        raise SourceError(f"{where} is empty.", next_step="Name the tab that holds the table.")
    number, headers = _header(above, columns)
    # Matched here already, so that a wrong header is told before a long read.
    chosen = columns or undeclared(headers)
    positions = matched(headers, chosen, f"{where}, row {number}", lambda i: cell(number, i)).positions
    kinds = {at: column.type for at, column in zip(positions, chosen, strict=True)}
    with rows.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for line, row in chain(above[number:], lines):
            full = row + [""] * (len(headers) - len(row))
            if any(full[i] != "" for i in positions):
                writer.writerow([line, *_texts(full[: len(headers)], line, where, kinds, spell)])
    return headers


def _header(above: Sequence[tuple[int, list[Any]]], columns: Sequence[Column]) -> tuple[int, list[str]]:
    """The first row that holds all the declared headers; failing that, the one that holds most."""
    texts = [(number, [_heading(value) for value in row]) for number, row in above]
    if not columns:
        return next((number, row) for number, row in texts if any(row))
    return max(texts, key=lambda line: known(line[1], columns))


def _heading(value: Any) -> str:
    return plain_number(value) if isinstance(value, float) else str(value)


def _texts(row: Sequence[Any], line: int, where: str, kinds: dict[int, str], spell: Spell) -> list[str]:
    """Columns that nobody asked for are left empty: what stands there is nobody's business."""
    texts = [""] * len(row)
    for i, kind in kinds.items():
        try:
            texts[i] = spell(row[i], kind)
        except ValueError as error:
            raise SourceError(
                f"{where}: cell {cell(line, i)} shows {error}.", next_step="Mend its formula, then try again."
            ) from None
        if len(texts[i]) > LONGEST_CELL:
            raise SourceError(
                f"{where}: cell {cell(line, i)} holds {len(texts[i]):,} characters; at most {LONGEST_CELL:,} are read.",
                next_step="Shorten the cell.",
            )
    return texts


def _filled(row: Sequence[Any]) -> bool:
    return any(value != "" for value in row)
