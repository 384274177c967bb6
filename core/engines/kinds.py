"""Types as engines name them, in the words of a contract, and whole numbers with their bytes where they are no bigints:
PostgreSQL adds up and divides by width."""

import re

_WORDS = (
    (r"u?(tiny|small)int|mediumint|int(eger)?|byte|short", "integer(4)"),
    (r"uint(eger)?|u?bigint|int64|long", "integer"),
    (r"u?hugeint", "integer(16)"),
    (r"(decimal|numeric|number)\((\d+), ?(\d+)\)", r"decimal(\2,\3)"),
    (r"(decimal|numeric)\((\d+)\)", r"decimal(\2,0)"),
    (r"double( precision)?|float\d?|float64|real", "float"),
    (r"(var)?char(acter varying)?|varchar\(\d+\)|text|string", "text"),
    (r"date", "date"),
    (r"timestamp(_ntz|_s|_ms|_ns)?(\(\d+\))?|datetime", "timestamp"),
    (r"timestamp(\(\d+\))? with time zone|timestamptz|timestamp_ltz", "timestamptz"),
    (r"bool(ean)?", "boolean"),
)


def kind(native: str) -> str:
    """The word for a type; "" for one that nobody knows."""
    for pattern, word in _WORDS:
        if found := re.fullmatch(pattern, native.strip().lower()):
            return found.expand(word)
    return ""
