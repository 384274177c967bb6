"""Anatomy: reading the shape of a query from its text, with sqlglot, or why it has none."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from core.query_names import full_name, sources_of, statement
from core.query_rules import volatile_calls
from core.rewrite.conditions import DIALECT, Types, conjuncts, held, moment_of, type_of, whole, written
from core.rewrite.deep import inside, is_linear
from core.rewrite.flat import flattened
from core.rewrite.shape import Aggregate, Anatomy, Form, Inside, Shape, binds_in

_OWN_NAMES = re.compile(r"\bkpi_(period|answer|piece_\d+)\b", re.IGNORECASE)
_AGGREGATES = (
    *(exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr, exp.Corr, exp.CovarPop),
    *(exp.CovarSamp, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.PercentileCont),
    *(exp.PercentileDisc, exp.Mode, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg, exp.RegrSlope),
    *(exp.RegrIntercept, exp.RegrR2, exp.RegrCount, exp.RegrAvgx, exp.RegrAvgy),
)
"""PostgreSQL's own, whose result does not depend on the order of the rows."""
_IN_ORDER = (exp.ArrayAgg, exp.GroupConcat)  # they are among them where they say in which order
_OTHER_WORDS = {
    **{"strpos": "position", "char_length": "length", "character_length": "length", "variance": "var_samp"},
    **{"pow": "power", "substr": "substring", "btrim": "trim", "ltrim": "trim", "rtrim": "trim"},
}
"""Functions that come back from sqlglot's tree under another name of theirs."""
_OPERATORS = frozenset({"cast", "power", "mod", "sqrt", "starts_with"})  # that have a sign as well: ::, ^, %, |/, ^@
_CLAUSES = {
    "group": "it groups its rows",
    "having": "it has a HAVING",
    "distinct": "it takes distinct rows",
    "limit": "it has a LIMIT",
    "offset": "it has an OFFSET",
    "windows": "it has a WINDOW clause",
    "qualify": "it has a QUALIFY",
    "laterals": "it has a LATERAL of its own",
    "sample": "it takes a sample of the rows",
}
_KNOWN = frozenset({"with_", "expressions", "from_", "joins", "where", "kind", "order", "operation_modifiers"})


def anatomy(sql: str, types: Types | None = None) -> Anatomy:
    """Read one query. `types` are those of the columns of the dataset that it asks."""
    try:
        tree, tokens = statement(sql, DIALECT), sqlglot.tokenize(sql, DIALECT)
    except (SqlglotError, RecursionError):
        return _refused("its text cannot be read as SQL", "lateral", "scan", "shared")
    for bind in list(tree.find_all(exp.Placeholder)):
        bind.replace(exp.Var(this=f":{bind.name}"))  # as it was written: the dialect would call it %(start)s
    tables = tuple(sorted({full_name(table).lower() for table in sources_of(tree)}))
    if why := _unrepeatable(tree, tokens) or _name_taken(sql):
        return _refused(why, "lateral", "scan", "shared", tables=tables)
    linear = is_linear(tree)
    if why := _not_a_sum(tree) or _said_otherwise(tree, tokens):
        return _refused(why, "scan", "shared", tables=tables, linear=linear)
    shape, untied = _shape(cast(exp.Select, flattened(tree)), types or {})
    return Anatomy(shape, {"scan": why} if (why := untied or _unscannable(shape)) else {}, tables, linear)


def _refused(why: str, *forms: Form, tables: tuple[str, ...] = (), linear: bool = False) -> Anatomy:
    return Anatomy(None, dict.fromkeys(forms, why), tables, linear)


def _unrepeatable(tree: exp.Expr, tokens: Sequence[Token]) -> str:
    if not isinstance(tree, exp.Query):
        return "it is no SELECT"
    if any(volatile_calls(tokens)) or any(tree.find_all(exp.TableSample)):
        return "it answers differently each time it is asked"
    if any(tree.find_all(exp.Lock, exp.Into)):
        return "it locks or writes rows"
    return ""


def _name_taken(sql: str) -> str:
    return "it uses the names kpi_period or kpi_answer itself" if _OWN_NAMES.search(sql) else ""


def _not_a_sum(tree: exp.Expr) -> str:
    if isinstance(tree, exp.SetOperation):
        return "it puts several SELECTs together"
    if not isinstance(tree, exp.Select):
        return "it is no plain SELECT"
    told = next((why for clause, why in _CLAUSES.items() if tree.args.get(clause)), "")
    if told:
        return told
    if any(value and clause not in _KNOWN for clause, value in tree.args.items()):
        return "it has a clause that is not known here"
    if tree.args.get("from_") is None:
        return "it reads no table"
    return next((why for column in tree.selects if (why := _column_fault(column))), "")


def _column_fault(column: exp.Expr) -> str:
    if not column.output_name:
        return "a result column has no name"
    if any(column.find_all(exp.Window)):
        return "it looks through a window"
    if any(column.find_all(exp.Query)):
        return "a result column asks a subquery"
    if any(column.find_all(exp.Parameter)):
        return "a result column has an @, which would be read as another sign"
    aggregates = [whole(node) for node in column.find_all(exp.AggFunc)]
    inside = {id(node) for call in aggregates for node in call.walk()}
    outside = [node for node in column.walk() if id(node) not in inside]
    if not all(_is_known(node) for node in column.find_all(exp.AggFunc)) or any(
        isinstance(node, exp.Anonymous | exp.Filter | exp.WithinGroup) for node in outside
    ):
        return "a result column calls a function that may be an aggregate of the database's own"
    if any(isinstance(node, exp.Column | exp.Star) for node in outside):
        return "a result column is not made of aggregates alone"
    return "" if aggregates else "a result column adds up nothing"


def _is_known(call: exp.AggFunc) -> bool:
    return isinstance(call, _AGGREGATES) or (isinstance(call, _IN_ORDER) and any(call.find_all(exp.Order)))


def _said_otherwise(tree: exp.Expr, tokens: Sequence[Token]) -> str:
    """A function that the tree gives back as another one may say something else: date_part() is a float, and
    extract() is not."""
    said, given_back = _calls(tokens), _calls(sqlglot.tokenize(written(tree), DIALECT))
    changed = sorted(said ^ given_back)
    return f"{(sorted(said - given_back) or changed)[0]}() cannot be written again as it stands" if changed else ""


def _calls(tokens: Sequence[Token]) -> set[str]:
    before = [t for t, after in pairwise(tokens) if after.token_type is TokenType.L_PAREN]
    called = {t.text.lower() for t in before if t.token_type is TokenType.VAR}
    return {_OTHER_WORDS.get(name, name) for name in called} - _OPERATORS


def _unscannable(shape: Shape) -> str:
    if shape.binds:
        named = ", ".join(f":{bind}" for bind in sorted(shape.binds))
        return f"it uses {named} beside the range of its own period"
    return ""


def _shape(tree: exp.Select, types: Types) -> tuple[Shape, str]:
    """The shape, and why nothing ties it to its period, if so."""
    prelude, where = tree.args.get("with_"), tree.args.get("where")
    moment, rest = moment_of(list(conjuncts(where.this)) if where else [])
    deep = None if moment else inside(tree, types)
    within = deep if isinstance(deep, Inside) else None
    nested = [c for c in rest if any(c.find_all(exp.Query))]
    plain = [c for c in rest if c not in nested]
    columns = tuple((column.output_name, tuple(_pieces(column))) for column in tree.selects)
    relation = " ".join(written(part) for part in [tree.args["from_"].this, *(tree.args.get("joins") or ())])
    texts = [written(prelude) if prelude else "", relation, *map(held, rest)]
    beside = texts[2:] if within else texts
    binds = frozenset[str]().union(*map(binds_in, beside), *(_binds_of(pieces) for _, pieces in columns))
    shape = Shape(
        texts[0],
        relation,
        written(moment) if moment else "",
        type_of(moment, types),
        tuple(sorted({held(c) for c in plain})),
        tuple(sorted({held(c) for c in nested})),
        columns,
        binds,
        within,
    )
    return shape, deep if isinstance(deep, str) else ""


def _pieces(column: exp.Expr) -> Iterator[str | Aggregate]:
    """The text of a result column, its aggregates taken out of it."""
    tree = column.unalias().copy()
    holder = exp.Paren(this=tree)
    found: list[Aggregate] = []
    for call in [whole(node) for node in holder.find_all(exp.AggFunc)]:
        if call.find_ancestor(exp.AggFunc) is None:
            call.replace(exp.column(f"kpi_piece_{len(found)}"))
            found.append(_aggregate(call))
    for index, text in enumerate(re.split(r"kpi_piece_(\d+)", written(holder.this))):
        if index % 2:
            yield found[int(text)]
        elif text:
            yield text


def _aggregate(call: exp.Expr) -> Aggregate:
    if not isinstance(call, exp.Filter):
        return Aggregate(written(call))
    return Aggregate(written(call.this), held(call.expression.this))


def _binds_of(pieces: tuple[str | Aggregate, ...]) -> frozenset[str]:
    texts = [text for p in pieces for text in ((p,) if isinstance(p, str) else (p.call, p.condition))]
    return frozenset[str]().union(*map(binds_in, texts))
