"""Functions and aggregates that answer otherwise elsewhere."""

from collections.abc import Mapping

from sqlglot import exp

from core.rewrite.kinds import INTERVAL, NULL, TEXT, UNTYPED, Kinds
from core.rewrite.known_words import Rule, quotient_refused, shown, unknown_type
from core.rewrite.numbers import FLOAT, QUOTIENT
from core.rewrite.steps import HOURS

FIELDS = ("year", "quarter", "month", "day", "hour", "minute", "isodow", "dow", "doy", "week", "isoyear")
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute")
_COUNTS_ROWS = ("duckdb", "spark")
_PERCENTILES = ("duckdb", "snowflake", "spark")


def _texts(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    """Functions of texts are asked of texts."""
    kind = kinds.of(node.this)
    if kind is None:
        return unknown_type(node.this)
    return "" if kind in (TEXT, UNTYPED, NULL) else f"{shown(node)} takes {kind.name} for a text. Cast it."


def _joined_texts(node: exp.DPipe, kinds: Kinds, dialect: str) -> str:
    return _texts(node, kinds, dialect) or ("" if kinds.of(node.expression) in (TEXT, UNTYPED) else unknown_type(node))


def _cut_text(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    sizes = [one for name in ("expression", "start", "length") if (one := node.args.get(name)) is not None]
    if not all(isinstance(one, exp.Literal) and one.name.isdigit() and one.name != "0" for one in sizes):
        return f"{shown(node)} is translated with whole numbers above 0 alone."
    if isinstance(node, exp.Right) and dialect == "trino":
        return f"{shown(node)} has no counterpart in Trino."
    return _texts(node, kinds, dialect)


def _pattern(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string) or "\\" in pattern.name:
        return f"{shown(node)}: only a pattern in quotes and without a backslash is read alike everywhere."
    return _texts(node, kinds, dialect)


def _extracted(node: exp.Extract, kinds: Kinds, dialect: str) -> str:
    kind, field = kinds.of(node.expression), node.name.lower()
    if kind is None:
        return unknown_type(node.expression)
    if field == "epoch" and kind == INTERVAL:
        return ""
    if field not in FIELDS or kind.family != "moment" or (kind.name == "date" and field in ("hour", "minute")):
        return f"{shown(node)} is not translated. Known are {', '.join(FIELDS)} of a date or timestamp."
    return ""


def _truncated(node: exp.TimestampTrunc, kinds: Kinds, dialect: str) -> str:
    kind, unit = kinds.of(node.this), node.text("unit").lower()
    if kind is None:
        return unknown_type(node.this)
    steady = unit != "hour" or kind.name == "timestamp" or kinds.steady
    if unit not in UNITS or kind.family != "moment" or not steady or (kind.name == "date" and unit in HOURS):
        return f"{shown(node)} is not translated. Known are {', '.join(UNITS)} of a date or timestamp."
    return ""


def _average(node: exp.Avg, kinds: Kinds, dialect: str) -> str:
    if why := _sum(node, kinds, dialect):
        return why
    if kinds.of(node.this) == FLOAT or not (isinstance(node.this, exp.Distinct) or isinstance(node.parent, exp.Window)):
        return ""
    return f"{shown(node)} has other digits in each engine. Give sum(...) as numerator and count(...) as denominator."


def _sum(node: exp.AggFunc, kinds: Kinds, dialect: str) -> str:
    kind = kinds.of(node.this)
    if kind is None:
        return unknown_type(node.this)
    return "" if kind.family == "number" else f"{shown(node)} adds up {kind.name}."


def _extreme(node: exp.Expr, kinds: Kinds, dialect: str) -> str:
    kind = kinds.of(node.this)
    if kind is None:
        return unknown_type(node.this)
    if kind.family in ("number", "moment"):
        return ""
    return f"{shown(node)} compares texts by their order, and each engine sorts texts in its own."


def _count(node: exp.Count, kinds: Kinds, dialect: str) -> str:
    counted = node.this.expressions if isinstance(node.this, exp.Distinct) else [node.this]
    several = len(counted) != 1 or isinstance(counted[0], exp.Tuple)
    if several and (len(counted) != 1 or dialect not in _COUNTS_ROWS):
        return f"{shown(node)} counts several columns at once. Count the rows of a select distinct."
    if isinstance(node.this, exp.Distinct) and kinds.of(counted[0]) == QUOTIENT:
        return quotient_refused(counted[0])
    return ""


_FILTERED = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, exp.LogicalAnd, exp.LogicalOr)
_WINDOWED = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg)


def _filter(node: exp.Filter, kinds: Kinds, dialect: str) -> str:
    if isinstance(node.this, _FILTERED):
        return ""
    return f"{shown(node)} is not translated: filter goes with sum, count, min, max and avg."


def _window(node: exp.Window, kinds: Kinds, dialect: str) -> str:
    if not isinstance(node.this, _WINDOWED):
        known = "row_number, rank, dense_rank, lag, lead and sums"
        return f"{shown(node)} is not translated: known through a window are {known}."
    if quotient := [part for part in node.args.get("partition_by") or () if kinds.of(part) == QUOTIENT]:
        return quotient_refused(quotient[0])
    spec = node.args.get("spec")
    if spec is None or spec.text("kind").lower() == "rows":
        return ""
    edges = {str(spec.args.get(edge) or "").upper() for edge in ("start", "end")}
    return f"{shown(node)} is not translated: write rows between." if edges - {"UNBOUNDED", "CURRENT ROW", ""} else ""


def _percentile(node: exp.WithinGroup, kinds: Kinds, dialect: str) -> str:
    ordered = node.expression.expressions
    share = node.this.this if isinstance(node.this, exp.PercentileCont) else None
    if not isinstance(share, exp.Literal) or len(ordered) != 1 or ordered[0].args.get("desc"):
        return f"{shown(node)} is not translated: known is percentile_cont(0.5) within group (order by one_number)."
    if dialect not in _PERCENTILES:
        return f"{shown(node)} has no exact counterpart there."
    kind = kinds.of(ordered[0].this)
    return unknown_type(ordered[0].this) if kind is None or kind.family != "number" else ""


def _ordered(node: exp.Ordered, kinds: Kinds, dialect: str) -> str:
    order = node.parent
    above = order.parent if order is not None else None
    if isinstance(above, exp.Query) and not (above.args.get("limit") or above.args.get("offset")):
        return ""  # rows in whatever order are the same rows
    if isinstance(node.this, exp.Literal) or isinstance(above, exp.WithinGroup):
        return ""
    kind = kinds.of(node.this)
    if kind is None:
        return unknown_type(node.this)
    if kind == QUOTIENT:
        return quotient_refused(node.this)
    return f"{shown(node.this)} is a text, and each engine sorts texts in its own order." if kind == TEXT else ""


RULES: Mapping[type[exp.Expr], Rule] = {
    **dict.fromkeys((exp.Lower, exp.Upper, exp.Trim, exp.Length), _texts),
    **dict.fromkeys((exp.Left, exp.Right, exp.Substring), _cut_text),
    **dict.fromkeys((exp.Like, exp.ILike), _pattern),
    **{exp.DPipe: _joined_texts, exp.Extract: _extracted, exp.TimestampTrunc: _truncated},
    **{exp.Avg: _average, exp.Sum: _sum, exp.Min: _extreme, exp.Max: _extreme, exp.Count: _count},
    **{exp.Filter: _filter, exp.Window: _window, exp.WithinGroup: _percentile, exp.Ordered: _ordered},
}
