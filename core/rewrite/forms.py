"""Forms: one query asked for many periods at once, and several queries asked as one.

All of it is text put together from text. Values are those of our own periods, never a user's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from core.measures import binds
from core.periods import Period
from core.rewrite.shape import Aggregate, Column, Shape, binds_in, with_binds

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
{with_binds(sql.strip().rstrip(";"), _COLUMNS)}
       ) as kpi_answer
"""
    return Asked(text, {n: n for n in range(len(periods))})


def scan(shape: Shape, periods: Sequence[Period], *, buckets: bool) -> Asked:
    """One pass over the rows of all periods, grouped by period, and what no rows at all would say.

    `buckets` finds a row's period by a search in the list of bounds: PostgreSQL's way, and only where the type of
    the moment is known and no two periods overlap; otherwise the periods are joined by the half-open condition.
    """
    selected, columns = shape.relation, _columns(shape)
    empty = f"select {NOTHING}, {columns} from {selected} where false"
    first, last = min(p.start for p in periods), max(p.end for p in periods)
    conditions = [f"{shape.moment} >= date '{first}'", f"{shape.moment} < date '{last}'", *_conditions(shape)]
    if buckets and shape.moment_type and _are_apart(periods):
        bounds = sorted({day for p in periods for day in (p.start, p.end)})
        place = f"width_bucket({shape.moment}, {_array([str(b) for b in bounds], shape.moment_type)}) - 1"
        text = f"""
{shape.prelude}
select {place} as kpi_nth, {columns}
from   {selected}
where  {" and ".join(conditions)}
group  by 1
union  all
{empty}
"""
        starts = {period.start: n for n, period in enumerate(periods)}
        return Asked(text, {n: starts[bound] for n, bound in enumerate(bounds) if bound in starts})
    ranged = [f"{shape.moment} >= {_COLUMNS['start']}", f"{shape.moment} < {_COLUMNS['end']}"]
    text = f"""
{shape.prelude}
select kpi_period.kpi_nth, {columns}
from   {selected},
       {_listed(periods, ("start", "end"))}
where  {" and ".join([*ranged, *conditions])}
group  by kpi_period.kpi_nth
union  all
{empty}
"""
    return Asked(text, {n: n for n in range(len(periods))})


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
