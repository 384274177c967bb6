"""Sample rows: what a dataset's own SELECT makes, for the demo and the tests.

Beside `dataset_order_lines.py` lies `dataset_order_lines.sql`, a DuckDB SELECT that makes the same rows for the same
days, between $first (in) and $last (out). A sheet's sample rows are written down first, as a person would.
"""

import hashlib
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core.catalog import BoundDataset
from core.checks import quoted
from core.dataset import Column
from core.errors import SourceError
from core.measures import Sheet
from core.sources.files import open_duckdb
from core.sources.raw import Opened, Raw, cast_into

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_MARK = "Sample rows of KPI Factory: written anew with every load of samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """The days that sample rows are made for: `first` is in, `last` is out."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"sample rows from {self.first} to {self.last}"


def open_sample(duck: duckdb.DuckDBPyConnection, name: str, bound: BoundDataset, sample: Sample) -> Opened:
    """Makes the sample rows of a dataset as the typed DuckDB table `name`."""
    sql, days = _sql(bound), {"first": sample.first, "last": sample.last}
    asked = {word: day for word, day in days.items() if re.search(rf"\${word}\b", sql)}
    made = quoted(f"{name}__made")
    try:
        duck.execute(f"create or replace temp table {made} as {sql}", asked)
        found = duck.execute(f"describe {made}").fetchall()
    except duckdb.Error as error:
        raise _unusable(bound, error) from error
    named = ", ".join(f"{quoted(row[0])} as c{i}" for i, row in enumerate(found))
    raw = Raw(
        source=str(sample),
        relation=f"(select {named} from {made})",  # noqa: S608 - names of the sample's own columns
        headers=[row[0] for row in found],
        types=[row[1] for row in found],
        line="row_number() over ()",
        place=lambda line, position: f"row {line:,}",
        broken=lambda error: _unusable(bound, error),
        typed=True,
    )
    opened = cast_into(duck, name, raw, bound.dataset.columns)
    duck.execute(f"drop table {made}")
    return opened


def sample_checksum(bound: BoundDataset, sample: Sample) -> str:
    """The SHA-256 of what makes the rows: the SELECT and its days."""
    return hashlib.sha256(f"{_sql(bound)}\n{sample}".encode()).hexdigest()


def write_sample_workbook(bound: BoundDataset, sample: Sample, data_dir: Path) -> Path:
    """Writes a sheet's sample rows to `<data_dir>/<name>.xlsx`, looking as if people kept it.

    Raises SourceError rather than write over a file that is not its own.
    """
    sheet = bound.dataset.source
    if not isinstance(sheet, Sheet):
        raise TypeError(f"{bound.name} is no sheet")
    path = data_dir / f"{sheet.name}.xlsx"
    if path.exists() and not _ours(path):
        raise SourceError(
            f"{path} holds somebody's own rows: sample rows are not written over it.",
            next_step="Load it without sample rows, or move it away.",
        )
    with open_duckdb(bound.card.zone) as duck:
        open_sample(duck, "rows", bound, sample)
        local = ", ".join(_local(column) for column in bound.dataset.columns)
        rows = duck.execute(f"select {local} from rows").fetchall()  # noqa: S608 - the dataset's own columns
    data_dir.mkdir(parents=True, exist_ok=True)
    _write(path, sheet.tab, bound.dataset.columns, rows)
    return path


def _sql(bound: BoundDataset) -> str:
    try:
        return bound.sample.read_text(encoding="utf-8").rstrip().rstrip(";") + "\n"
    except OSError:
        raise SourceError(
            f"{bound.name} has no sample rows.",
            next_step=f"Write a DuckDB SELECT with $first and $last into {bound.sample.name}.",
        ) from None


def _unusable(bound: BoundDataset, error: duckdb.Error) -> SourceError:
    return SourceError(
        f"{bound.sample.name}: {str(error).splitlines()[0].rstrip('.')}.", next_step="Correct the SELECT."
    )


def _ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as parts:
            return _MARK.encode() in parts.read("docProps/core.xml")
    except (zipfile.BadZipFile, KeyError, OSError):
        return False


def _write(path: Path, tab: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
    """A title, a blank row, the header, and now and then a blank row: a reader must cope with all of it."""
    from xlsxwriter import Workbook

    new = path.with_name(f".{path.name}.{os.getpid()}")
    with Workbook(new) as book:
        book.set_properties({"comments": _MARK})
        formats = _formats(book)
        sheet = book.add_worksheet(tab)
        sheet.write_string(0, 0, path.stem.replace("_", " ").capitalize(), formats["title"])
        for position, column in enumerate(columns):
            sheet.write_string(2, position, _headline(column), formats["header"])
            sheet.set_column(position, position, 18)
        for n, row in enumerate(rows):
            line = 3 + n + n // 9  # a blank row after every ninth
            for position, value in enumerate(row):
                _write_cell(sheet, line, position, value, formats, typed_as_text=n % 7 == 3)
    new.replace(path)


def _formats(book: "Workbook") -> Mapping[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "header": book.add_format({"bold": True, "bottom": 1}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }


def _local(column: Column) -> str:
    """Sheets know no time zones: a moment is written in the scorecard's local time, which the session has."""
    return f"cast({quoted(column.name)} as timestamp)" if column.type == "timestamptz" else quoted(column.name)


def _headline(column: Column) -> str:
    return column.also[0] if column.also else column.name.replace("_", " ").capitalize()


def _write_cell(
    sheet: "Worksheet", line: int, position: int, value: Any, formats: Mapping[str, Any], *, typed_as_text: bool
) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, position, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, position, value, formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(line, position, value, formats["day"])
    elif isinstance(value, str):
        sheet.write_string(line, position, value)
    elif typed_as_text:
        sheet.write_string(line, position, f" {value} ")
    else:
        sheet.write_number(line, position, value)
