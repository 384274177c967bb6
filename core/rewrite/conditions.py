"""Conditions of a query: its parts between ANDs, and the half-open one that ties it to its period."""

from collections.abc import Iterator, Mapping
from typing import cast

from sqlglot import exp

from core.rewrite.shape import MomentType, binds_in

DIALECT = "postgres"  # of everything that is read and written here; an engine translates for itself
Types = Mapping[str, str]
"""Types of columns under contract, by name; of a table that no dataset describes, nothing is known."""


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif isinstance(condition, exp.Paren) and isinstance(condition.this, exp.And):
        yield from conjuncts(condition.this)
    else:
        yield condition


def moment_of(conjuncts: list[exp.Expr]) -> tuple[exp.Expr | None, list[exp.Expr]]:
    """What is compared with :start and :end as half-open, and the other conditions."""
    starts, ends = _bounds(conjuncts, "start", exp.GTE, exp.LTE), _bounds(conjuncts, "end", exp.LT, exp.GT)
    for text in sorted(starts.keys() & ends.keys()):
        (moment, first), (_, last) = starts[text], ends[text]
        if not binds_in(text) and not any(moment.find_all(exp.Query)):
            return moment, [c for c in conjuncts if c is not first and c is not last]
    return None, conjuncts


def _bounds(
    conjuncts: list[exp.Expr], bind: str, after: type[exp.Binary], before: type[exp.Binary]
) -> dict[str, tuple[exp.Expr, exp.Expr]]:
    """What is compared with a bind, by its text, with the comparison: `at >= :start`, or `:start <= at`."""
    found: dict[str, tuple[exp.Expr, exp.Expr]] = {}
    for condition in conjuncts:
        if isinstance(condition, after) and _is_bind(condition.right, bind):
            found[written(condition.left)] = (condition.left, condition)
        elif isinstance(condition, before) and _is_bind(condition.left, bind):
            found[written(condition.right)] = (condition.right, condition)
    return found


def _is_bind(node: exp.Expr, name: str) -> bool:
    if isinstance(node, exp.Cast) and node.to.this is exp.DataType.Type.DATE:
        node = node.this
    return isinstance(node, exp.Var) and node.name == f":{name}"


def type_of(moment: exp.Expr | None, types: Types) -> MomentType:
    known = types.get(moment.name.lower(), "") if isinstance(moment, exp.Column) else ""
    return cast(MomentType, known) if known in ("date", "timestamp", "timestamptz") else ""


def whole(node: exp.Expr) -> exp.Expr:
    """An aggregate with what belongs to it: WITHIN GROUP, FILTER."""
    while isinstance(node.parent, exp.Filter | exp.WithinGroup) and node.arg_key == "this":
        node = node.parent
    return node


def held(node: exp.Expr) -> str:
    """A condition that can stand between ANDs."""
    return f"({written(node)})" if isinstance(node, exp.Or) else written(node)


def written(node: exp.Expr) -> str:
    return str(node.sql(dialect=DIALECT, comments=False))
