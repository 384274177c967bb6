"""The real incident cases as another system would bring them: rows of `staging.support_cases`.

They tell neither a priority nor a region; the last event of a case is taken for its resolution, and is its last change.
Their moments have no zone, and are read as UTC.
"""

from pathlib import Path

import duckdb
import psycopg

SHAPED = """
    select case_id, 'P4' as priority, 'all' as region, created_at at time zone 'UTC' as created_at,
           first_response_at at time zone 'UTC' as first_response_at, resolved_at at time zone 'UTC' as resolved_at,
           greatest(created_at, first_response_at, resolved_at) at time zone 'UTC' as updated_at
    from   read_parquet($file)
"""


def fill(url: str, file: Path, table: str, columns: dict[str, str], scratch: Path) -> int:
    """Makes the table and copies the cases into it; how many there are."""
    shaped = scratch / "support_cases.csv"
    with duckdb.connect() as duck:
        duck.execute("set TimeZone = 'UTC'")
        duck.execute(f"copy ({SHAPED.replace('$file', repr(str(file)))}) to '{shaped}' (header)")
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"create table {table} ({listed})")
        with cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin (format csv, header match)") as copy:
            copy.write(shaped.read_bytes())
        cursor.execute(f"select count(*) from {table}")
        (count,) = cursor.fetchone() or (0,)
        return int(count)
