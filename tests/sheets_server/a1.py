"""Ranges as people write them: `Sheet1!A1:B2`, `'It''s'!C`, `R1C1:R2C2`, the name of a range or of a sheet."""

import re

from tests.sheets_server.model import ApiError, Book, Box, Json, Tab, invalid

_CELL = r"\$?([A-Za-z]{1,3})?\$?(\d+)?"
_SPAN = re.compile(rf"{_CELL}(?::{_CELL})?")
_R1C1 = re.compile(r"R(\d+)C(\d+)(?::R(\d+)C(\d+))?", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_CELL = re.compile(r"[A-Za-z]{1,3}\d+|R\d*C\d*|R|C|TRUE|FALSE", re.IGNORECASE)


def letters(column: int) -> str:
    found, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def column_of(text: str) -> int:
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def quoted(title: str) -> str:
    """A title as it stands in a range: in quotes only where it must."""
    if _PLAIN.fullmatch(title) and not _LIKE_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def grid_range(book: Book, text: str) -> Json:
    """The GridRange of a text, open ends left open, always with its sheetId. Raises the API's 400."""
    title, _, span = _split(text)
    if title is not None:
        tab = book.named(title) or _folded(book, title)
        if tab is None:
            raise unparsed(text)
        return _named(book, span) or _span(tab, span, text) if span else {"sheetId": tab.id}
    if named := _named(book, span):
        return named
    if tab := book.named(span) or book.named(_unquoted(span)):
        return {"sheetId": tab.id}
    return _span(book.tabs[0], span, text)


def _named(book: Book, name: str) -> Json | None:
    return next((dict(one["range"]) for one in book.named_ranges if one["name"] == name), None)


def _folded(book: Book, title: str) -> Tab | None:
    return next((tab for tab in book.tabs if tab.title.casefold() == title.casefold()), None)


def _split(text: str) -> tuple[str | None, str, str]:
    """Title and span; of a quoted title without a span, the title alone."""
    match = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.*))?", text, re.DOTALL)
    if match:
        return match[1].replace("''", "'"), "!", match[2] or ""
    title, bang, span = text.rpartition("!")
    return (title if bang else None), bang, span


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if len(text) > 1 and text[0] == text[-1] == "'" else text


def unparsed(text: str) -> ApiError:
    return invalid(f"Unable to parse range: {text}")


def _span(tab: Tab, span: str, text: str) -> Json:
    if match := _R1C1.fullmatch(span):
        top, left = int(match[1]), int(match[2])
        bottom, right = int(match[3] or top), int(match[4] or left)
        return _ordered(tab, (top - 1, left - 1), (bottom - 1, right - 1))
    match = _SPAN.fullmatch(span)
    if not match or not span or match[0] == ":":
        raise unparsed(text)
    first = _part(match[1], match[2])
    if ":" not in span:
        if None in first:
            raise unparsed(text)
        return _ordered(tab, first, first)
    return _ordered(tab, first, _part(match[3], match[4]))


def _part(column: str | None, row: str | None) -> tuple[int | None, int | None]:
    if row is not None and int(row) == 0:
        raise unparsed(f"{column or ''}{row}")
    return (int(row) - 1 if row else None), (column_of(column) if column else None)


def _ordered(tab: Tab, one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> Json:
    """Reversed ranges are put right; an end that is not said is open."""
    found: Json = {"sheetId": tab.id}
    for a, b, name in ((one[0], other[0], "Row"), (one[1], other[1], "Column")):
        if a is not None and b is not None:
            found |= {f"start{name}Index": min(a, b), f"end{name}Index": max(a, b) + 1}
        elif a is not None or b is not None:
            found[f"start{name}Index"] = a if a is not None else b
    return found


def clipped(tab: Tab, found: Json) -> Box:
    """What of a range lies in the grid. Raises the API's 400 for one that begins beyond it."""
    top, left = found.get("startRowIndex", 0), found.get("startColumnIndex", 0)
    if top >= tab.row_count or left >= tab.column_count:
        raise beyond(tab, found)
    bottom = min(found.get("endRowIndex", tab.row_count), tab.row_count)
    return Box(top, bottom, left, min(found.get("endColumnIndex", tab.column_count), tab.column_count))


def beyond(tab: Tab, found: Json) -> ApiError:
    limits = f"Max rows: {tab.row_count}, max columns: {tab.column_count}"
    return invalid(f"Range ({echo(tab, _whole(tab, found))}) exceeds grid limits. {limits}")


def _whole(tab: Tab, found: Json) -> Box:
    return Box(
        found.get("startRowIndex", 0),
        found.get("endRowIndex", tab.row_count),
        found.get("startColumnIndex", 0),
        found.get("endColumnIndex", tab.column_count),
    )


def echo(tab: Tab, area: Box) -> str:
    """The range as the API says it: a single cell is not doubled."""
    first = f"{letters(area.left)}{area.top + 1}"
    last = f"{letters(area.right - 1)}{area.bottom}"
    return f"{quoted(tab.title)}!{first if first == last else f'{first}:{last}'}"
