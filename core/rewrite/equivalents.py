"""Equivalents: mutations that provably make no difference, and why. What cannot be proved is not claimed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.simplify import simplify

from core.dataset import Column
from core.query_names import Names, sources_of
from core.rewrite.texts import shown

_STRICT = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.ILike, exp.Between)
_ABOVE_0 = re.compile(r"(?=.*[1-9])\d+(\.\d+)?")
_FORGIVING = (exp.Coalesce, exp.Case, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Exists, exp.Subquery)


@dataclass(frozen=True, slots=True)
class Proof:
    """What may be taken for granted: columns under contract that no two rows share, by name."""

    unique: frozenset[str] = frozenset()


def why_the_same(names: Names, node: exp.Expr, part: exp.Expr, kind: str, proof: Proof) -> str:
    """Why the query says the same with `part` in the place of `node`, whatever the rows; empty where unproved."""
    told = {
        "count of rows": lambda: _never_null(names, node.this),
        "dropped coalesce": lambda: _never_null(names, node.this),
        "dropped condition": lambda: _always_known(names, node),
        "count of all": lambda: _unique(names, node, proof),
        "widened join": lambda: _rejected_later(node),
    }.get(kind, lambda: "")()
    return told or _implied(names, node, part)


def same_words(one: str, other: str, dialect: str) -> bool:
    """Whether both are one query once constants are folded and conditions put in order."""
    return _simplified(one, dialect) == _simplified(other, dialect)


def _never_null(names: Names, node: exp.Expr) -> str:
    """The contract forbids nulls, or a condition of the same SELECT has thrown them out."""
    if isinstance(node, exp.Literal | exp.Count):
        return f"{node.sql()} is never null"
    select = node.find_ancestor(exp.Select)
    if not isinstance(node, exp.Column) or select is None or _may_be_padded(names.query):
        return ""
    if _forbids_nulls(names, node):
        return f"{node.name} is never null by its contract"
    if any(_rejects_null(condition, node) for condition in _conjuncts(select)):
        return f"rows without {node.name} are left out already"
    return ""


def _always_known(names: Names, node: exp.Expr) -> str:
    """`x is not null` of what is never null holds always, `x is null` never."""
    column, null = _null_test(node)
    select = node.find_ancestor(exp.Select)
    matters = null != isinstance(node.parent, exp.Or)  # one that never holds is dropped from an or alone
    if column is None or select is None or matters or _may_be_padded(names.query):
        return ""
    if _forbids_nulls(names, column):
        return f"{column.name} is never null by its contract"
    others = [condition for condition in _conjuncts(select) if condition is not node]
    if not null and any(_rejects_null(other, column) for other in others):
        return f"another condition leaves out rows without {column.name}"
    return ""


def _null_test(node: exp.Expr) -> tuple[exp.Column | None, bool]:
    """The column of `x is null` (true) or `x is not null` (false); `not x is null` is one, too."""
    turned = isinstance(node, exp.Not)
    test = node.this.unnest() if turned else node
    if not isinstance(test, exp.Is) or not isinstance(test.this, exp.Column):
        return None, False
    if not isinstance(test.expression, exp.Null):
        return None, False
    return test.this, bool(test.args.get("negate")) == turned


def _unique(names: Names, node: exp.Expr, proof: Proof) -> str:
    """Of one table, without a join that could repeat its rows."""
    counted = node.this.expressions[0]
    origin = names.contract(counted)
    alone = len(list(sources_of(names.query))) == 1 and not any(names.query.find_all(exp.Join, exp.Unnest, exp.Lateral))
    if origin is not None and alone and origin.name in proof.unique:
        return f"no two rows share {origin.name} by its contract"
    return ""


def _rejected_later(join: exp.Expr) -> str:
    """A condition on the joined table throws out the rows that a wider join would let in."""
    select = join.find_ancestor(exp.Select)
    alias = join.this.alias_or_name.lower()
    if select is None or any(other.side in ("RIGHT", "FULL") for other in select.find_all(exp.Join)):
        return ""
    for condition in _conjuncts(select):
        for column in condition.find_all(exp.Column):
            if column.table.lower() == alias and _rejects_null(condition, column):
                return f"a condition on {alias}.{column.name} leaves out rows without a partner"
    return ""


def _implied(names: Names, node: exp.Expr, part: exp.Expr) -> str:
    """A condition that others guarantee may be dropped, or made weaker."""
    while node.parent is not None and part.parent is not None and not isinstance(node.parent, exp.And | exp.Where):
        node, part = node.parent, part.parent
    select = node.find_ancestor(exp.Select)
    if not isinstance(node.parent, exp.And | exp.Where) or select is None or not _weaker(node, part):
        return ""
    top = node
    while isinstance(top.parent, exp.And):
        top = top.parent
    beside = [one for one in (top.flatten() if isinstance(top, exp.And) else ()) if one is not node]
    others = [*beside, *(one for one in _conjuncts(select) if one is not node and one not in beside)]
    for other in others:
        if other == node or _lies_before(other, node) or any(_or_null(other, node, by) for by in others):
            return f"{shown(other.unnest(), names.dialect)} guarantees it"
    return ""


def _or_null(other: exp.Expr, condition: exp.Expr, beside: exp.Expr) -> bool:
    """`(x is null or condition)`, where something beside it leaves out the rows without x."""
    either = other.unnest()
    if not isinstance(either, exp.Or) or either.expression.unnest() != condition:
        return False
    tested, null = _null_test(either.this)
    return tested is not None and null and _rejects_null(beside, tested)


def _lies_before(other: exp.Expr, node: exp.Expr) -> bool:
    """`x <= :end - something above 0` guarantees `x < :end`."""
    inner, bound = other.unnest(), node.expression if isinstance(node, exp.LT) else None
    if bound is None or not isinstance(inner, exp.LT | exp.LTE) or inner.this != node.this:
        return False
    earlier = inner.expression.unnest()
    return isinstance(earlier, exp.Sub) and earlier.this == bound and _is_above_0(earlier.expression)


def _is_above_0(amount: exp.Expr | None) -> bool:
    """A number, a span of time, or a product or choice of such; null, as any comparison with it, leaves the row out."""
    if isinstance(amount, exp.Paren):
        return _is_above_0(amount.this)
    if isinstance(amount, exp.Mul):
        return _is_above_0(amount.this) and _is_above_0(amount.expression)
    if isinstance(amount, exp.Case):
        chosen = [branch.args.get("true") for branch in amount.args["ifs"]]
        return all(map(_is_above_0, [*chosen, *filter(None, [amount.args.get("default")])]))
    number = amount.this if isinstance(amount, exp.Interval) else amount
    return isinstance(number, exp.Literal) and bool(_ABOVE_0.fullmatch(number.name))


def _weaker(before: exp.Expr, after: exp.Expr) -> bool:
    """Whether every row that meets one meets the other: nothing is left of it, or its bound lies further out."""
    if isinstance(after, exp.Boolean):
        return bool(after.this)
    grows = isinstance(before, exp.GT | exp.GTE) and isinstance(after, exp.GT | exp.GTE)
    falls = isinstance(before, exp.LT | exp.LTE) and isinstance(after, exp.LT | exp.LTE)
    if not (grows or falls) or before.this != after.this:
        return False
    one, other = _days(before.expression), _days(after.expression)
    if one is None or other is None or one[0] != other[0]:
        return False
    if one[1] == other[1]:
        return isinstance(after, exp.GTE | exp.LTE) or type(before) is type(after)
    return other[1] < one[1] if grows else other[1] > one[1]


def _days(bound: exp.Expr) -> tuple[str, int] | None:
    """A bind and how many days it is moved; None where the text does not tell."""
    bound = bound.unnest()
    if isinstance(bound, exp.Cast):
        return _days(bound.this)
    if isinstance(bound, exp.Placeholder):
        return bound.name, 0
    if not isinstance(bound, exp.Add | exp.Sub) or (start := _days(bound.this)) is None:
        return None
    step, unit = bound.expression, 1
    if isinstance(step, exp.Interval):
        unit = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(step.text("unit").lower(), 0)
        step = step.this
    if not (isinstance(step, exp.Literal) and step.name.isdigit() and unit):
        return None
    moved = int(step.name) * unit
    return start[0], start[1] + (moved if isinstance(bound, exp.Add) else -moved)


def _rejects_null(condition: exp.Expr, column: exp.Column) -> bool:
    """Whether the condition cannot hold where the column is null: it is compared, and nothing forgives the null."""
    inner = condition.unnest()
    tested, null = _null_test(inner)
    if tested is not None and not null:
        return bool(tested == column)
    if isinstance(inner, exp.Not):
        inner = inner.this.unnest()
    listed = isinstance(inner, exp.In) and not inner.args.get("query")
    if not (isinstance(inner, _STRICT) or listed) or any(inner.find_all(*_FORGIVING)):
        return False
    return any(other == column for other in inner.find_all(exp.Column)) and not any(inner.find_all(exp.Anonymous))


def _conjuncts(select: exp.Select) -> Iterator[exp.Expr]:
    where = select.args.get("where")
    if where is not None:
        yield from where.this.flatten() if isinstance(where.this, exp.And) else [where.this]


def _may_be_padded(query: exp.Query) -> bool:
    """An outer join makes nulls of what has none."""
    return any(join.side for join in query.find_all(exp.Join))


def _forbids_nulls(names: Names, column: exp.Column) -> bool:
    origin = names.contract(column)
    return isinstance(origin, Column) and not origin.nulls and origin.severity == "fail"


def _simplified(sql: str, dialect: str) -> str:
    try:
        return str(simplify(sqlglot.parse_one(sql, dialect=dialect)).sql())
    except (SqlglotError, RecursionError, ValueError, TypeError):
        return sql
