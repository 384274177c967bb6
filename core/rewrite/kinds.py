"""What type each part of a query has in PostgreSQL, as far as the types of columns and binds tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from core.dataset import Column
from core.measures import TYPES
from core.query_names import Names, Origin
from core.rewrite.both_sides import Both
from core.rewrite.numbers import (
    EITHER,
    FLOAT,
    INTEGER,
    MOMENTS,
    QUOTIENT,
    SHORT,
    SUM,
    Kind,
    computed,
    holding,
    remainder,
    sum_of,
)
from core.rewrite.steps import HOURS, step_of

TEXT, BOOLEAN, DATE = Kind("text"), Kind("boolean"), Kind("date")
UNTYPED, NULL, INTERVAL = Kind("untyped"), Kind("null"), Kind("interval")
EXTRACTED = Kind("decimal", 10)  # what extract() gives is numeric, not an integer
EPOCH = Kind("decimal", 26, 6)

_CASTS = {
    **{"INT": SHORT, "SMALLINT": SHORT, "BIGINT": INTEGER},
    **{"DOUBLE": FLOAT, "BOOLEAN": BOOLEAN, "DATE": DATE},
    **{"TIMESTAMP": Kind("timestamp"), "TIMESTAMPTZ": Kind("timestamptz")},
}


_WIDTHS = {"integer": INTEGER, "integer(4)": EITHER, "integer(16)": SUM}
"""A load makes bigints of what a contract calls integers, so those of four bytes elsewhere may be either."""


def kind_named(word: str) -> Kind | None:
    """The kind that a contract's word, or an engine's, stands for."""
    found = TYPES.fullmatch(word)
    if found is None or word in _WIDTHS:
        return _WIDTHS.get(word)
    return Kind("decimal", int(found[1]), int(found[2])) if found[1] else Kind(word)


def cast_kind(to: exp.Expr) -> Kind | None:
    """The kind that a cast gives; None for a type that is not the same everywhere."""
    if not isinstance(to, exp.DataType):
        return None
    name, sizes = to.this.name, [one.this for one in to.expressions]
    if name == "DECIMAL" and len(sizes) == 2 and all(isinstance(one, exp.Literal) for one in sizes):
        return Kind("decimal", int(sizes[0].name), int(sizes[1].name))
    if name in ("TEXT", "VARCHAR") and not sizes:
        return TEXT
    return None if sizes else _CASTS.get(name)


@dataclass
class Kinds:
    """The kinds of all parts of one query; None where nobody knows."""

    names: Names
    binds: Mapping[str, Kind]
    steady: bool = False  # the clocks of the zone are never moved
    _found: dict[int, Kind | None] = field(default_factory=dict)

    def of(self, node: exp.Expr) -> Kind | None:
        if id(node) not in self._found:
            self._found[id(node)] = None  # what leads back to itself is unknown
            self._found[id(node)] = self._of(node)
        return self._found[id(node)]

    def keep(self, new: exp.Expr, old: exp.Expr) -> None:
        """What is put in the place of another has its kind."""
        self._found[id(new)] = self.of(old)

    def set(self, new: exp.Expr, kind: Kind) -> None:
        self._found[id(new)] = kind

    def _of(self, node: exp.Expr) -> Kind | None:
        if isinstance(node, exp.Column):
            return self._of_column(node)
        if isinstance(node, exp.Placeholder):
            return self.binds.get(node.name)
        if isinstance(node, exp.Cast):
            return cast_kind(node.to)
        if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div):
            return self._computed(node)
        if isinstance(node, exp.Predicate | exp.Connector | exp.Not | exp.Boolean):
            return BOOLEAN
        if isinstance(node, _LIKE_THEIR_PART):
            return self.of(node.this)
        if isinstance(node, exp.Case | exp.Coalesce | exp.Greatest | exp.Least):
            return _of_branches([self.of(part) for part in branches(node)])
        rule = _RULES.get(type(node))
        return rule(self, node) if rule else None

    def _of_column(self, column: exp.Column) -> Kind | None:
        origin = self.names.origin(column)
        if isinstance(origin, Column | exp.Expr):
            found = self._of_origin(origin)
            return TEXT if found == UNTYPED else None if found == NULL else found
        return self._of_listed(column) or self._of_lateral(column) or self._of_result(column)

    def _of_origin(self, origin: Origin) -> Kind | None:
        if isinstance(origin, Column):
            return kind_named(origin.type)
        if isinstance(origin, Both):
            return _together([self._of_origin(one) for one in origin.origins])
        return None if origin is None else self.of(origin)

    def _of_listed(self, column: exp.Column) -> Kind | None:
        """A column of `(values ...) as t(a, b)`."""
        lists = [v for v in self.names.query.find_all(exp.Values) if column.table and v.alias == column.table]
        if len(lists) != 1 or column.name not in lists[0].alias_column_names:
            return None
        place = lists[0].alias_column_names.index(column.name)
        found = _together([self.of(row.expressions[place]) for row in lists[0].expressions])
        return None if found == NULL else found

    def _of_lateral(self, column: exp.Column) -> Kind | None:
        """A column of `lateral (select ...) as t`."""
        found = [one for one in self.names.query.find_all(exp.Lateral) if column.table and one.alias == column.table]
        inner = found[0].this.unnest() if len(found) == 1 else None
        named = enumerate(inner.selects) if isinstance(inner, exp.Query) else ()
        places = [n for n, one in named if one.alias_or_name.lower() == column.name.lower()]
        return self.of_result(inner, places[0]) if places else None

    def of_result(self, query: exp.Expr | None, place: int) -> Kind | None:
        """What stands at a place of each row that a query answers."""
        assert isinstance(query, exp.Query)
        if isinstance(query, exp.SetOperation):
            return _together([self.of_result(side.unnest(), place) for side in (query.left, query.right)])
        return self.of(query.selects[place])

    def _of_result(self, column: exp.Column) -> Kind | None:
        """`order by value`: what a result column of that name is."""
        order = column.find_ancestor(exp.Order, exp.Select)
        select = order.parent if isinstance(order, exp.Order) else None
        if column.table or not isinstance(select, exp.Select):
            return None
        return next((self.of(one) for one in select.selects if one.alias.lower() == column.name.lower()), None)

    def _computed(self, node: exp.Binary) -> Kind | None:
        left, right = self.of(node.left), self.of(node.right)
        if left is None or right is None:
            return None
        if left.name in MOMENTS:
            return _moved(node, left, right)
        if isinstance(node, exp.Mul) and {left.name, right.name} == {"interval", "integer"}:
            return INTERVAL
        return computed(node, left, right) if {left.family, right.family} == {"number"} else None


def _together(kinds: Sequence[Kind | None]) -> Kind | None:
    """The kind that holds them all; a text in quotes takes the type of the others."""
    told = [kind for kind in kinds if kind and kind not in (NULL, UNTYPED)]
    if None in kinds or not told:
        return None if None in kinds or not kinds else UNTYPED if UNTYPED in kinds else NULL
    if {kind.family for kind in told} == {"number"}:
        return holding(told)
    return told[0] if len({kind.name for kind in told}) == 1 else None


def _of_branches(kinds: Sequence[Kind | None]) -> Kind | None:
    """A text in quotes alone is a text."""
    found = _together(kinds)
    return TEXT if found == UNTYPED else None if found == NULL else found


def branches(node: exp.Expr) -> list[exp.Expr]:
    """What a CASE or COALESCE may answer with."""
    if isinstance(node, exp.Case):
        last = node.args.get("default")
        return [one.args["true"] for one in node.args["ifs"]] + ([last] if last is not None else [])
    return [node.this, *node.expressions]


def _moved(node: exp.Binary, left: Kind, right: Kind) -> Kind | None:
    if right.name in ("interval", "integer") and isinstance(node, exp.Add | exp.Sub):
        step = step_of(node.right)
        return Kind("timestamp") if left == DATE and step and step.unit in HOURS else left
    if isinstance(node, exp.Sub) and left == right:
        return SHORT if left == DATE else INTERVAL
    return None


def _of_literal(kinds: Kinds, node: exp.Literal) -> Kind:
    if node.is_string:
        return UNTYPED
    whole, point, places = node.name.partition(".")
    if point or not whole.isdigit() or int(whole) >= 2**63:
        return Kind("decimal", len(whole) + len(places), len(places))
    return replace(SHORT if int(whole) < 2**31 else INTEGER, digits=len(whole))


def _of_mean(kinds: Kinds, node: exp.Avg) -> Kind | None:
    found = kinds.of(node.this)
    return QUOTIENT if found and found.name in ("integer", "decimal") else found


def _of_sum(kinds: Kinds, node: exp.Sum) -> Kind | None:
    found = kinds.of(node.this)
    return sum_of(found) if found else None


def _of_subquery(kinds: Kinds, node: exp.Subquery) -> Kind | None:
    inner = node.unnest()
    return kinds.of_result(inner, 0) if isinstance(inner, exp.Query) and len(inner.selects) == 1 else None


def _of_remainder(kinds: Kinds, node: exp.Mod) -> Kind | None:
    left, right = kinds.of(node.this), kinds.of(node.expression)
    return remainder(left, right) if left and right else None


def _of_nullif(kinds: Kinds, node: exp.Nullif) -> Kind | None:
    """A whole number that is compared with a decimal becomes one."""
    left, right = kinds.of(node.this), kinds.of(node.expression)
    mixed = left and right and left.name != right.name and left.family == right.family == "number"
    return _together([left, right]) if mixed else left


def _of_rounded(kinds: Kinds, node: exp.Expr) -> Kind | None:
    found, places = kinds.of(node.this), node.args.get("decimals")
    if found is None or found.name != "decimal":
        return None
    return Kind("decimal", found.digits + 1, int(places.name) if isinstance(places, exp.Literal) else 0)


_LIKE_THEIR_PART = (
    *(exp.Alias, exp.Paren, exp.Filter, exp.Window, exp.Neg, exp.Abs, exp.Min, exp.Max, exp.Ordered),
    *(exp.Lag, exp.Lead, exp.WithinGroup, exp.TimestampTrunc),
)


def _always(kind: Kind) -> Callable[..., Kind | None]:
    return lambda kinds, node: kind


_RULES: Mapping[type[exp.Expr], Callable[..., Kind | None]] = {
    exp.Literal: _of_literal,
    exp.Null: _always(NULL),
    exp.Interval: _always(INTERVAL),
    exp.Sum: _of_sum,
    exp.Avg: _of_mean,
    exp.Subquery: _of_subquery,
    exp.Round: _of_rounded,
    exp.Floor: _of_rounded,
    exp.Ceil: _of_rounded,
    exp.Extract: lambda kinds, node: EPOCH if node.name.lower() == "epoch" else EXTRACTED,
    exp.Distinct: lambda kinds, node: kinds.of(node.expressions[0]) if len(node.expressions) == 1 else None,
    **dict.fromkeys((exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank), _always(INTEGER)),
    **dict.fromkeys((exp.Length, exp.Grouping), _always(SHORT)),
    exp.Mod: _of_remainder,
    exp.Nullif: _of_nullif,
    exp.Anonymous: _always(SHORT),  # num_nulls() is the only one that is known
    **dict.fromkeys((exp.Lower, exp.Upper, exp.Trim, exp.Left, exp.Right, exp.Substring, exp.DPipe), _always(TEXT)),
    exp.PercentileCont: _always(FLOAT),
    **dict.fromkeys((exp.LogicalAnd, exp.LogicalOr), _always(BOOLEAN)),
}
