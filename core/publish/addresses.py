"""Cell addresses: `AB7` and (6, 27), rows and columns counted from 0."""

import re

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)")


def cell_address(row: int, column: int) -> str:
    return f"{letters(column)}{row + 1}"


def letters(column: int) -> str:
    found, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def row_and_column(address: str) -> tuple[int, int]:
    """Dollar signs are allowed. Raises ValueError for what is no cell."""
    match = _CELL.fullmatch(address)
    if match is None:
        raise ValueError(f"{address} is no cell")
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1
