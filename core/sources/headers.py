"""Headers: which column of a source is which column of the contract."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.dataset import Column
from core.errors import SourceError, did_you_mean


@dataclass(frozen=True, slots=True)
class Matched:
    """For each declared column its position in the source, and the headers that nobody asked for."""

    positions: Sequence[int]
    ignored: Sequence[str] = ()


def known(headers: Sequence[str], columns: Sequence[Column]) -> int:
    """How many of the columns the headers hold."""
    said = {_folded(header) for header in headers}
    return sum(1 for column in columns if said & _names(column))


def matched(
    headers: Sequence[str], columns: Sequence[Column], where: str, spot: Callable[[int], str] = lambda _: ""
) -> Matched:
    """Finds every column by its header, wherever it stands; `spot` tells where that is, in sheets.

    Raises SourceError that names all missing and all doubtful columns at once.
    """
    found = [[i for i, header in enumerate(headers) if _folded(header) in _names(column)] for column in columns]
    faults = [
        _missing(column, headers)
        if not places
        else _doubtful(column, [f"{spot(i)} {headers[i]}".strip() for i in places])
        for column, places in zip(columns, found, strict=True)
        if len(places) != 1
    ]
    if faults:
        raise SourceError(
            f"{where}: {'; '.join(faults)}.",
            next_step="Correct the header row, or name the header in the column's also=(...).",
        )
    taken = {places[0] for places in found}
    ignored = [header for i, header in enumerate(headers) if i not in taken and header.strip()]
    return Matched([places[0] for places in found], ignored)


def called(header: str, columns: Sequence[Column]) -> str:
    """The declared column that a header stands for; of one that nobody declared, what matters of its spelling."""
    folded = _folded(header)
    return next((column.name for column in columns if folded in _names(column)), folded)


def undeclared(headers: Sequence[str], types: Sequence[str] = ()) -> list[Column]:
    """Every column as the source has it, for inputs that declare none; those without a header are left out."""
    held = types or ["VARCHAR"] * len(headers)
    return [
        Column(header, "text" if kind == "VARCHAR" else kind)
        for header, kind in zip(headers, held, strict=True)
        if header.strip()
    ]


def _missing(column: Column, headers: Sequence[str]) -> str:
    hint = did_you_mean(_folded(column.name), {_folded(h): h for h in headers})
    meant = next((h for h in headers if hint and f'"{_folded(h)}"' in hint), "")
    return f'column "{column.name}" is missing' + (f' (did you mean the header "{meant}"?)' if meant else "")


def _doubtful(column: Column, headers: Sequence[str]) -> str:
    return f'column "{column.name}" stands there {len(headers)} times ({", ".join(headers)})'


def _names(column: Column) -> set[str]:
    return {_folded(name) for name in (column.name, *column.also)}


def _folded(header: str) -> str:
    """Case, spaces and underscores never matter: `Customer ID` is `customer_id` is `CustomerID`."""
    return re.sub(r"[\s_\ufeff]+", "", header).casefold()
