"""What would mean something else in another dialect, told by the types of what stands in a query.

Each rule says nothing where the meaning is the same, or can be written so that it is; else why not, as a sentence.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from core.rewrite import arithmetic, calls
from core.rewrite.kinds import BOOLEAN, NULL, TEXT, UNTYPED, Kinds, branches
from core.rewrite.known_words import Rule, fits, quotient_refused, shown, unknown_type
from core.rewrite.numbers import QUOTIENT


def changed_meanings(tree: exp.Expr, kinds: Kinds, dialect: str) -> Iterator[str]:
    """What means something else there, as sentences."""
    for node in tree.walk():
        rule = _RULES.get(type(node))
        if rule and (why := rule(node, kinds, dialect)):
            yield why


def _comparison(node: exp.Binary, kinds: Kinds, dialect: str) -> str:
    return _comparable(node, node.this, node.expression, kinds)


def _ordering(node: exp.Binary, kinds: Kinds, dialect: str) -> str:
    return _sorted_alike(node, node.this, node.expression, kinds) or _comparable(
        node, node.this, node.expression, kinds
    )


def _sorted_alike(node: exp.Expr, left: exp.Expr, right: exp.Expr, kinds: Kinds) -> str:
    told = [kinds.of(part) for part in (left, right)]
    if TEXT in told or told == [UNTYPED, UNTYPED]:
        return f"{shown(node)} compares texts by their order, and each engine sorts texts in its own. Compare with =."
    return ""


def _comparable(node: exp.Expr, left: exp.Expr, right: exp.Expr, kinds: Kinds) -> str:
    one, other = kinds.of(left), kinds.of(right)
    for part, kind in ((left, one), (right, other)):
        if kind is None:
            return unknown_type(part)
    assert one is not None
    assert other is not None
    if QUOTIENT in (one, other):
        return quotient_refused(left if one == QUOTIENT else right)
    if NULL in (one, other) or one.family == other.family:
        return ""
    if UNTYPED in (one, other):
        literal, kind = (left, other) if one == UNTYPED else (right, one)
        step = "Write it without quotes" if kind.family == "number" else "Write it in full"
        return "" if fits(literal, kind) else f"{shown(literal)} is no plain {kind.name}. {step}."
    return f"{shown(node)} compares {one.name} with {other.name}. Cast one of them."


def _between(node: exp.Between, kinds: Kinds, dialect: str) -> str:
    limits = (node.args["low"], node.args["high"])
    told = [rule(node, node.this, limit, kinds) for limit in limits for rule in (_sorted_alike, _comparable)]
    return next((why for why in told if why), "")


def _in(node: exp.In, kinds: Kinds, dialect: str) -> str:
    query = node.args.get("query")
    others = node.expressions if query is None else [query]
    return next((why for other in others if (why := _comparable(node, node.this, other, kinds))), "")


def _is(node: exp.Is, kinds: Kinds, dialect: str) -> str:
    if isinstance(node.expression, exp.Null):
        return ""
    if not isinstance(node.expression, exp.Boolean):
        return f"{shown(node)} is not translated."
    return "" if kinds.of(node.this) == BOOLEAN else unknown_type(node.this)


def _one_kind(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    """CASE and COALESCE answer with one type; a text in quotes may take another one elsewhere."""
    found = [kinds.of(part) for part in branches(node)]
    told = {kind.family for kind in found if kind and kind != NULL}
    if None in found and len(found) > 1:
        return unknown_type(next(part for part in branches(node) if kinds.of(part) is None))
    if len(told - {"untyped"}) > 1 or ("untyped" in told and told - {"untyped", "text"}):
        return f"{shown(node)} mixes types. Cast its parts to one."
    if len({kind.name for kind in found if kind and kind.family == "moment"}) > 1:
        return f"{shown(node)} mixes dates and timestamps. Cast its parts to one."
    if isinstance(node, exp.Case) and node.this is not None:
        return next((w for one in node.args["ifs"] if (w := _comparable(node, node.this, one.this, kinds))), "")
    return ""


def _nullif(node: exp.Nullif, kinds: Kinds, dialect: str) -> str:
    return _comparable(node, node.this, node.expression, kinds)


def _larger(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    """The larger or smaller of two; nulls are left out, as PostgreSQL does."""
    if len(node.expressions) != 1:
        return f"{shown(node)} is translated for two values alone."
    pair = (node.this, node.expressions[0])
    return _sorted_alike(node, *pair, kinds) or _comparable(node, *pair, kinds)


def _several(node: exp.SetOperation, kinds: Kinds, dialect: str) -> str:
    if not isinstance(node, exp.Union) and not node.args.get("distinct"):
        return f"{type(node).__name__.lower()} all is not translated."
    for one, other in zip(node.left.selects, node.right.selects, strict=False):
        left, right = kinds.of(one), kinds.of(other)
        if QUOTIENT in (left, right) and node.args.get("distinct"):
            return quotient_refused(one if left == QUOTIENT else other)
        if left and right and NULL not in (left, right) and left.family != right.family:
            return f"{shown(one)} and {shown(other)} are of different types. Cast one of them."
    return ""


def _select(node: exp.Select, kinds: Kinds, dialect: str) -> str:
    """A name in GROUP BY means the column in PostgreSQL, the result column elsewhere."""
    groups = node.args["group"].expressions if node.args.get("group") else ()
    if quotient := [
        one for one in (*groups, *(node.selects if node.args.get("distinct") else ())) if _divides(one, kinds)
    ]:
        return quotient_refused(quotient[0])
    made = {
        one.alias.lower()
        for one in node.selects
        if isinstance(one, exp.Alias) and not (isinstance(one.this, exp.Column) and one.this.name == one.alias)
    }
    for clause in ("group", "having"):
        for column in node.args[clause].find_all(exp.Column) if node.args.get(clause) else ():
            if not column.table and column.name.lower() in made:
                return f'"{column.name}" in {clause} by may be a column or a result. Give one of them another name.'
    return ""


def _divides(part: exp.Expr, kinds: Kinds) -> bool:
    return kinds.of(part) == QUOTIENT


def _join(node: exp.Join, kinds: Kinds, dialect: str) -> str:
    known = node.text("side").upper() in ("", "LEFT", "RIGHT", "FULL")
    fine = known and node.text("kind").upper() in ("", "INNER", "OUTER", "CROSS")
    return "" if fine else f"{shown(node)} is a join that is not translated."


def _lateral(node: exp.Lateral, kinds: Kinds, dialect: str) -> str:
    fine = isinstance(node.this, exp.Subquery) and dialect != "bigquery"
    return "" if fine else f"{shown(node)} has no counterpart there."


def _bind(node: exp.Placeholder, kinds: Kinds, dialect: str) -> str:
    return "" if kinds.of(node) else f":{node.name} has no value that can be handed over."


_RULES: Mapping[type[exp.Expr], Rule] = {
    **arithmetic.RULES,
    **calls.RULES,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ), _comparison),
    **dict.fromkeys((exp.LT, exp.LTE, exp.GT, exp.GTE), _ordering),
    **{exp.Between: _between, exp.In: _in, exp.Is: _is, exp.Nullif: _nullif},
    **dict.fromkeys((exp.Case, exp.Coalesce), _one_kind),
    **dict.fromkeys((exp.Greatest, exp.Least), _larger),
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _several),
    **{exp.Join: _join, exp.Lateral: _lateral, exp.Select: _select, exp.Placeholder: _bind},
}
