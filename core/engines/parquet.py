"""A folder of Parquet files as tables: `staging/order_lines.parquet`, or a folder `staging/order_lines/` of parts."""

from collections.abc import Iterator
from pathlib import Path


def tables_in(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Schema, table and where its rows are."""
    for schema in sorted(path for path in folder.iterdir() if path.is_dir()):
        for found in sorted(schema.iterdir()):
            if found.suffix == ".parquet" or (found.is_dir() and any(found.glob("*.parquet"))):
                yield schema.name, found.stem, found
