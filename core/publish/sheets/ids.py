"""Ids that we choose ourselves: the same tab, row or range has the same id for ever.

Whoever sends the same request twice is refused as a whole: a blind repetition cannot double anything.
"""

import hashlib

TAB_KEY, ROW_KEY, COLUMN_KEY, TOKEN_KEY = "kpi_tab", "kpi_row", "kpi_column", "kpi_token"
"""Keys of developer metadata. Short: a sheet carries about 30,000 characters of it."""


def number(*parts: str) -> int:
    """A whole number of 31 bits, never 0, which is the id of a new spreadsheet's first sheet."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") % (2**31 - 2) + 1


def text(*parts: str) -> str:
    return "kpi" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
