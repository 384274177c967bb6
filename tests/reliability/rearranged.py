"""Where rows and columns are after people insert, delete, move and sort them, and what formulas then refer to."""

import re
from collections.abc import Callable, Mapping, Sequence

Shift = Callable[[int], int | None]
"""Old index -> new one; None: it is gone."""
At = tuple[int, int]
_PART = r"\$?[A-Z]{1,3}\$?\d+"
_REFERENCE = re.compile(rf"(?:('(?:[^']|'')+'|[A-Za-z_][\w.]*)!)?({_PART})(?::({_PART}))?(?![\w(])")


def stays(index: int) -> int:
    return index


def inserted(at: int, many: int) -> Shift:
    return lambda index: index if index < at else index + many


def deleted(at: int, many: int) -> Shift:
    return lambda index: index if index < at else None if index < at + many else index - many


def moved(at: int, many: int, to: int) -> Shift:
    """The block goes before what stands at `to`, which is none of it."""

    def shift(index: int) -> int:
        if at <= index < at + many:
            return index - at + (to - many if to > at else to)
        if at + many <= index < to:
            return index - many
        return index + many if to <= index < at else index

    return shift


def sorted_as(first: int, order: Sequence[int]) -> Shift:
    """`order` says which old row stands in each place from `first` on."""
    places = {old: first + n for n, old in enumerate(order)}
    return lambda index: places.get(index, index)


def ranked(values: Mapping[int, object], descending: bool) -> list[int]:
    """Rows as spreadsheets sort them: numbers, then texts, and the empty ones last in both directions."""
    full = [row for row, value in values.items() if value not in (None, "")]
    rank = sorted(full, key=lambda row: _rank(values[row]), reverse=descending)
    return rank + [row for row, value in values.items() if value in (None, "")]


def _rank(value: object) -> tuple[int, float, str]:
    return (0, value, "") if isinstance(value, int | float) else (1, 0.0, str(value).lower())


def address(at: At) -> str:
    return f"{column_name(at[1])}{at[0] + 1}"


def column_name(column: int) -> str:
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def place_of(told: str) -> At:
    match = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)", told)
    assert match, told
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def formula_after(formula: str, own: str, tab: str, rows: Shift, columns: Shift) -> str:
    """A formula in tab `own` after rows and columns of `tab` went elsewhere."""

    def follow(match: re.Match[str]) -> str:
        named = match[1].strip("'").replace("''", "'") if match[1] else own
        if named != tab:
            return match[0]
        ends = [_after(end, rows, columns) for end in match.groups()[1:] if end]
        lead = f"{match[1]}!" if match[1] else ""
        return lead + ":".join(ends) if all(ends) else "#REF!"

    return _REFERENCE.sub(follow, formula)


def formula_renamed(formula: str, old: str, new: str) -> str:
    def rename(match: re.Match[str]) -> str:
        if not match[1] or match[1].strip("'").replace("''", "'") != old:
            return match[0]
        return f"{quoted(new)}!{match[0].partition('!')[2]}"

    return _REFERENCE.sub(rename, formula)


def quoted(tab: str) -> str:
    doubled = tab.replace("'", "''")
    return f"'{doubled}'"


def formula_carried(formula: str, rows: int) -> str:
    """As sorting carries a formula some rows down: relative references go with it, others stay."""

    def carry(match: re.Match[str]) -> str:
        if match[1]:
            return match[0]
        return ":".join(_down(end, rows) for end in match.groups()[1:] if end)

    return _REFERENCE.sub(carry, formula)


def _down(told: str, rows: int) -> str:
    head, figure = re.fullmatch(r"(\$?[A-Z]+\$?)(\d+)", told).groups()  # type: ignore[union-attr]
    return told if head.endswith("$") else f"{head}{max(1, int(figure) + rows)}"


def _after(told: str, rows: Shift, columns: Shift) -> str:
    row, column = place_of(told)
    new_row, new_column = rows(row), columns(column)
    if new_row is None or new_column is None:
        return ""
    match = re.fullmatch(r"(\$?)[A-Z]+(\$?)\d+", told)
    assert match
    return f"{match[1]}{column_name(new_column)}{match[2]}{new_row + 1}"
