"""The ledger's SQL, by name: each statement stands under a line `-- name: ...` in a file of this folder."""

import re
from functools import cache
from importlib.resources import files


@cache
def statements(file: str) -> dict[str, str]:
    """Every statement of `<file>.sql`, keyed by its name."""
    text = (files(__name__) / f"{file}.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (sql.strip() for sql in parts[2::2]), strict=True))
