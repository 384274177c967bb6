"""Text files: encoding and delimiter of a CSV, and what is wrong with one that cannot be read."""

# ruff: noqa: S608  paths are quoted

import csv
from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.dataset import Column
from core.errors import SourceError
from core.sources.headers import known
from core.sources.raw import Raw, literal

if TYPE_CHECKING:
    import duckdb

LONGEST_LINE = 2_000_000
_BLOCK = 1 << 20
_DELIMITERS = ",;\t|"
_FAULTS = {
    "MISSING COLUMNS": "has fewer fields than the header",
    "TOO MANY COLUMNS": "has more fields than the header",
    "UNQUOTED VALUE": "has a quotation mark that is not closed",
    "LINE SIZE OVER MAXIMUM": f"is longer than {LONGEST_LINE:,} characters",
}


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of UTF-8 text (itself or a copy), its delimiter and its headers."""

    path: Path
    delimiter: str
    headers: Sequence[str]
    remark: str = ""


def raw_text(duck: "duckdb.DuckDBPyConnection", path: Path, columns: Sequence[Column], folder: Path) -> Raw:
    """The rows of a CSV or TSV file."""
    text = _understood(path, columns, folder)
    names = [f"c{i}" for i in range(len(text.headers))]
    reading = relation(text.path, names, text.delimiter)
    return Raw(
        source=f"{path.name}{text.remark}",
        relation=reading,
        headers=text.headers,
        types=["VARCHAR"] * len(names),
        line="row_number() over () + 1",
        place=lambda line, position: f"row {line:,}",
        broken=lambda error: _broken(duck, path, reading),
    )


def relation(path: Path, names: Sequence[str], delimiter: str, *, header: bool = True, extra: str = "") -> str:
    """DuckDB reads the file as text, by these rules alone: left to itself it guesses from the first rows."""
    columns = ", ".join(f"'{name}': 'varchar'" for name in names)
    return (
        f"read_csv({literal(path)}, auto_detect=false, columns={{{columns}}}, delim='{delimiter}', quote='\"', "
        f"escape='\"', header={str(header).lower()}, strict_mode=true, max_line_size={LONGEST_LINE}{extra})"
    )


def _understood(path: Path, columns: Sequence[Column], folder: Path) -> TextFile:
    """UTF-8, or else Windows-1252 (Latin-1 and a few signs more), of which a copy in UTF-8 is made."""
    if _decodes(path, "utf-8"):
        return _headed(path, path, columns)
    if not _decodes(path, "cp1252"):
        raise _not_text(path)
    copy = folder / "text.csv"
    with path.open(encoding="cp1252", newline="") as old, copy.open("w", encoding="utf-8", newline="") as new:
        while block := old.read(_BLOCK):
            new.write(block)
    return _headed(path, copy, columns, remark=", read as Latin-1")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if b"\0" in block:
                    raise _not_text(path)
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _not_text(path: Path) -> SourceError:
    return SourceError(f"{path.name} is not text in UTF-8 or Latin-1.", next_step='Save it as "CSV UTF-8".')


def _headed(path: Path, text: Path, columns: Sequence[Column], remark: str = "") -> TextFile:
    """The delimiter is the one under which most of the declared columns have a header."""
    readings = [(delimiter, _header(path, text, delimiter)) for delimiter in _DELIMITERS]
    delimiter, headers = max(readings, key=lambda reading: (known(reading[1], columns), len(reading[1])))
    return TextFile(text, delimiter, headers, remark)


def _header(path: Path, text: Path, delimiter: str) -> list[str]:
    try:
        with text.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file, delimiter=delimiter), [])
    except csv.Error:
        raise SourceError(
            f"{path.name} has no header that can be read: its first line is far too long.",
            next_step="Put the names of the columns into the first line.",
        ) from None


def _broken(duck: "duckdb.DuckDBPyConnection", path: Path, reading: str) -> SourceError:
    """Reads once more and lets DuckDB collect what is wrong; its own messages quote rows, so they are not shown."""
    asked = reading.removesuffix(")") + ", store_rejects=true)"
    with duck.cursor() as own:  # the lists of faults are temporary tables: a cursor's own go with it
        own.execute(f"select count(*) from {asked}").fetchall()
        found = own.execute("select line, error_type from reject_errors order by line").fetchall()
    if not found:
        return SourceError(f"{path.name} cannot be read as CSV.", next_step="Open it and save it as CSV UTF-8.")
    line, kind = found[0]
    fault = _FAULTS.get(kind, "cannot be read")
    more = f" ({len(found):,} such faults in all)" if len(found) > 1 else ""
    return SourceError(f"{path.name}: line {line:,} {fault}{more}.", next_step="Correct the file and load again.")
