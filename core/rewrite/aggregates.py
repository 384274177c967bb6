"""Aggregates: what is known of a result without asking: whether slices add up, and what no rows at all give.

Both are claimed only where the text proves them.
"""

from collections.abc import Mapping
from decimal import Decimal

from sqlglot import exp

AGGREGATES = (exp.AggFunc, exp.WithinGroup, exp.Filter)
"""What makes one value of many rows. Only aggregates have a FILTER or a WITHIN GROUP, whatever their name."""

_NULL_OF_NO_ROWS = (
    *(exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Median, exp.PercentileCont, exp.PercentileDisc, exp.Quantile, exp.Mode),
    *(exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop, exp.CovarSamp),
    *(exp.AnyValue, exp.First, exp.Last, exp.RegrSlope, exp.RegrIntercept, exp.RegrR2, exp.RegrAvgx, exp.RegrAvgy),
)
_ZERO_OF_NO_ROWS = (exp.Count, exp.CountIf, exp.ApproxDistinct, exp.RegrCount)
_NUMBERS = exp.DataType.NUMERIC_TYPES | {exp.DType.DECIMAL}
_UNROUNDED = frozenset({exp.DType.DECIMAL, exp.DType.DOUBLE})


class _UnprovenError(Exception):
    """The text does not tell."""


def of_no_rows(select: exp.Select) -> Mapping[str, Decimal | None] | None:
    """What the query returns of no rows, by column; None where the text does not prove it."""
    try:
        return {column.output_name.lower(): _of_no_rows(column.unalias()) for column in select.selects}
    except _UnprovenError:
        return None


def adds_up(select: exp.Select) -> bool:
    """Whether the values of disjoint slices add up to that of all rows; where a slice has none, it counts as 0."""
    return [column.output_name.lower() for column in select.selects] == ["value"] and _adds_up(
        select.selects[0].unalias()
    )


def _of_no_rows(node: exp.Expr) -> Decimal | None:
    if isinstance(node, _ZERO_OF_NO_ROWS):
        return Decimal(0)
    if isinstance(node, (*_NULL_OF_NO_ROWS, exp.Null)):
        return None
    if isinstance(node, exp.Literal) and not node.is_string:
        return Decimal(node.name)
    if isinstance(node, exp.Paren | exp.Filter | exp.WithinGroup):
        return _of_no_rows(node.this)
    if isinstance(node, exp.Coalesce):
        return next((said for said in map(_of_no_rows, [node.this, *node.expressions]) if said is not None), None)
    if isinstance(node, exp.Nullif):
        left, right = _of_no_rows(node.this), _of_no_rows(node.expression)
        return None if left == right else left
    if isinstance(node, exp.Cast) and node.to.this in _NUMBERS:
        return _whole(_of_no_rows(node.this))
    if isinstance(node, exp.Neg):
        said = _of_no_rows(node.this)
        return None if said is None else -said
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div):
        return _computed(node, _of_no_rows(node.left), _of_no_rows(node.right))
    raise _UnprovenError


def _whole(said: Decimal | None) -> Decimal | None:
    """A cast keeps what is null or a whole number; what it does to others depends on the database."""
    if said is not None and said != said.to_integral_value():
        raise _UnprovenError
    return said


def _computed(node: exp.Binary, left: Decimal | None, right: Decimal | None) -> Decimal | None:
    if left is None or right is None:
        return None
    if isinstance(node, exp.Div):
        if left or not right:  # it may drop the rest; and nothing is divided by 0
            raise _UnprovenError
        return Decimal(0)
    return left + right if isinstance(node, exp.Add) else left - right if isinstance(node, exp.Sub) else left * right


def _adds_up(node: exp.Expr) -> bool:
    if isinstance(node, exp.Sum | exp.Count):
        return not isinstance(node.this, exp.Distinct)
    if isinstance(node, exp.CountIf):
        return True
    if isinstance(node, exp.Paren | exp.Filter | exp.Neg):
        return _adds_up(node.this)
    if isinstance(node, exp.Coalesce):
        return _adds_up(node.this) and [e.sql() for e in node.expressions] == ["0"]
    if isinstance(node, exp.Cast):
        return _adds_up(node.this) and node.to.this in _UNROUNDED and not node.to.expressions
    if isinstance(node, exp.Mul):
        return any(_is_number(a) and _adds_up(b) for a, b in ((node.left, node.right), (node.right, node.left)))
    if isinstance(node, exp.Add | exp.Sub):  # one that is null makes the whole row null, and the other is lost
        return all(_adds_up(side) and _is_never_null(side) for side in (node.left, node.right))
    return False


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node.unnest(), exp.Literal) and not node.unnest().is_string


def _is_never_null(node: exp.Expr) -> bool:
    """Of what adds up: what is not null without rows is so because of count() or coalesce(), and stays so with them."""
    return _of_no_rows(node) is not None
