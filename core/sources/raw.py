"""Raw rows: what a source gives, and the one way from there to a typed table.

Values are cast in one strict pass. Only when that stops, a second pass looks for everything that does not fit,
so that good data is never read twice and bad data is told with its place.
"""

# ruff: noqa: S608  names come from definition files of the repository, paths are quoted

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.checks import quoted
from core.dataset import Column
from core.errors import ContractError, SourceError
from core.sources.casts import LONGEST_CELL, MISFIT, Cast, casts
from core.sources.headers import matched, undeclared

if TYPE_CHECKING:
    import duckdb

MASK = "•••"
LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class Raw:
    """A DuckDB relation whose columns are called c0, c1 and so on, and what people call its parts.

    `line` is SQL for the number they know a row by, `place` names the cell of a row and a column, `broken` finds
    out why the relation cannot be read. `typed`: the types are the source's own, and not what text is read as.
    """

    source: str
    relation: str
    headers: Sequence[str]
    types: Sequence[str]
    line: str
    place: Callable[[int, int], str]
    broken: "Callable[[duckdb.Error], SourceError]"
    typed: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """By header its type, or nothing where the source has no types; a nameless column is none."""
        return {
            header.strip(): kind if self.typed else ""
            for header, kind in zip(self.headers, self.types, strict=True)
            if header.strip()
        }


@dataclass(frozen=True, slots=True)
class Opened:
    """A table that DuckDB holds now: where it came from, its rows, the headers nobody asked for, and all of them."""

    source: str
    rows: int
    ignored: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def cast_into(duck: "duckdb.DuckDBPyConnection", name: str, raw: Raw, columns: Sequence[Column]) -> Opened:
    """Makes the typed table `name` of raw rows; without declared columns, of all columns as they are.

    Raises SourceError if there are no rows or they cannot be read, ContractError if values do not fit.
    """
    import duckdb

    columns = columns or undeclared(raw.headers, raw.types)
    found = matched(raw.headers, columns, raw.source)
    wanted = casts(columns, found.positions, raw.types)
    try:
        _create(duck, name, raw, [cast.quick for cast in wanted])
    except duckdb.Error:
        try:
            _create(duck, name, raw, [cast.strict for cast in wanted])
        except duckdb.Error as error:
            raise (_misfits(duck, raw, wanted) if MISFIT in str(error) else raw.broken(error)) from None
    rows, longest = _measured(duck, name, columns)
    if longest > LONGEST_CELL:
        raise _misfits(duck, raw, wanted)
    if not rows:
        raise SourceError(f"{raw.source} has a header but no rows.", next_step="Get the file again.")
    return Opened(raw.source, rows, found.ignored, raw.columns)


def shown(value: object, *, sensitive: bool = False) -> str:
    """A value as samples and messages show it: cut short, masked if it is sensitive."""
    if sensitive:
        return MASK
    text = "null" if value is None else str(value)
    return text if len(text) <= LONGEST_SAMPLE else text[: LONGEST_SAMPLE - 1] + "…"


def literal(path: Path) -> str:
    """A path in SQL that means this one file: DuckDB would read brackets and stars as a pattern."""
    escaped = "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
    return "'" + escaped.replace("'", "''") + "'"


def _create(duck: "duckdb.DuckDBPyConnection", name: str, raw: Raw, chosen: Sequence[str]) -> None:
    duck.execute(f"create or replace table {quoted(name)} as select {', '.join(chosen)} from {raw.relation}")


def _measured(duck: "duckdb.DuckDBPyConnection", name: str, columns: Sequence[Column]) -> tuple[int, int]:
    """How many rows there are, and the length of the longest text."""
    texts = [f"max(length({quoted(c.name)}))" for c in columns if c.type == "text"]
    rows, *longest = _row(duck, f"select {', '.join(['count(*)', *texts])} from {quoted(name)}")
    return rows, max((length or 0 for length in longest), default=0)


def _misfits(duck: "duckdb.DuckDBPyConnection", raw: Raw, wanted: Sequence[Cast]) -> ContractError:
    """Everything that does not fit, a sentence for each column."""
    asked = ", ".join(
        f"count(*) filter (where {c.misfit}), min(row_at) filter (where {c.misfit}), "
        f"left(cast(arg_min({c.given}, row_at) filter (where {c.misfit}) as varchar), {LONGEST_SAMPLE + 1})"
        for c in wanted
    )
    answers = _row(duck, f"select {asked} from (select {raw.line} as row_at, * from {raw.relation}) as rows_given")
    faults = [_told(raw, cast, *answers[3 * i : 3 * i + 3]) for i, cast in enumerate(wanted) if answers[3 * i]]
    return ContractError(
        f"{raw.source}: " + " ".join(faults),
        next_step="Correct them in the source, or the type in the dataset's file, and load again.",
    )


def _told(raw: Raw, cast: Cast, count: int, line: int, value: str) -> str:
    many = "1 value" if count == 1 else f"{count:,} values"
    first = f"{raw.place(line, cast.position)} ({shown(value, sensitive=bool(cast.column.sensitive))})"
    return f'{many} of "{cast.column.name}" should be {cast.expected}, the first at {first}.'


def _row(duck: "duckdb.DuckDBPyConnection", sql: str) -> tuple[Any, ...]:
    return tuple(duck.execute(sql).fetchall()[0])  # an aggregate always answers with one row
