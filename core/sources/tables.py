"""Tables in staging: made, brought in line with the contract, and replaced as a whole.

A load truncates the table and copies the new rows in, frozen, in one transaction. Views, grants and the table's
identity stay, unlike with a new table under the old name. Readers wait for that second and then see all new rows.
Frozen rows matter for a reader whose snapshot is older than the load: without them it would find the table empty,
and an empty table is a wrong number. Deleting instead would block nobody, but keeps the indexes in step row by row:
four times as long, measured, and twice the space. Indexes are made after the rows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg import errors, sql

from core.catalog import BoundDataset
from core.databases import said_by
from core.dataset import Dataset
from core.errors import BusyError, FactoryError, SourceError
from core.sources.columns import SCHEMA, Connection, standing_columns
from core.sources.masking import mask, unmask

_TYPES = {
    "integer": "bigint",  # a key passes two thousand million sooner or later
    "float": "double precision",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}


@contextmanager
def atomically(connection: Connection, bound: BoundDataset, what: str, *, keep: bool = True) -> Iterator[None]:
    """All or nothing of what is done to the dataset's table; nothing at all unless `keep`.

    The caller's transaction decides when it holds; a connection in autocommit mode commits at the end.

    Raises BusyError when readers or another load keep the table too long, SourceError for anything else.
    """
    try:
        connection.execute("select")  # begins the caller's transaction, so that the next block is a part of it
        with connection.transaction(force_rollback=not keep):
            yield
    except psycopg.Error as error:
        raise _refused(bound, error, what) from error


def replace_rows(connection: Connection, bound: BoundDataset, parts: Iterable[Path]) -> None:
    """Replaces all rows of the dataset's table by those of CSV files without header. Belongs into `atomically`."""
    _prepare(connection, bound)
    _copy(connection, bound, parts)
    _index(connection, bound)
    mask(connection, bound)
    connection.execute(sql.SQL("analyze {}").format(_table(bound)))


def postgres_type(declared: str) -> str:
    """`decimal(12, 4)` is `numeric(12,4)`."""
    if declared.startswith("decimal"):
        return re.sub(r"\s", "", declared.replace("decimal", "numeric"))
    return _TYPES.get(declared, declared)


def _prepare(connection: Connection, bound: BoundDataset) -> None:
    """Makes the table, or empties it and brings its columns in line with the contract."""
    wanted = {column.name: postgres_type(column.type) for column in bound.dataset.columns}
    # Two first loads would both find no table and one of them would fail.
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [bound.table])
    if not standing_columns(connection, bound):
        _create(connection, bound, wanted)
        return
    connection.execute(sql.SQL("lock table {} in access exclusive mode").format(_table(bound)))
    standing = standing_columns(connection, bound)
    for index in _standing_indexes(connection, bound):
        connection.execute(sql.SQL("drop index {}").format(sql.Identifier(SCHEMA, index)))
    connection.execute(sql.SQL("truncate {}").format(_table(bound)))
    gone = [name for name, kind in standing.items() if wanted.get(name) != kind]
    new = {name: kind for name, kind in wanted.items() if standing.get(name) != kind}
    changes = [sql.SQL("drop column {}").format(sql.Identifier(name)) for name in gone]
    changes += [sql.SQL("add column {}").format(_column(name, kind)) for name, kind in new.items()]
    if changes:
        unmask(connection, bound)  # it would hold the columns fast; it is made again when the rows are there
        connection.execute(sql.SQL("alter table {} {}").format(_table(bound), sql.SQL(", ").join(changes)))


def _create(connection: Connection, bound: BoundDataset, wanted: Mapping[str, str]) -> None:
    if not connection.execute("select to_regnamespace(%s)", [SCHEMA]).fetchall()[0][0]:
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
    columns = sql.SQL(", ").join(_column(name, kind) for name, kind in wanted.items())
    connection.execute(sql.SQL("create table {} ({})").format(_table(bound), columns))


def _copy(connection: Connection, bound: BoundDataset, parts: Iterable[Path]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in bound.dataset.columns)
    into = sql.SQL("copy {} ({}) from stdin (format csv, freeze)").format(_table(bound), names)
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for part in parts:
            copy.write(part.read_bytes())
            part.unlink()


def _index(connection: Connection, bound: BoundDataset) -> None:
    for name, columns in _wanted_indexes(bound.name, bound.dataset).items():
        listed = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
        connection.execute(sql.SQL("create index {} on {} ({})").format(sql.Identifier(name), _table(bound), listed))


def _wanted_indexes(table: str, dataset: Dataset) -> dict[str, Sequence[str]]:
    """By name, which says table and columns; PostgreSQL cuts names after 63 bytes, so long ones end in a digest."""
    wanted: dict[str, Sequence[str]] = {}
    for index in dataset.index:
        columns = [name.strip() for name in index.split(",")]
        name = "__".join([table, *columns])
        wanted[name if len(name) <= 63 else f"{table[:44]}__{sha256(name.encode()).hexdigest()[:16]}"] = columns
    return wanted


def _standing_indexes(connection: Connection, bound: BoundDataset) -> list[str]:
    """Those that loads made. Others are somebody's own and stay."""
    found = connection.execute(
        "select indexname from pg_indexes where schemaname = %s and tablename = %s and starts_with(indexname, %s)",
        [SCHEMA, bound.name, f"{bound.name[:44]}__"],
    )
    return [name for (name,) in found.fetchall()]


def _refused(bound: BoundDataset, error: psycopg.Error, what: str) -> FactoryError:
    """What PostgreSQL refused, without the values that it quotes."""
    stays = "The last good table stays in place."
    if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected):
        return BusyError(
            f"{bound.table} is in use, by another load or a long query. {stays}", next_step="Try again later."
        )
    if isinstance(error, errors.DependentObjectsStillExist):
        views = ", ".join(sorted(set(re.findall(r"view (\S+) depends", error.diag.message_detail or "")))) or "a view"
        return SourceError(
            f"{bound.table} has other columns now, and {views} needs the old ones. {stays}",
            next_step="Drop it, load, and create it again.",
        )
    if isinstance(error, psycopg.DataError):
        return SourceError(f"PostgreSQL cannot hold a value of {bound.table} ({said_by(error)}). {stays}")
    return SourceError(f"{bound.table} {what}: {said_by(error)}. {stays}")


def _table(bound: BoundDataset) -> sql.Identifier:
    return sql.Identifier(SCHEMA, bound.name)


def _column(name: str, kind: str) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
