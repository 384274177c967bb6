"""Arithmetic that gives other numbers elsewhere: divisions, roundings, digits, days that the clocks are moved on."""

import re
from collections.abc import Mapping

from sqlglot import exp

from core.rewrite.kinds import INTERVAL, NULL, UNTYPED, Kinds, cast_kind
from core.rewrite.known_words import Rule, fits, shown, unknown_type
from core.rewrite.numbers import Kind, may_drop_the_rest
from core.rewrite.steps import DAYS, HOURS, above, plain, step_of

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PLACES = {"snowflake": 12, "bigquery": 9}
"""So many digits after the point a product keeps exactly; others keep them all, or fail."""
_WITHOUT_MICROSECONDS = ("trino",)


def _sum_or_difference(node: exp.Binary, kinds: Kinds, dialect: str) -> str:
    left, right = kinds.of(node.left), kinds.of(node.right)
    if left is None or right is None:
        return unknown_type(node.left if left is None else node.right)
    if left.family == right.family == "number":
        return ""
    if right == INTERVAL:
        return _shift(node, left, kinds)
    if kinds.of(node) == INTERVAL and _in_seconds(node) and dialect not in _WITHOUT_MICROSECONDS:
        return ""
    days = isinstance(node, exp.Sub) and left.name == right.name == "date"
    if days or (left.name == "date" and right.name == "integer"):
        return ""
    return f"{shown(node)} computes with {left.name} and {right.name}: each engine answers that in its own way."


def _in_seconds(node: exp.Expr) -> bool:
    """Whether it is what `extract(epoch from ...)` asks for."""
    asked = above(node)
    return isinstance(asked, exp.Extract) and asked.name.lower() == "epoch"


def _shift(node: exp.Binary, left: Kind, kinds: Kinds) -> str:
    """A day that the clocks are moved on has 23 or 25 hours, but only for some engines."""
    step = step_of(node.right)
    if step is None or (step.times is not None and getattr(kinds.of(step.times), "name", "") != "integer"):
        return f"{shown(node.right)} is not translated. Write one whole number and its unit: interval '364 days'."
    if step.unit in (HOURS if left.name == "timestamptz" and not kinds.steady else HOURS + DAYS):
        return ""
    return f"{shown(node)} moves a {left.name} by {step.unit}s, which is not the same everywhere. Move :start or :end."


def _product(node: exp.Mul, kinds: Kinds, dialect: str) -> str:
    if kinds.of(node) == INTERVAL:
        return ""  # told where it is added
    if why := _numbers(node, kinds, dialect):
        return why
    found = kinds.of(node)
    if found is None or found.name != "decimal":
        return ""
    if found.places > _PLACES.get(dialect, 38):
        return f"{shown(node)} has {found.places} digits after the point, too many to keep. Cast its parts to fewer."
    return ""


def _numbers(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    for part in node.iter_expressions():
        kind = kinds.of(part)
        if kind is None or kind.family != "number":
            return unknown_type(part) if kind is None else f"{shown(node)} computes with {kind.name}. Cast it."
    return ""


def _division(node: exp.Div, kinds: Kinds, dialect: str) -> str:
    if why := _numbers(node, kinds, dialect) or _unguarded(node):
        return why
    left, right = kinds.of(node.left), kinds.of(node.right)
    if left and right and may_drop_the_rest(left, right):
        return (
            f"{shown(node)} is without a rest where PostgreSQL adds up integers, with one where it adds up bigints. "
            "Give numerator and denominator, or cast what is added up or divided."
        )
    return ""


def _remainder(node: exp.Mod, kinds: Kinds, dialect: str) -> str:
    for part in (node.this, node.expression):
        kind = kinds.of(part)
        if kind is None or not kind.is_whole:
            return f"{shown(node)} is a remainder of something else than whole numbers."
    return _unguarded(node)


def _unguarded(node: exp.Binary) -> str:
    """Divided by zero some engines fail, others answer with nothing or with infinity."""
    divisor = plain(node.expression)
    while isinstance(divisor, exp.Cast | exp.Neg):
        divisor = plain(divisor.this)
    literal = isinstance(divisor, exp.Literal) and bool(_NUMBER.fullmatch(divisor.name)) and float(divisor.name) != 0
    if literal or _never_zero(divisor):
        return ""
    return f"{shown(node)} may divide by zero, which each engine answers in its own way. Divide by nullif(..., 0)."


def _never_zero(divisor: exp.Expr) -> bool:
    zero = divisor.expression if isinstance(divisor, exp.Nullif) else None
    return isinstance(zero, exp.Literal) and bool(_NUMBER.fullmatch(zero.name)) and float(zero.name) == 0


def _cast(node: exp.Cast, kinds: Kinds, dialect: str) -> str:
    kind, to = kinds.of(node.this), cast_kind(node.to)
    if to is None:
        return f"{shown(node)}: a cast to this type is not the same everywhere."
    if kind is None:
        return "" if isinstance(node.this, exp.Null) else unknown_type(node.this)
    if kind in (NULL, to) or (kind == UNTYPED and fits(node.this, to)):
        return ""
    if (kind.name, to.name) in _SAFE_CASTS or (kind.is_whole and to.name in ("integer", "text")):
        return ""
    return f"{shown(node)} is rounded or read in another way elsewhere."


_SAFE_CASTS = {
    *(
        ("integer", "decimal"),
        ("decimal", "decimal"),
        ("integer", "float"),
        ("decimal", "float"),
        ("quotient", "float"),
    ),
    ("boolean", "integer"),
    *((one, other) for one in ("date", "timestamp", "timestamptz") for other in ("date", "timestamp", "timestamptz")),
}


def _rounded(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    kind, places = kinds.of(node.this), node.args.get("decimals")
    if kind is None or kind.name != "decimal" or kind.unsure:
        return f"{shown(node)} is rounded in another way elsewhere, unless it is a decimal. Cast it."
    fine = places is None or (isinstance(places, exp.Literal) and places.name.isdigit())
    return "" if fine else f"{shown(node)} is translated with a whole number of digits alone."


def _number(node: exp.Literal, kinds: Kinds, dialect: str) -> str:
    return (
        "" if node.is_string or re.fullmatch(r"\d+(\.\d+)?", node.name) else f"{node.name} is a float in some engines."
    )


def _interval(node: exp.Interval, kinds: Kinds, dialect: str) -> str:
    whole: exp.Expr = node
    parent = above(node)
    if isinstance(parent, exp.Mul):
        whole, parent = parent, above(parent)
    right = isinstance(parent, exp.Add | exp.Sub) and plain(parent.right) is whole
    return "" if right else f"{shown(node)} is translated where it is added to or taken from a date alone."


RULES: Mapping[type[exp.Expr], Rule] = {
    **dict.fromkeys((exp.Add, exp.Sub), _sum_or_difference),
    **{exp.Mul: _product, exp.Div: _division, exp.Mod: _remainder, exp.Neg: _numbers, exp.Abs: _numbers},
    **dict.fromkeys((exp.Round, exp.Floor, exp.Ceil), _rounded),
    **{exp.Cast: _cast, exp.Literal: _number, exp.Interval: _interval},
}
