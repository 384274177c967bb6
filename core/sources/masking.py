"""Masking: beside every dataset's table stands a view, `masked.<dataset>`, in which sensitive columns are masked.

What is masked is what the contract declares, and columns that it does not name are left out. The view reads with its
owner's rights, so whoever may look at it needs no right to the table, nor to the key of the hashes.
"""

from psycopg import errors, sql

from core.catalog import BoundDataset
from core.databases import READER, VIEWER
from core.dataset import Column
from core.errors import SourceError
from core.sources.columns import SCHEMA, Connection, standing_columns
from core.sources.raw import MASK

MASKED = "masked"


def mask(connection: Connection, bound: BoundDataset) -> None:
    """Makes the view, or brings it in line with the contract and the table. It lands with the caller's transaction.

    Views and rights that people built on it stay, unless its columns are others now. Without a table there is none, nor
    over another system's table in which nothing is sensitive.
    """
    if bound.dataset.source is None and not bound.dataset.sensitive:
        return  # a view would hold the table fast that another system may want to drop and make anew
    standing = standing_columns(connection, bound)
    columns = [column for column in bound.dataset.columns if column.name in standing]
    if not columns:
        return
    if any(column.sensitive == "hash" for column in columns):
        _require_key(connection, bound)
    shown = sql.SQL(", ").join(_shown(column) for column in columns)
    # A barrier: conditions of whoever looks are tried on masked rows only, never on those below.
    view = sql.SQL("create or replace view {} with (security_barrier = true) as select {} from {}").format(
        _view(bound), shown, sql.Identifier(SCHEMA, bound.name)
    )
    try:
        with connection.transaction():
            connection.execute(view)
    except errors.InvalidTableDefinition:  # it has other columns
        unmask(connection, bound)
        connection.execute(view)
    found = connection.execute("select rolname from pg_roles where rolname = any(%s)", [[VIEWER, READER]]).fetchall()
    for (role,) in found:
        connection.execute(sql.SQL("grant select on {} to {}").format(_view(bound), sql.Identifier(role)))


def unmask(connection: Connection, bound: BoundDataset) -> None:
    """Takes the view away: before its table loses columns that it shows."""
    connection.execute(sql.SQL("drop view if exists {}").format(_view(bound)))


def _shown(column: Column) -> sql.Composed:
    name = sql.Identifier(column.name)
    if not column.sensitive:
        return sql.SQL("{}").format(name)
    if column.sensitive != "hash":
        return sql.SQL("case when {} is not null then {} end as {}").format(name, sql.Literal(MASK), name)
    return sql.SQL(
        "encode(sha256({key} || sha256({key} || convert_to(cast({name} as text), 'UTF8'))), 'hex') as {name}"
    ).format(key=sql.SQL("(select key from kpi.mask_key)"), name=name)


def _require_key(connection: Connection, bound: BoundDataset) -> None:
    """Who does not see the key would make a view in which every hash is null."""
    (seen,) = connection.execute("select exists (select from kpi.mask_key)").fetchall()[0]
    if not seen:
        raise SourceError(
            f"{MASKED}.{bound.name} needs the key of the hashes, which only the owner of the schema kpi reads.",
            next_step="Load as that user.",
        )


def _view(bound: BoundDataset) -> sql.Identifier:
    return sql.Identifier(MASKED, bound.name)
