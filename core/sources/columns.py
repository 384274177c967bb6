"""Columns as they stand in PostgreSQL: of a dataset's table in staging, or of the view that masks it."""

from typing import Any

import psycopg

from core.catalog import BoundDataset

SCHEMA = "staging"

Connection = psycopg.Connection[Any]


def standing_columns(connection: Connection, bound: BoundDataset, schema: str = SCHEMA) -> dict[str, str]:
    """The columns of a dataset's table or view as it stands, with their PostgreSQL types; none without one."""
    found = connection.execute(
        """
        select attname,
               case when typtype = 'e' then 'enum' else format_type(atttypid, atttypmod) end
        from   pg_attribute
               join pg_type on pg_type.oid = atttypid
        where  attrelid = to_regclass(%s)
        and    attnum > 0
        and    not attisdropped
        order  by attnum
        """,
        [f'{schema}."{bound.name}"'],
    )
    return dict(found.fetchall())
