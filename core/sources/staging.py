"""Staging: a dataset from its source to its table, under its contract.

What cannot be read or does not fit raises, and the last good table stays. Rows that break a rule are loaded, so
that people can look at them, and the load's level says what that means for the KPIs that rest on them.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import duckdb
import psycopg

from core.catalog import BoundDataset
from core.checks import Verdict, overall, quoted, score
from core.errors import ContractError, FactoryError, SourceError, did_you_mean
from core.loads import Load
from core.sources.contract import Ask, in_duckdb, in_postgres, verdicts
from core.sources.files import checksum, open_duckdb, open_table
from core.sources.raw import Opened
from core.sources.samples import Sample, open_sample, sample_checksum
from core.sources.tables import Connection, refused, replace_rows, standing_columns

_MOMENTS = ("date", "timestamp", "timestamptz")
_WHOLE = "smallint|integer|bigint"
_HOLDS = {
    "text": r"text|character.*|citext|uuid|name",
    "integer": rf"{_WHOLE}|numeric\(\d+,0\)",
    "decimal": rf"{_WHOLE}|numeric.*",
    "float": rf"{_WHOLE}|numeric.*|real|double precision",
    "timestamp": r"timestamp.* without time zone",
    "timestamptz": r"timestamp.* with time zone",
}


def stage(connection: Connection, bound: BoundDataset, source: Path | Sample, *, today: date) -> Load:
    """Loads a dataset from a file or from its sample rows and judges it by its contract.

    Raises SourceError, ContractError or BusyError; the table is then as it was.
    """
    began = perf_counter()
    with open_duckdb(bound.card.zone) as duck, TemporaryDirectory(prefix="kpi-") as folder:
        try:
            opened, digest = _open(duck, bound, source)
            found = verdicts(in_duckdb(duck), quoted(bound.name), bound.dataset, "duckdb", today)
            reaches = _reaches(in_duckdb(duck), quoted(bound.name), bound)
            rows = _write(duck, bound, Path(folder))
        except duckdb.Error as error:  # such as a full disk; its message may quote rows
            raise SourceError(f"{bound.name} could not be read: {type(error).__name__} in DuckDB.") from error
        replace_rows(connection, bound, rows)
    if isinstance(source, Sample):  # it is made up to its last day, whenever its last row happens to be
        reaches = datetime.combine(source.last, time(), bound.card.zone)
    return _load(bound, opened, digest, reaches, found, began)


def check_in_place(connection: Connection, bound: BoundDataset, today: date) -> Load:
    """Judges a table that another system fills, where it stands. Writes nothing.

    Raises SourceError when there is no table, ContractError when its columns are not those of the contract.
    """
    began = perf_counter()
    try:
        connection.execute("select")  # begins the caller's transaction, so that the next block is a part of it
        with connection.transaction(force_rollback=True):
            connection.execute("select set_config('TimeZone', %s, true)", [bound.card.timezone])
            _require_columns(bound, standing_columns(connection, bound))
            ask, table = in_postgres(connection), f"staging.{quoted(bound.name)}"
            rows = int(ask(f"select count(*) from {table}")[1][0][0])  # noqa: S608 - the dataset's own name
            found = [*verdicts(ask, table, bound.dataset, "postgres", today), *([] if rows else [_NO_ROWS])]
            reaches = _reaches(ask, table, bound)
    except psycopg.Error as error:
        raise refused(bound, error, "could not be checked") from error
    return _load(bound, Opened("in place", rows), "", reaches, found, began)


_NO_ROWS = Verdict("it has rows", "fail", 1.0, 0.0, 1, 1)
"""An empty table breaks no rule over rows, and every count over it would be a believable 0."""


def _open(duck: duckdb.DuckDBPyConnection, bound: BoundDataset, source: Path | Sample) -> tuple[Opened, str]:
    """The typed DuckDB table, where it came from in full, and the checksum of that."""
    try:
        if isinstance(source, Sample):
            return open_sample(duck, bound.name, bound, source), sample_checksum(bound, source)
        tab = getattr(bound.dataset.source, "tab", "")
        opened = open_table(duck, bound.name, source, bound.dataset.columns, tab)
        where = f"{source}{opened.source.removeprefix(source.name)}"
        return Opened(where, opened.rows, opened.ignored), checksum(source)
    except FactoryError as error:
        error.what = f"{bound.name}: {error.what}"
        raise


def _write(duck: duckdb.DuckDBPyConnection, bound: BoundDataset, folder: Path) -> Path:
    """The rows as CSV, in which PostgreSQL takes them fastest."""
    rows = folder / "rows.csv"
    columns = ", ".join(quoted(column.name) for column in bound.dataset.columns)
    chosen = f"select {columns} from {quoted(bound.name)}"  # noqa: S608 - the dataset's own columns
    duck.execute(f"copy ({chosen}) to '{str(rows).replace(chr(39), chr(39) * 2)}' (format csv, header false)")
    return rows


def _reaches(ask: Ask, table: str, bound: BoundDataset) -> datetime | None:
    """The newest moment of the watermark column; one without an offset is local time of the scorecard."""
    column = bound.dataset.column(bound.dataset.watermark)
    if column is None or column.type not in _MOMENTS:
        return None
    newest = f"cast(max({quoted(column.name)}) as timestamptz)"
    since_1970 = ask(f"select cast(1000000 * extract(epoch from {newest}) as bigint) from {table}")[1][0][0]  # noqa: S608
    if since_1970 is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since_1970)).astimezone(bound.card.zone)


def _require_columns(bound: BoundDataset, standing: dict[str, str]) -> None:
    if not standing:
        raise SourceError(
            f"There is no table {bound.table}.",
            next_step="Let the system that fills it create it, or load its sample rows: kpi load --sample.",
        )
    faults = []
    for column in bound.dataset.columns:
        if column.name not in standing:
            faults.append(f'column "{column.name}" is missing. {did_you_mean(column.name, standing)}'.strip(". "))
        elif not re.fullmatch(_HOLDS.get(re.split(r"\W", column.type)[0], column.type), standing[column.name]):
            faults.append(f'column "{column.name}" is {standing[column.name]} where the contract says {column.type}')
    if faults:
        raise ContractError(
            f"{bound.table}: {'; '.join(faults)}.", next_step=f"Correct the table or {bound.path.name}."
        )


def _load(
    bound: BoundDataset,
    opened: Opened,
    digest: str,
    reaches: datetime | None,
    found: Sequence[Verdict],
    began: float,
) -> Load:
    return Load(
        dataset=bound.name,
        source=opened.source,
        checksum=digest,
        rows=opened.rows,
        watermark=reaches,
        verdicts=found,
        level=overall(found, warn_below=bound.dataset.warn_below, fail_below=bound.dataset.fail_below),
        score=score(found),
        seconds=round(perf_counter() - began, 3),
        columns_ignored=opened.ignored,
    )
