"""Staging: a dataset from its source to its table, under its contract.

What cannot be read or does not fit raises, and the last good table stays. Rows that break a rule are loaded, so
that people can look at them, and the load's level says what that means for the KPIs that rest on them.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

import duckdb

from core.catalog import BoundDataset
from core.checks import Engine, Verdict, overall, quoted, score
from core.errors import ContractError, SourceError, did_you_mean
from core.loads import Load, origin_of
from core.sources.beside import Beside, as_declared
from core.sources.columns import SCHEMA, Connection, standing_columns
from core.sources.contract import Ask, in_duckdb, in_postgres, verdicts, warehouse_verdicts
from core.sources.drift import drift, drift_verdicts
from core.sources.files import checksum, open_duckdb, open_table
from core.sources.google_tabs import ReadTab
from core.sources.profile import MOMENTS, digest_of, profile
from core.sources.raw import Opened
from core.sources.samples import Sample, open_sample, sample_checksum
from core.sources.scratch import scratch
from core.sources.sheets import open_tab
from core.sources.tables import atomically, replace_rows

_ALONE = Beside()
_PART = 122_880  # rows of one part on its way to PostgreSQL: DuckDB keeps them in groups of so many
_WHOLE = "smallint|integer|bigint"
_HOLDS = {
    "text": r"text|character.*|citext|uuid|name|enum",
    "integer": rf"{_WHOLE}|numeric\(\d+,0\)",
    "decimal": rf"{_WHOLE}|numeric.*",
    "float": rf"{_WHOLE}|numeric.*|real|double precision",
    "timestamp": r"timestamp.* without time zone",
    "timestamptz": r"timestamp.* with time zone",
}


def stage(
    connection: Connection,
    bound: BoundDataset,
    source: Path | Sample | ReadTab,
    *,
    today: date,
    beside: Beside = _ALONE,
) -> Load:
    """Loads a dataset from a file, from a tab or from its sample rows and judges it by its contract.

    Raises SourceError, ContractError or BusyError; the table is then as it was.
    """
    began = perf_counter()
    try:
        with open_duckdb(bound.card.zone) as duck, scratch() as folder:
            opened = _open(duck, bound, source)
            judged, digest = _carry(connection, bound, source, opened, duck, folder, today, beside)
    except duckdb.Error as error:  # such as a full disk; its message may quote rows
        raise SourceError(f"{bound.name} could not be read: {type(error).__name__} in DuckDB.") from error
    return _load(bound, opened, digest, judged, beside, began)


def check_in_place(connection: Connection, bound: BoundDataset, today: date, beside: Beside = _ALONE) -> Load:
    """Judges a table that another system fills, where it stands. Writes nothing.

    Raises SourceError when there is no table, ContractError when its columns are not those of the contract.
    """
    began = perf_counter()
    with atomically(connection, bound, "could not be checked", keep=False):
        connection.execute("select set_config('TimeZone', %s, true)", [bound.card.timezone])
        standing = standing_columns(connection, bound)
        _require_columns(bound, standing)
        ask, table = in_postgres(connection), as_declared(bound, standing)
        rows = int(ask(f"select count(*) from {table}")[1][0][0])  # noqa: S608 - the dataset's own name
        judged = _judge(ask, table, bound, "postgres", today)
        more = warehouse_verdicts(ask, table, bound.dataset, today, beside.others(connection, bound))
    judged = replace(judged, verdicts=[*judged.verdicts, *more])
    if not rows:
        judged = replace(judged, verdicts=[*judged.verdicts, _NO_ROWS])
    return _load(bound, Opened("in place", rows, columns=standing), digest_of(judged.days), judged, beside, began)


_NO_ROWS = Verdict("it has rows", "fail", 1.0, 0.0, 1, 1)
"""An empty table breaks no rule over rows, and every count over it would be a believable 0."""


@dataclass(frozen=True, slots=True)
class Judged:
    verdicts: Sequence[Verdict]
    begins: datetime | None
    reaches: datetime | None
    days: dict[str, tuple[int, int]]


def _open(duck: duckdb.DuckDBPyConnection, bound: BoundDataset, source: Path | Sample | ReadTab) -> Opened:
    """The typed DuckDB table, named as the dataset, and where it came from in full."""
    if isinstance(source, Sample):
        return open_sample(duck, bound.name, bound, source)
    if isinstance(source, ReadTab):
        return replace(open_tab(duck, bound.name, source, bound.dataset.columns), source=source.source)
    opened = open_table(duck, bound.name, source, bound.dataset.columns, getattr(bound.dataset.source, "tab", ""))
    return replace(opened, source=f"{source}{opened.source.removeprefix(source.name)}")


def _carry(
    connection: Connection,
    bound: BoundDataset,
    source: Path | Sample | ReadTab,
    opened: Opened,
    duck: duckdb.DuckDBPyConnection,
    folder: Path,
    today: date,
    beside: Beside,
) -> tuple[Judged, str]:
    """Brings the rows over to PostgreSQL; meanwhile, aside, DuckDB writes the next ones and judges them all.

    What takes another table to judge is asked of PostgreSQL, once the rows are there.
    """
    with duck.cursor() as own, ThreadPoolExecutor(max_workers=1) as aside:  # done aside, then closed
        parts = [aside.submit(_write, own, bound, first, folder) for first in range(0, opened.rows, _PART)]
        judging = aside.submit(_judge, in_duckdb(own), quoted(bound.name), bound, "duckdb", today)
        digesting = aside.submit(_digest, bound, source)
        with atomically(connection, bound, "could not be replaced"):
            replace_rows(connection, bound, (part.result() for part in parts))
            judged, digest = judging.result(), digesting.result()  # a rule that cannot be asked undoes it all
            more = _judge_in_warehouse(connection, bound, today, beside)
    judged = replace(judged, verdicts=[*judged.verdicts, *more])
    if isinstance(source, Sample):  # it is made up to its last day, whenever its last row happens to be
        judged = replace(judged, reaches=datetime.combine(source.last, time(), bound.card.zone))
    return judged, digest


def _judge_in_warehouse(connection: Connection, bound: BoundDataset, today: date, beside: Beside) -> Sequence[Verdict]:
    """The rest of the rules. Days are those of the scorecard's zone, here as in DuckDB."""
    if not any(check.in_warehouse for check in bound.dataset.contract()):
        return []
    with connection.transaction(force_rollback=True):
        connection.execute("select set_config('TimeZone', %s, true)", [bound.card.timezone])
        others, table = beside.others(connection, bound), f"{SCHEMA}.{quoted(bound.name)}"
        return warehouse_verdicts(in_postgres(connection), table, bound.dataset, today, others)


def _write(duck: duckdb.DuckDBPyConnection, bound: BoundDataset, first: int, folder: Path) -> Path:
    """Some of the rows as CSV, in which PostgreSQL takes them fastest."""
    rows = folder / f"rows_{first}.csv"
    columns = ", ".join(quoted(column.name) for column in bound.dataset.columns)
    chosen = f"select {columns} from {quoted(bound.name)} where rowid >= {first} and rowid < {first + _PART}"  # noqa: S608
    duck.execute(f"copy ({chosen}) to '{str(rows).replace(chr(39), chr(39) * 2)}' (format csv, header false)")
    return rows


def _digest(bound: BoundDataset, source: Path | Sample | ReadTab) -> str:
    if isinstance(source, ReadTab):
        return source.digest
    return sample_checksum(bound, source) if isinstance(source, Sample) else checksum(source)


def _judge(ask: Ask, table: str, bound: BoundDataset, engine: Engine, today: date) -> Judged:
    found = verdicts(ask, table, bound.dataset, engine, today)
    return Judged(found, *_reach(ask, table, bound, today), profile(ask, table, bound, engine))


def _reach(ask: Ask, table: str, bound: BoundDataset, today: date) -> tuple[datetime | None, datetime | None]:
    """The first and the newest moment of the data; one without an offset is local time of the scorecard.

    A row that is dated later than today says nothing of how far the data reaches: typing errors do not make weeks
    complete.
    """
    ends = dict(zip(("min", "max"), bound.dataset.ends, strict=True))
    if any(column is None or column.type not in MOMENTS for column in ends.values()):
        return None, None
    tomorrow = f"date '{today + timedelta(days=1)}'"
    known = [
        f"cast({end}({quoted(column.name)}) filter (where {quoted(column.name)} < {tomorrow}) as timestamptz)"
        for end, column in ends.items()
        if column
    ]
    asked = ", ".join(f"cast(1000000 * extract(epoch from {end}) as bigint)" for end in known)
    first, last = ask(f"select {asked} from {table}")[1][0]  # noqa: S608 - the dataset's own names
    return _moment(first, bound), _moment(last, bound)


def _moment(since_1970: int | None, bound: BoundDataset) -> datetime | None:
    if since_1970 is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since_1970)).astimezone(bound.card.zone)


def _require_columns(bound: BoundDataset, standing: Mapping[str, str]) -> None:
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


def _load(bound: BoundDataset, opened: Opened, digest: str, judged: Judged, beside: Beside, began: float) -> Load:
    dataset = bound.dataset
    drifted = drift(beside.columns.get(origin_of(opened.source), {}), opened.columns, dataset.columns)
    found = [*judged.verdicts, *drift_verdicts(dataset, drifted, opened.columns)]
    return Load(
        dataset=bound.name,
        source=opened.source,
        checksum=digest,
        rows=opened.rows,
        begins=judged.begins,
        watermark=judged.reaches,
        verdicts=found,
        level=overall(found, warn_below=dataset.warn_below, fail_below=dataset.fail_below),
        score=score(found),
        seconds=round(perf_counter() - began, 3),
        columns_ignored=opened.ignored,
        columns=opened.columns,
        drift=drifted,
        days=judged.days,
    )
