"""Names that know of both sides of a UNION: what stands there first does not tell the type alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from core.query_names import Columns, Missing, Names, Origin


class Both(exp.Expr):
    """A column that comes from either side."""

    origins: tuple[Origin, Origin]


@dataclass(frozen=True, slots=True)
class NamesOfBothSides(Names):
    def outputs(self, query: exp.Expr | None) -> Columns | None:
        if not isinstance(query, exp.SetOperation):
            return Names.outputs(self, query)
        left, right = self.outputs(query.left), self._in_order(query.right)
        if left is None or right is None or len(left) != len(right):
            return None
        return {name: _both(one, other) for (name, one), other in zip(left.items(), right, strict=True)}

    def _in_order(self, query: exp.Expr) -> Sequence[Origin] | None:
        """What a query hands on, by its places: on the right side names make no difference."""
        if isinstance(query, exp.Subquery):
            return self._in_order(query.this)
        if isinstance(query, exp.SetOperation):
            left, right = self._in_order(query.left), self._in_order(query.right)
            return None if left is None or right is None else [*map(_both, left, right)]
        if not isinstance(query, exp.Select):
            return None
        found: list[Origin] = []
        for projection in query.selects:
            handed = self._handed(query, projection) if projection.is_star else {"": self._made_of(projection)}
            if handed is None:
                return None
            found.extend(handed.values())
        return found

    def _made_of(self, projection: exp.Expr) -> Origin:
        inner = projection.unalias()
        origin = self.origin(inner) if isinstance(inner, exp.Column) else inner
        return None if isinstance(origin, Missing) else origin


def _both(one: Origin, other: Origin) -> Origin:
    if one is other:
        return one
    found = Both()
    found.origins = (one, other)
    return found
