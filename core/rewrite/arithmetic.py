"""Arithmetic that gives other numbers elsewhere: divisions, roundings, digits, days that the clocks are moved on."""

import re
from collections.abc import Mapping

from sqlglot import exp

from core.rewrite.kinds import INTEGER, INTERVAL, NULL, UNTYPED, Kind, Kinds, cast_kind
from core.rewrite.known_words import Rule, fits, shown, unknown_type

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PLACES = {"snowflake": 12, "bigquery": 9}
"""So many digits after the point a product keeps exactly; others keep them all, or fail."""
_DIGITS = {"spark": 38, "trino": 38}
_FLOATED = "Give both as numerator and denominator, or divide cast(... as double precision) by nullif(..., 0)."


def _sum_or_difference(node: exp.Binary, kinds: Kinds, dialect: str) -> str:
    left, right = kinds.of(node.left), kinds.of(node.right)
    if left is None or right is None:
        return unknown_type(node.left if left is None else node.right)
    if left.family == right.family == "number":
        return ""
    if right == INTERVAL:
        return _shift(node, left)
    days = isinstance(node, exp.Sub) and left.name == right.name == "date"
    if days or (left.name == "date" and right.name == "integer"):
        return ""
    return f"{shown(node)} computes with {left.name} and {right.name}: each engine answers that in its own way."


def _shift(node: exp.Binary, left: Kind) -> str:
    """A day that the clocks are moved on has 23 or 25 hours, but only for some engines."""
    step = _unparenthesized(node.right)
    amount, unit = step.this.name, step.text("unit").lower().rstrip("s")
    if not (isinstance(step.this, exp.Literal) and re.fullmatch(r"\d+", amount)):
        return f"{shown(step)} is not translated. Write one whole number and its unit: interval '364 days'."
    allowed = {
        "date": ("day", "week", "month", "year"),
        "timestamp": ("minute", "hour", "day", "week", "month", "year"),
        "timestamptz": ("minute", "hour"),
    }.get(left.name, ())
    if unit in allowed:
        return ""
    moves = f"{shown(node)} moves a {left.name} by {unit or 'interval'}s"
    return f"{moves}, which is not the same everywhere. Move :start or :end."


def _product(node: exp.Mul, kinds: Kinds, dialect: str) -> str:
    if why := _numbers(node, kinds, dialect):
        return why
    found = kinds.of(node)
    if found is None or found.name != "decimal":
        return ""
    if found.places > _PLACES.get(dialect, 38):
        return f"{shown(node)} has {found.places} digits after the point, too many to keep. Cast its parts to fewer."
    if found.digits > _DIGITS.get(dialect, 10**6):
        return f"{shown(node)} may have {found.digits} digits, more than there is room for. Cast its parts to fewer."
    return ""


def _numbers(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    for part in node.iter_expressions():
        kind = kinds.of(part)
        if kind is None or kind.family != "number":
            return unknown_type(part) if kind is None else f"{shown(node)} computes with {kind.name}. Cast it."
    return ""


def _division(node: exp.Div, kinds: Kinds, dialect: str) -> str:
    if why := _numbers(node, kinds, dialect):
        return why
    if kinds.of(node) != Kind("float"):
        whole = kinds.of(node) == INTEGER
        said = "drops the rest in PostgreSQL alone" if whole else "has other digits in each engine"
        return f"{shown(node)} {said}. {_FLOATED}"
    return _unguarded(node)


def _remainder(node: exp.Mod, kinds: Kinds, dialect: str) -> str:
    for part in (node.this, node.expression):
        kind = kinds.of(part)
        if kind is None or kind.name != "integer":
            return f"{shown(node)} is a remainder of something else than whole numbers."
    return _unguarded(node)


def _unguarded(node: exp.Binary) -> str:
    """Divided by zero some engines fail, others answer with nothing or with infinity."""
    divisor = _unparenthesized(node.expression)
    while isinstance(divisor, exp.Cast):
        divisor = _unparenthesized(divisor.this)
    literal = isinstance(divisor, exp.Literal) and bool(_NUMBER.fullmatch(divisor.name)) and float(divisor.name) != 0
    if literal or _never_zero(divisor):
        return ""
    return f"{shown(node)} may divide by zero, which each engine answers in its own way. Divide by nullif(..., 0)."


def _never_zero(divisor: exp.Expr) -> bool:
    zero = divisor.expression if isinstance(divisor, exp.Nullif) else None
    return isinstance(zero, exp.Literal) and bool(_NUMBER.fullmatch(zero.name)) and float(zero.name) == 0


def _unparenthesized(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _cast(node: exp.Cast, kinds: Kinds, dialect: str) -> str:
    kind, to = kinds.of(node.this), cast_kind(node.to)
    if to is None:
        return f"{shown(node)}: a cast to this type is not the same everywhere."
    if kind is None:
        return "" if isinstance(node.this, exp.Null) else unknown_type(node.this)
    if kind in (NULL, to) or (kind == UNTYPED and fits(node.this, to)):
        return ""
    if (kind.name, to.name) in _SAFE_CASTS or (kind.name == "decimal" and kind.places == 0 and to == INTEGER):
        return ""
    return f"{shown(node)} is rounded or read in another way elsewhere."


_SAFE_CASTS = {
    *(
        ("integer", "integer"),
        ("integer", "decimal"),
        ("decimal", "decimal"),
        ("integer", "float"),
        ("decimal", "float"),
    ),
    *(("boolean", "integer"), ("integer", "text")),
    *((one, other) for one in ("date", "timestamp", "timestamptz") for other in ("date", "timestamp", "timestamptz")),
}


def _rounded(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    kind, places = kinds.of(node.this), node.args.get("decimals")
    if kind is None or kind.name != "decimal":
        return f"{shown(node)} is rounded in another way elsewhere, unless it is a decimal. Cast it."
    fine = places is None or (isinstance(places, exp.Literal) and places.name.isdigit())
    return "" if fine else f"{shown(node)} is translated with a whole number of digits alone."


def _number(node: exp.Literal, kinds: Kinds, dialect: str) -> str:
    return (
        "" if node.is_string or re.fullmatch(r"\d+(\.\d+)?", node.name) else f"{node.name} is a float in some engines."
    )


def _interval(node: exp.Interval, kinds: Kinds, dialect: str) -> str:
    above = node.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    right = isinstance(above, exp.Add | exp.Sub) and _unparenthesized(above.right) is node
    return "" if right else f"{shown(node)} is translated where it is added to or taken from a date alone."


RULES: Mapping[type[exp.Expr], Rule] = {
    **dict.fromkeys((exp.Add, exp.Sub), _sum_or_difference),
    **{exp.Mul: _product, exp.Div: _division, exp.Mod: _remainder, exp.Neg: _numbers, exp.Abs: _numbers},
    **dict.fromkeys((exp.Round, exp.Floor, exp.Ceil), _rounded),
    **{exp.Cast: _cast, exp.Literal: _number, exp.Interval: _interval},
}
