"""Forms: one query asked for many periods at once, and several queries asked as one.

All of it is text put together from text. Values are those of our own periods, never a user's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from core.measures import binds
from core.periods import Period
from core.rewrite.shape import Aggregate, Column, Inside, Shape, binds_in, with_binds

By = Literal["search", "steps", "join"]
"""How a row's period is found: among the bounds by `width_bucket`, which only PostgreSQL has; by counting days; or by
joining the periods, which every engine knows, and most of them do slowly."""
NOTHING = -1  # the place of the answer that no rows at all would give

_COLUMNS = {name: f"kpi_period.kpi_{name}" for name in ("start", "end", "week", "year", "last_sunday")}
"""Names that no table has: a column `week` that a query names without its table stays its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement whose rows begin with the place of their period. `places` leads from there to the periods asked for;
    a place without a row found no rows, and says what stands at NOTHING where that is there."""

    sql: str
    places: Mapping[int, int]


def lateral(sql: str, periods: Sequence[Period]) -> Asked:
    """The query as it is, once for each row of a list of periods."""
    text = f"""
select kpi_period.kpi_nth, kpi_answer.*
from   {_listed(periods, binds_in(sql))}
       cross join lateral (
{with_binds(_to_its_end(sql), _COLUMNS)}
       ) as kpi_answer
"""
    return Asked(text, {n: n for n in range(len(periods))})


_QUOTED_OR_END = re.compile(r"""'[^']*'|"[^"]*"|--[^\n]*|/\*.*?\*/|(;)""", re.DOTALL)


def _to_its_end(sql: str) -> str:
    """The query without its semicolon and what is said behind it."""
    ends = (found.start() for found in _QUOTED_OR_END.finditer(sql) if found[1])
    return sql[: next(ends, None)].strip()


def scan(shape: Shape, periods: Sequence[Period], *, by: By) -> Asked:
    """One pass over the rows of all periods, grouped by period, and what no rows at all would say.

    The periods are joined by the half-open condition, or a row's period is worked out, where that is possible.
    """
    ways = {"search": _searched, "steps": _counted, "join": _joined}
    listed, ranged, places = ways[by](shape, periods)
    relation, conditions, number = f"{shape.relation},\n       {listed}", [ranged], "kpi_period.kpi_nth"
    nothing = shape.relation
    if shape.within:
        relation, conditions, number = _with_periods(shape.within, listed, ranged), [], "kpi_nth"
        nothing = _with_periods(shape.within, _NO_PERIODS, "false")
    where = " and ".join([*conditions, *_conditions(shape)])
    lines = (
        "" if shape.within else shape.prelude,
        f"select {number}, {_columns(shape)}",
        f"from   {relation}",
        f"where  {where}" if where else "",
        f"group  by {number}",
        "union  all",
        f"select {NOTHING}, {_columns(shape)} from {nothing} where false",
    )
    return Asked("\n".join(filter(None, lines)), places)


def shared(shapes: Sequence[Shape]) -> Shape:
    """Queries of the same kin as one: conditions that not all have go into the aggregates of those that have them.

    Its result columns are named after the query's place and their own name: `kpi_0_value`.
    """
    common = frozenset[str].intersection(*(frozenset(shape.conditions) for shape in shapes))
    first = shapes[0]
    return Shape(
        first.prelude,
        first.relation,
        first.moment,
        next((shape.moment_type for shape in shapes if shape.moment_type), ""),
        tuple(sorted(common)),
        first.nested,
        tuple(column for n, shape in enumerate(shapes) for column in _narrowed(n, shape, common)),
        frozenset[str]().union(*(shape.binds for shape in shapes)),
        first.within,
    )


def text_of(shape: Shape) -> str:
    """The query that has this shape, with its binds."""
    ranged = [f"{shape.moment} >= :start", f"{shape.moment} < :end"] if shape.moment else []
    conditions = [*ranged, *_conditions(shape)]
    where = f"\nwhere  {' and '.join(conditions)}" if conditions else ""
    return f"{shape.prelude}\nselect {_columns(shape)}\nfrom   {shape.relation}{where}".strip()


def _narrowed(n: int, shape: Shape, common: frozenset[str]) -> list[Column]:
    own = [condition for condition in shape.conditions if condition not in common]
    return [
        (f"kpi_{n}_{name}", tuple(p if isinstance(p, str) else Aggregate(p.where(own)) for p in pieces))
        for name, pieces in shape.columns
    ]


def _columns(shape: Shape) -> str:
    return ",\n       ".join(
        f'{"".join(p if isinstance(p, str) else p.where(()) for p in pieces)} as "{name}"'
        for name, pieces in shape.columns
    )


def _conditions(shape: Shape) -> tuple[str, ...]:
    return (*shape.conditions, *shape.nested)


_NO_PERIODS = "(select 0 as kpi_nth) as kpi_period"


def _with_periods(within: Inside, listed: str, ranged: str) -> str:
    return with_binds(within.relation, {"kpi_periods": listed, "kpi_range": ranged})


Tied = tuple[str, str, Mapping[int, int]]
"""What gives each row the number of its period, the rows that have one, and which number stands for which period."""


def _searched(shape: Shape, periods: Sequence[Period]) -> Tied:
    """By its place among the bounds; rows between two periods get numbers that stand for none."""
    if not shape.tied_type or not _are_apart(periods):
        return _joined(shape, periods)
    bounds = sorted({day for p in periods for day in (p.start, p.end)})
    number = f"width_bucket({shape.tied}, {_array([str(b) for b in bounds], shape.tied_type)}) - 1"
    starts = {period.start: n for n, period in enumerate(periods)}
    places = {n: starts[bound] for n, bound in enumerate(bounds) if bound in starts}
    return _numbered(number), _all_days(shape, periods), places


def _counted(shape: Shape, periods: Sequence[Period]) -> Tied:
    """By the days since the first one, where all are equally long and whole steps apart.

    Not of a moment with a zone: where clocks go back at midnight, the day alone does not tell on which side it lies.
    """
    first, length = min(p.start for p in periods), (periods[0].end - periods[0].start).days
    days = [((p.start - first).days, (p.end - p.start).days) for p in periods]
    places = {since // length: n for n, (since, _) in enumerate(days)}
    if shape.tied_type not in ("date", "timestamp") or len(places) < len(periods):
        return _joined(shape, periods)
    if any(since % length or own != length for since, own in days):
        return _joined(shape, periods)
    return _numbered(f"(cast({shape.tied} as date) - date '{first}') / {length}"), _all_days(shape, periods), places


def _numbered(number: str) -> str:
    return f"lateral (select {number} as kpi_nth) as kpi_period"


def _all_days(shape: Shape, periods: Sequence[Period]) -> str:
    first, last = min(p.start for p in periods), max(p.end for p in periods)
    return f"{shape.tied} >= date '{first}' and {shape.tied} < date '{last}'"


def _joined(shape: Shape, periods: Sequence[Period]) -> Tied:
    """A row once for each period that it lies in."""
    own = f"{shape.tied} >= {_COLUMNS['start']} and {shape.tied} < {_COLUMNS['end']}"
    ranged = f"{own} and {_all_days(shape, periods)}"
    return _listed(periods, ("start", "end")), ranged, {n: n for n in range(len(periods))}


def _listed(periods: Sequence[Period], named: Iterable[str]) -> str:
    """A list of periods as a table: each with its place and what these binds stand for."""
    values = [{name: _literal(value) for name, value in binds(period).items()} for period in periods]
    wanted = [name for name in _COLUMNS if name in set(named)]
    rows = ",\n               ".join(
        f"({', '.join([str(n), *(one[name] for name in wanted)])})" for n, one in enumerate(values)
    )
    return f"""(
               values {rows}
       ) as kpi_period ({", ".join(f"kpi_{name}" for name in ["nth", *wanted])})"""


def _literal(value: object) -> str:
    return f"date '{value}'" if isinstance(value, date) else str(value) if isinstance(value, int) else f"'{value}'"


def _are_apart(periods: Sequence[Period]) -> bool:
    ordered = sorted(periods, key=lambda period: period.start)
    return all(one.end <= other.start for one, other in pairwise(ordered))


def _array(bounds: Sequence[str], moment_type: str) -> str:
    """The bounds as the moment's own type. Midnights in the session's zone are worked out once, not once a row."""
    days = f"cast(array[{', '.join(repr(bound) for bound in bounds)}] as date[])"
    cast = f"cast({days} as {moment_type}[])"
    return f"(select {cast})" if moment_type == "timestamptz" else cast
