"""Anatomy: reading the shape of a query from its text, with sqlglot, or why it has none."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import cast

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from core.query_names import full_name, sources_of
from core.query_rules import volatile_calls
from core.rewrite.flat import flattened
from core.rewrite.shape import Aggregate, Anatomy, Form, MomentType, Shape, binds_in

DIALECT = "postgres"  # of everything that is read and written here; an engine translates for itself
Types = Mapping[str, str]
"""Types of columns under contract, by name; of a table that no dataset describes, nothing is known."""

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
        tree, tokens = sqlglot.parse_one(sql, dialect=DIALECT), sqlglot.tokenize(sql, DIALECT)
    except (SqlglotError, RecursionError):
        return _refused("its text cannot be read as SQL", "lateral", "scan", "shared")
    for bind in list(tree.find_all(exp.Placeholder)):
        bind.replace(exp.Var(this=f":{bind.name}"))  # as it was written: the dialect would call it %(start)s
    tables = tuple(sorted({full_name(table).lower() for table in sources_of(tree)}))
    if why := _unrepeatable(tree, tokens) or _name_taken(sql):
        return _refused(why, "lateral", "scan", "shared", tables=tables)
    if why := _not_a_sum(tree) or _said_otherwise(tree, tokens):
        return _refused(why, "scan", "shared", tables=tables)
    shape = _shape(cast(exp.Select, flattened(tree)), types or {})
    return Anatomy(shape, {"scan": why} if (why := _unscannable(shape)) else {}, tables)


def _refused(why: str, *forms: Form, tables: tuple[str, ...] = ()) -> Anatomy:
    return Anatomy(None, dict.fromkeys(forms, why), tables)


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
    aggregates = [_whole(node) for node in column.find_all(exp.AggFunc)]
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
    written, given_back = _calls(tokens), _calls(sqlglot.tokenize(_sql(tree), DIALECT))
    changed = sorted(written ^ given_back)
    return f"{(sorted(written - given_back) or changed)[0]}() cannot be written again as it stands" if changed else ""


def _calls(tokens: Sequence[Token]) -> set[str]:
    before = [t for t, after in pairwise(tokens) if after.token_type is TokenType.L_PAREN]
    called = {t.text.lower() for t in before if t.token_type is TokenType.VAR}
    return {_OTHER_WORDS.get(name, name) for name in called} - _OPERATORS


def _unscannable(shape: Shape) -> str:
    if not shape.moment:
        return "no column is compared as `column >= :start and column < :end` on its outermost level"
    if shape.binds:
        named = ", ".join(f":{bind}" for bind in sorted(shape.binds))
        return f"it uses {named} beside the range of its own period"
    return ""


def _shape(tree: exp.Select, types: Types) -> Shape:
    prelude, where = tree.args.get("with_"), tree.args.get("where")
    conjuncts = list(_conjuncts(where.this)) if where else []
    moment, rest = _moment(conjuncts)
    nested = [c for c in rest if any(c.find_all(exp.Query))]
    plain = [c for c in rest if c not in nested]
    columns = tuple((column.output_name, tuple(_pieces(column))) for column in tree.selects)
    relation = " ".join(_sql(part) for part in [tree.args["from_"].this, *(tree.args.get("joins") or ())])
    texts = [_sql(prelude) if prelude else "", relation, *map(_condition, rest)]
    binds = frozenset[str]().union(*map(binds_in, texts), *(_binds_of(pieces) for _, pieces in columns))
    return Shape(
        texts[0],
        relation,
        _sql(moment) if moment else "",
        _type_of(moment, types),
        tuple(sorted({_condition(c) for c in plain})),
        tuple(sorted({_condition(c) for c in nested})),
        columns,
        binds,
    )


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    elif isinstance(condition, exp.Paren) and isinstance(condition.this, exp.And):
        yield from _conjuncts(condition.this)
    else:
        yield condition


def _moment(conjuncts: list[exp.Expr]) -> tuple[exp.Expr | None, list[exp.Expr]]:
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
            found[_sql(condition.left)] = (condition.left, condition)
        elif isinstance(condition, before) and _is_bind(condition.left, bind):
            found[_sql(condition.right)] = (condition.right, condition)
    return found


def _is_bind(node: exp.Expr, name: str) -> bool:
    if isinstance(node, exp.Cast) and node.to.this is exp.DataType.Type.DATE:
        node = node.this
    return isinstance(node, exp.Var) and node.name == f":{name}"


def _type_of(moment: exp.Expr | None, types: Types) -> MomentType:
    known = types.get(moment.name.lower(), "") if isinstance(moment, exp.Column) else ""
    return cast(MomentType, known) if known in ("date", "timestamp", "timestamptz") else ""


def _pieces(column: exp.Expr) -> Iterator[str | Aggregate]:
    """The text of a result column, its aggregates taken out of it."""
    tree = column.unalias().copy()
    holder = exp.Paren(this=tree)
    found: list[Aggregate] = []
    for call in [_whole(node) for node in holder.find_all(exp.AggFunc)]:
        if call.find_ancestor(exp.AggFunc) is None:
            call.replace(exp.column(f"kpi_piece_{len(found)}"))
            found.append(_aggregate(call))
    for index, text in enumerate(re.split(r"kpi_piece_(\d+)", _sql(holder.this))):
        if index % 2:
            yield found[int(text)]
        elif text:
            yield text


def _whole(node: exp.Expr) -> exp.Expr:
    """An aggregate with what belongs to it: WITHIN GROUP, FILTER."""
    while isinstance(node.parent, exp.Filter | exp.WithinGroup) and node.arg_key == "this":
        node = node.parent
    return node


def _aggregate(call: exp.Expr) -> Aggregate:
    if not isinstance(call, exp.Filter):
        return Aggregate(_sql(call))
    return Aggregate(_sql(call.this), _condition(call.expression.this))


def _binds_of(pieces: tuple[str | Aggregate, ...]) -> frozenset[str]:
    texts = [text for p in pieces for text in ((p,) if isinstance(p, str) else (p.call, p.condition))]
    return frozenset[str]().union(*map(binds_in, texts))


def _condition(node: exp.Expr) -> str:
    """A condition that can stand between ANDs."""
    return f"({_sql(node)})" if isinstance(node, exp.Or) else _sql(node)


def _sql(node: exp.Expr) -> str:
    return str(node.sql(dialect=DIALECT, comments=False))
