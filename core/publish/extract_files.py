"""Extracts as files: CSV for programs, text for people, in a folder that is ours alone."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from core.publish.atomic import replace_file, standing
from core.publish.csv_files import harmless

Cell = str | Decimal | date | bool | None
_PLACES = 6  # digits after the point: a share of one in a million still shows


@dataclass(frozen=True)
class Table:
    """One file of rows; its head is the same, whether there are rows or not."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def data(self) -> bytes:
        told = io.StringIO(newline="")
        writer = csv.writer(told, lineterminator="\r\n")
        writer.writerow(self.head)
        writer.writerows([_shown(cell) for cell in row] for row in self.rows)
        return told.getvalue().encode("utf-8-sig")  # Excel takes a file without the mark for another encoding


@dataclass(frozen=True)
class Lines:
    """One file of lines that people read."""

    name: str
    lines: Sequence[str]

    def data(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode()


def write(files: Sequence[Table | Lines], folder: Path, *, bare: Sequence[Table] = (), dry_run: bool) -> list[str]:
    """Brings every file up to date, each whole or not at all; the names of those that changed, or would.

    Those in `bare` are written only where there is no file yet. Raises PublishError; files written before it stay.
    """
    changed = []
    absent = [file for file in bare if standing(folder / file.name) is None]
    for file in (*files, *absent):
        data = file.data()
        if standing(folder / file.name) != data:
            changed.append(file.name)
            if not dry_run:
                replace_file(folder / file.name, data)
    return changed


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, Decimal):
        return _trimmed(cell) if cell.is_finite() else ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date) else harmless(cell)


def _trimmed(number: Decimal) -> str:
    text = f"{number:.{_PLACES}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
