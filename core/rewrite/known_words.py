"""Which parts of PostgreSQL's SQL are known to mean the same elsewhere, or can be written so that they do.

Everything else is refused: a part that is not listed, or one that says more than is listed for it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlglot import exp

from core.rewrite.kinds import Kinds
from core.rewrite.numbers import Kind

Rule = Callable[[Any, Kinds, str], str]
"""A part of a query, the types of all parts, a dialect -> why it means something else there, or nothing."""

_BINARY = frozenset({"this", "expression"})
_THIS = frozenset({"this"})
_LIST = frozenset({"this", "expressions"})
_CLAUSES = frozenset({"with_", "order", "limit", "offset"})

KNOWN: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: _CLAUSES | {"expressions", "distinct", "from_", "joins", "laterals", "where", "group", "having"},
    exp.Subquery: frozenset({"this", "alias", "joins"}),
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _CLAUSES | {"this", "expression", "distinct"}),
    exp.Table: frozenset({"this", "alias", "db", "catalog", "joins"}),
    exp.TableAlias: frozenset({"this", "columns"}),
    exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.With: frozenset({"expressions"}),
    exp.From: _THIS,
    exp.Join: frozenset({"this", "on", "side", "kind", "using"}),
    exp.Lateral: frozenset({"this", "alias"}),
    exp.Values: frozenset({"expressions", "alias"}),
    exp.Tuple: frozenset({"expressions"}),
    exp.Where: _THIS,
    exp.Having: _THIS,
    exp.Group: frozenset({"expressions", "grouping_sets", "cube", "rollup"}),
    **dict.fromkeys((exp.GroupingSets, exp.Cube, exp.Rollup, exp.Grouping), frozenset({"expressions"})),
    exp.Order: frozenset({"expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Limit: frozenset({"expression"}),
    exp.Offset: frozenset({"expression"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "over"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.Filter: _BINARY,
    exp.WithinGroup: _BINARY,
    exp.PercentileCont: _THIS,
    **dict.fromkeys((exp.Sum, exp.Avg, exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr), _THIS),
    exp.Count: frozenset({"this", "big_int"}),
    **dict.fromkeys((exp.RowNumber, exp.Rank, exp.DenseRank), frozenset[str]()),
    **dict.fromkeys((exp.Lag, exp.Lead), frozenset({"this", "offset"})),
    exp.Column: frozenset({"this", "table"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Alias: frozenset({"this", "alias"}),
    exp.Star: frozenset[str](),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: _THIS,
    exp.Null: frozenset[str](),
    exp.Placeholder: _THIS,
    **dict.fromkeys((exp.Paren, exp.Not, exp.Neg, exp.Abs, exp.Lower, exp.Upper, exp.Trim, exp.Length), _THIS),
    **dict.fromkeys((exp.And, exp.Or, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _BINARY),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ, exp.Nullif), _BINARY),
    **dict.fromkeys((exp.Is, exp.Like, exp.ILike), _BINARY | {"negate"}),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Left, exp.Right), _BINARY),
    exp.Div: frozenset({"this", "expression", "typed", "safe"}),
    exp.DPipe: frozenset({"this", "expression", "safe"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Exists: _THIS,
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true"}),
    exp.Coalesce: _LIST,
    **dict.fromkeys((exp.Greatest, exp.Least), _LIST | {"ignore_nulls"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.DataType: frozenset({"this", "expressions", "nested"}),
    exp.DataTypeParam: _THIS,
    **dict.fromkeys((exp.Round, exp.Floor, exp.Ceil), frozenset({"this", "decimals"})),
    exp.Substring: frozenset({"this", "start", "length"}),
    exp.Extract: _BINARY,
    exp.TimestampTrunc: frozenset({"this", "unit"}),
    exp.Interval: frozenset({"this", "unit"}),
    exp.Var: _THIS,
}

_COUNT_NULLS = ("num_nulls", "num_nonnulls")

_REMEDIES: Mapping[type[exp.Expr], str] = {
    exp.RegexpLike: "Patterns are read differently by each engine: write like.",
    exp.RegexpILike: "Patterns are read differently by each engine: write like.",
    exp.Concat: "Write a || b.",
    exp.AtTimeZone: "Dates mean midnight in the scorecard's zone already.",
    exp.GroupConcat: "A KPI is a number.",
    exp.Date: "Write cast(... as date).",
    exp.Any: "Write in (...).",
}


def unknown_parts(tree: exp.Expr) -> Iterator[str]:
    """What is not known to mean the same, as sentences."""
    for node in tree.walk():
        known = KNOWN.get(type(node))
        if isinstance(node, exp.Anonymous) and node.name.lower() in _COUNT_NULLS:
            continue
        if known is None:
            yield f"{shown(node)} is not translated. {_REMEDIES.get(type(node), '')}".strip()
        elif more := [name for name, value in node.args.items() if value and name not in known]:
            yield f"{shown(node)} is not translated, for its {more[0].strip('_').replace('_', ' ')}."


def shown(node: exp.Expr) -> str:
    """A part of the query as its writer would recognise it, cut short."""
    text = node.sql(dialect="postgres", normalize_functions="lower", comments=False)
    text = " ".join(text.replace("%(", ":").replace(")s", "").split()) if "%(" in text else " ".join(text.split())
    return f'"{text if len(text) <= 60 else text[:57] + "..."}"'


def unknown_type(part: exp.Expr) -> str:
    return f"the type of {shown(part)} is not known. Cast it, or describe its table by a dataset."


def quotient_refused(part: exp.Expr) -> str:
    return f"{shown(part)} has its last digits from each engine, so what it is compared with or counted by may change."


def fits(literal: exp.Expr, kind: Kind) -> bool:
    """Whether a text in quotes is read as a value of that type in the same way everywhere."""
    text = literal.name if isinstance(literal, exp.Literal) else ""
    if kind.family == "moment":
        return bool((_DATE if kind.name == "date" else _MOMENT).fullmatch(text))
    if kind.family != "number":
        return kind.family == "text"
    found = _NUMBER.fullmatch(text)
    return found is not None and (kind.name == "float" or len(found[1] or "") <= kind.places)


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_NUMBER = re.compile(r"-?\d+(?:\.(\d+))?")
