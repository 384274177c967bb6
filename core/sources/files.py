"""Files: CSV, Parquet and .xlsx as typed DuckDB tables, strictly.

A file is read as it is or not at all: a value that does not fit its column, a row that is too short or a file
that was cut off is an error that says where. Nothing becomes null, rounded or skipped in silence.
"""

# ruff: noqa: S608  paths are quoted

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from core.checks import quoted
from core.dataset import Column
from core.errors import SourceError
from core.measures import File, Sheet
from core.sources.raw import Opened, Raw, cast_into, literal
from core.sources.scratch import scratch
from core.sources.texts import raw_text
from core.sources.workbooks import raw_workbook

_SUFFIXES = (".csv", ".tsv", ".parquet", ".xlsx")


@contextmanager
def open_duckdb(zone: ZoneInfo) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of one's own that keeps `zone`, spills to a temporary folder and never downloads anything."""
    with scratch() as folder, duckdb.connect() as connection:
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute("set temp_directory = $1", [str(folder)])
        connection.execute("set global TimeZone = $1", [zone.key])  # for its cursors too
        yield connection


def find_file(source: File | Sheet, data_dir: Path, override: Path | None = None, *, dataset: str = "") -> Path:
    """The file that a source stands for: `override`, or the one in `data_dir` that has its name or matches it.

    Raises SourceError if it is not there, if several match, or if it is none that can be read.
    """
    naming = f" or name it: --file {dataset}=PATH." if dataset else "."
    if override is not None:
        return _readable(override.expanduser(), f"Name a CSV, Parquet or .xlsx file: --file {dataset or 'NAME'}=PATH.")
    said = f"{source.name}.xlsx" if isinstance(source, Sheet) else source.path
    wanted = data_dir / said
    if wanted.is_file():
        return _readable(wanted, "Save it as one of these.")
    found = [p for p in sorted(wanted.parent.glob(wanted.name)) if p.suffix.lower() in _SUFFIXES and p.is_file()]
    if len(found) > 1:
        listed = ", ".join(p.name for p in found)
        raise SourceError(f"{listed} all match {said} in {data_dir}.", next_step=f"Keep one{naming}")
    if not found:
        raise SourceError(
            f"There is no {said} in {data_dir}.", next_step=f"Put it there (KPI_DATA_DIR names the folder){naming}"
        )
    return found[0]


def read_file(source: File, path: Path, duck: duckdb.DuckDBPyConnection, name: str) -> Opened:
    """Brings a file into the DuckDB table `name` with the columns that `source` declares, or with all.

    A blend's input has no contract that says what is sensitive: values that do not fit are told by their place alone.
    """
    columns = [Column(column, kind, sensitive=True) for column, kind in source.columns.items()]
    return open_table(duck, name, path, columns, source.tab)


def open_table(
    duck: duckdb.DuckDBPyConnection, name: str, path: Path, columns: Sequence[Column], tab: str = ""
) -> Opened:
    """Reads a file into the DuckDB table `name` with the declared columns; without any, as the file has them.

    Raises SourceError if it cannot be read whole, ContractError if values do not fit their columns.
    """
    with scratch() as folder:
        return cast_into(duck, name, _raw(duck, path, columns, tab, folder), columns)


def checksum(path: Path) -> str:
    """The SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _readable(path: Path, hint: str) -> Path:
    if not path.exists():
        raise SourceError(f"There is no file {path}.", next_step=hint)
    if not path.is_file() or path.suffix.lower() not in _SUFFIXES:
        raise SourceError(f"{path} is not a CSV, Parquet or .xlsx file.", next_step=hint)
    return path


def _raw(duck: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[Column], tab: str, folder: Path) -> Raw:
    """The file as rows of text, or of its own types where it has some."""
    try:
        if not path.stat().st_size:
            raise SourceError(f"{path.name} is empty: it has not even a header.", next_step="Get the file again.")
        if path.suffix.lower() == ".parquet":
            return _raw_parquet(duck, path)
        if path.suffix.lower() == ".xlsx":
            return raw_workbook(path, tab, columns, folder)
        return raw_text(duck, path, columns, folder)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or 'no reason given'}.") from None


def _raw_parquet(duck: duckdb.DuckDBPyConnection, path: Path) -> Raw:
    reading = f"read_parquet({literal(path)}, binary_as_string=true)"
    try:
        found = duck.execute(f"describe select * from {reading}").fetchall()
    except duckdb.Error:
        raise _cut_short(path) from None
    named = ", ".join(f"{quoted(row[0])} as c{i}" for i, row in enumerate(found))
    return Raw(
        source=path.name,
        relation=f"(select {named} from {reading})",
        headers=[row[0] for row in found],
        types=[row[1] for row in found],
        line="row_number() over ()",
        place=lambda line, position: f"row {line:,}",
        broken=lambda error: _cut_short(path),
        typed=True,
    )


def _cut_short(path: Path) -> SourceError:
    return SourceError(
        f"{path.name} is not a whole Parquet file: it may have been cut short on its way.",
        next_step="Get the file again.",
    )
