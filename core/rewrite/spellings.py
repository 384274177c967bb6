"""How the parts of a query are written in each dialect, where sqlglot alone would change what they mean."""

from collections.abc import Mapping

from sqlglot import exp

from core.rewrite.dates import extracted, moved, truncated
from core.rewrite.kinds import BOOLEAN, UNTYPED
from core.rewrite.numbers import FLOAT, INTEGER, QUOTIENT, Kind
from core.rewrite.writing import Spelling, Writer

_WITHOUT_FILTER = ("snowflake", "bigquery")
_TOLD_WHAT_TO_TRIM = ("duckdb", "snowflake", "trino", "bigquery")  # some of them trim every kind of space


def _bind(to: Writer, node: exp.Placeholder) -> exp.Expr:
    mark = exp.Var(this=f"kpi__bind__{node.name}__end")
    kind = to.kinds.of(node)
    return to.cast(mark, kind) if kind and kind.name == "date" else mark


def _identifier(to: Writer, node: exp.Identifier) -> exp.Expr:
    """PostgreSQL reads what stands without quotes in small letters, Snowflake in capitals. All are quoted: a plain
    name here may be a reserved word there."""
    plain = node.name.lower() if not node.args.get("quoted") else node.name
    folds = to.dialect == "snowflake" and plain == plain.lower()
    return exp.Identifier(this=plain.upper() if folds else plain, quoted=True)


def _literal(to: Writer, node: exp.Literal) -> exp.Expr:
    if node.is_string or "." not in node.name or to.dialect != "bigquery":
        return node
    return exp.Cast(this=exp.Literal.string(node.name), to=exp.DataType(this="USERDEFINED", kind="bignumeric"))


def _compared(to: Writer, node: exp.Binary) -> exp.Expr:
    node.set("this", _beside(to, node.this, node.expression))
    node.set("expression", _beside(to, node.expression, node.this))
    return node


def _beside(to: Writer, one: exp.Expr, other: exp.Expr) -> exp.Expr:
    """What is compared takes the wider type of the two, said aloud: midnight is that of the session."""
    kind, wanted = to.kinds.of(one), to.kinds.of(other)
    if kind is None or wanted is None or kind == wanted or wanted in (UNTYPED, Kind("null")):
        return one
    if kind == UNTYPED:
        return one if wanted.name == "text" else to.cast(one, wanted)
    widths = ("date", "timestamp", "timestamptz")
    if kind.family == wanted.family == "moment" and widths.index(kind.name) < widths.index(wanted.name):
        return to.cast(one, wanted)
    return one


def _between(to: Writer, node: exp.Between) -> exp.Expr:
    for limit in ("low", "high"):
        node.set(limit, _beside(to, node.args[limit], node.this))
    low, high = to.kinds.of(node.args["low"]), to.kinds.of(node.args["high"])
    for kind in (low, high):
        if kind and kind.family == "moment" and kind != to.kinds.of(node.this):
            node.set("this", to.cast(node.this, kind))
    return node


def _in(to: Writer, node: exp.In) -> exp.Expr:
    node.set("expressions", [_beside(to, one, node.this) for one in node.expressions])
    return node


def _nullif(to: Writer, node: exp.Nullif) -> exp.Expr:
    node.set("expression", _beside(to, node.expression, node.this))
    return node


def _is(to: Writer, node: exp.Is) -> exp.Expr:
    """`x is true`, for engines that know no such test."""
    if not isinstance(node.expression, exp.Boolean):
        return node
    wanted, negated = bool(node.expression.this), bool(node.args.get("negate"))
    known = exp.Coalesce(this=node.this, expressions=[exp.Boolean(this=not wanted)])
    to.kinds.set(known, BOOLEAN)
    return known if wanted != negated else exp.Not(this=known)


def _exists(to: Writer, node: exp.Exists) -> exp.Expr:
    inner = node.this
    if isinstance(inner, exp.Select) and not inner.expressions:
        inner.set("expressions", [exp.Literal.number(1)])
    return node


def _filter(to: Writer, node: exp.Filter) -> exp.Expr:
    """An aggregate leaves nulls out: what does not meet the condition becomes one."""
    if _is_quotient(to, node.this):
        sums = [exp.Filter(this=one, expression=node.expression.copy()) for one in _sum_and_count(node.this)]
        return _mean(to, *(_filter(to, one) for one in sums))
    if to.dialect not in _WITHOUT_FILTER:
        return node
    aggregate: exp.Expr = node.this
    condition = node.expression.this
    counted = aggregate.this
    holder = counted if isinstance(counted, exp.Distinct) else None
    value = holder.expressions[0] if holder is not None else counted
    one = exp.Literal.number(1) if isinstance(value, exp.Star) else value
    chosen = exp.Case(ifs=[exp.If(this=condition, true=one)])
    aggregate.set("this", exp.Distinct(expressions=[chosen]) if holder is not None else chosen)
    return aggregate


def _average(to: Writer, node: exp.Avg) -> exp.Expr:
    """The mean of exact numbers is their exact sum, divided once."""
    if not _is_quotient(to, node) or isinstance(node.parent, exp.Filter):
        return node
    return _mean(to, *_sum_and_count(node))


def _is_quotient(to: Writer, node: exp.Expr) -> bool:
    return isinstance(node, exp.Avg) and to.kinds.of(node) == QUOTIENT


def _sum_and_count(node: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    return exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy(), big_int=True)


def _mean(to: Writer, total: exp.Expr, count: exp.Expr) -> exp.Expr:
    known = exp.Nullif(this=count, expression=exp.Literal.number(0))
    return exp.Paren(this=exp.Div(this=to.cast(total, FLOAT), expression=to.cast(known, FLOAT)))


def _larger(to: Writer, node: exp.Expr) -> exp.Expr:
    """Of two values the one that is known, else the larger or smaller one."""
    one, other = node.this, node.expressions[0]
    sign = exp.GTE if isinstance(node, exp.Greatest) else exp.LTE
    ifs = [
        exp.If(this=exp.Is(this=one.copy(), expression=exp.Null()), true=other.copy()),
        exp.If(this=exp.Is(this=other.copy(), expression=exp.Null()), true=one.copy()),
        exp.If(this=sign(this=_beside(to, one, other).copy(), expression=_beside(to, other, one).copy()), true=one),
    ]
    return exp.Case(ifs=ifs, default=other.copy())


def _rows(to: Writer, node: exp.Tuple) -> exp.Expr:
    counted = isinstance(node.parent, exp.Distinct)
    return to.call("struct", *node.expressions) if counted and to.dialect == "spark" else node


def _cast(to: Writer, node: exp.Cast) -> exp.Expr:
    kind, found = to.kinds.of(node), to.kinds.of(node.this)
    if kind is None or isinstance(node.to.args.get("kind"), str):
        return node
    inner = node.this
    if found == Kind("timestamptz") and kind.name in ("date", "timestamp"):
        inner = to.local(inner)
    return to.cast(inner, kind)


def _remainder(to: Writer, node: exp.Mod) -> exp.Expr:
    return to.call("mod", node.this, node.expression)


def _quotient(to: Writer, node: exp.Div) -> exp.Expr:
    """Whole numbers drop the rest, towards 0; all others are divided as floats: engines disagree on the digits."""
    kind = to.kinds.of(node)
    if kind and kind.name == "integer":
        return _whole_quotient(to, node)
    node.set("expression", to.cast(node.expression, Kind("float")))
    node.set("this", to.cast(node.this, Kind("float")))
    node.set("typed", False)
    return node


def _whole_quotient(to: Writer, node: exp.Div) -> exp.Expr:
    if to.dialect == "trino":
        return node
    if to.dialect == "snowflake":
        rest = to.call("mod", node.this.copy(), node.expression.copy())
        whole = exp.Paren(this=exp.Sub(this=exp.Paren(this=node.this), expression=rest))
        return to.cast(exp.Div(this=whole, expression=node.expression), INTEGER)
    return exp.Paren(this=exp.IntDiv(this=node.this, expression=node.expression))


def _nulls(to: Writer, node: exp.Anonymous) -> exp.Expr:
    """`num_nulls(a, b)` as a sum of ones."""
    wanted, other = (1, 0) if node.name.lower() == "num_nulls" else (0, 1)
    total: exp.Expr = exp.Literal.number(0)
    for part in node.expressions:
        unknown = exp.If(this=exp.Is(this=part, expression=exp.Null()), true=exp.Literal.number(wanted))
        total = exp.Add(this=total, expression=exp.Case(ifs=[unknown], default=exp.Literal.number(other)))
    return exp.Paren(this=total)


def _rounded(to: Writer, node: exp.Expr) -> exp.Expr:
    """A whole number is one already, and some engines would make a float of it."""
    kind = to.kinds.of(node.this)
    return exp.Paren(this=node.this) if kind and kind.is_whole else node


def _trimmed(to: Writer, node: exp.Trim) -> exp.Expr:
    return to.call("trim", node.this, exp.Literal.string(" ")) if to.dialect in _TOLD_WHAT_TO_TRIM else node


def _ilike(to: Writer, node: exp.ILike) -> exp.Expr:
    alike = exp.Like(this=exp.Lower(this=node.this), expression=exp.Lower(this=node.expression))
    return exp.Not(this=alike) if node.args.get("negate") else alike


def _percentile(to: Writer, node: exp.WithinGroup) -> exp.Expr:
    share, number = node.this.this, node.expression.expressions[0].this
    floated = to.cast(number, Kind("float"))
    if to.dialect == "duckdb":
        return to.call("quantile_cont", floated, share)
    if to.dialect == "spark":
        return to.call("percentile", floated, share)
    node.expression.expressions[0].set("this", floated)
    return node


def _cte(to: Writer, node: exp.CTE) -> exp.Expr:
    node.set("materialized", None)
    return node


SPELLINGS: Mapping[type[exp.Expr], Spelling] = {
    exp.Placeholder: _bind,
    exp.Identifier: _identifier,
    exp.Literal: _literal,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ), _compared),
    **{exp.Between: _between, exp.In: _in, exp.Nullif: _nullif, exp.Is: _is, exp.Exists: _exists, exp.Cast: _cast},
    **{exp.Filter: _filter, exp.Extract: extracted, exp.TimestampTrunc: truncated, exp.Add: moved, exp.Sub: moved},
    **{exp.Mod: _remainder, exp.Div: _quotient, exp.Trim: _trimmed, exp.ILike: _ilike, exp.WithinGroup: _percentile},
    **{exp.Avg: _average, exp.Greatest: _larger, exp.Least: _larger, exp.Tuple: _rows, exp.Anonymous: _nulls},
    **dict.fromkeys((exp.Round, exp.Floor, exp.Ceil), _rounded),
    exp.CTE: _cte,
}
