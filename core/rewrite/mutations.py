"""Mutations: one query in, the same query with one mistake each out.

Each is a mistake that people make: a boundary that counts twice, a condition that was forgotten, a join that keeps
too much. An example that gives another number under a mutation would have noticed the mistake.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from core.query_names import Names, Tables, statement
from core.rewrite.equivalents import Proof, why_the_same
from core.rewrite.texts import line_of, shown, text_of

_COMPARISONS: Mapping[type[exp.Expr], type[exp.Binary]] = {
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
}
_FORMATS = (exp.TimeToStr, exp.ToChar, exp.StrToTime, exp.Extract, exp.DateTrunc, exp.TimestampTrunc, exp.DataType)
_COUNTED_OFF = (exp.Group, exp.Ordered, exp.Limit, exp.Offset, exp.DataTypeParam, exp.Interval)


@dataclass(frozen=True, slots=True)
class Mutation:
    """`before` became `after` on a line of the query; `hint` says with what an example would notice it.

    `same` says why it provably makes no difference, where it does not.
    """

    kind: str
    line: int
    before: str
    after: str
    hint: str
    sql: str
    same: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.before} → {self.after}" if self.after else f"{place}without {self.before}"


@dataclass(frozen=True, slots=True)
class _Change:
    """What a part of the tree becomes. `told` is how that is shown, before and after, where not as their texts."""

    kind: str
    new: exp.Expr
    hint: str
    told: tuple[str, str] | None = None


def mutations(sql: str, dialect: str, tables: Tables | None = None, proof: Proof | None = None) -> list[Mutation]:
    """Every mutation of a query, each text once, in the order of its lines."""
    tree, above = statement(sql, dialect), _blank_lines(sql)
    names = Names(tree, tables, dialect) if isinstance(tree, exp.Query) else None
    found: dict[str, Mutation] = {}
    for place, node in enumerate(tree.walk()):
        for change in _changes(node, dialect):
            mutant, part = _put(tree, place, change.new)
            text = text_of(mutant, dialect)
            before, after = change.told or _told(node, part, dialect)
            same = why_the_same(names, node, part, change.kind, proof or Proof()) if names else ""
            line = max(line_of(node.expression if isinstance(node, exp.Connector) else node) - above, 0)
            found.setdefault(text, Mutation(change.kind, line, before, after, change.hint, text, same))
    found.pop(text_of(tree, dialect), None)
    return sorted(found.values(), key=lambda mutation: mutation.line)


def unmutated(sql: str, dialect: str) -> str:
    """The query as mutations are written, without one: it must say what the query says."""
    return text_of(statement(sql, dialect), dialect)


def _blank_lines(sql: str) -> int:
    """Line 1 is the first line with text, as `kpi check` counts."""
    return sql[: len(sql) - len(sql.lstrip())].count("\n")


def _told(before: exp.Expr, after: exp.Expr, dialect: str) -> tuple[str, str]:
    around = shown(_around(before), dialect), shown(_around(after), dialect)
    cut_alike = around[0] == around[1]
    return (shown(before, dialect), shown(after, dialect)) if cut_alike else around


def _around(part: exp.Expr) -> exp.Expr:
    """A value is shown within the comparison it belongs to."""
    if isinstance(part, exp.Predicate | exp.Connector | exp.Not | exp.AggFunc | exp.Join | exp.Coalesce):
        return part
    return part.find_ancestor(exp.Predicate, exp.AggFunc, exp.Select) or part


def _put(tree: exp.Expr, place: int, new: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """A copy of the tree with another part at that place, and that part."""
    copy = tree.copy()
    part = new.copy()
    list(copy.walk())[place].replace(part)
    return copy, part


def _changes(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    for kind in (_boundary, _condition, _connective, _join, _aggregate, _constant, _coalesce, _shift):
        yield from kind(node, dialect)


def _boundary(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    if other := _COMPARISONS.get(type(node)):
        new = other(this=node.this.copy(), expression=node.expression.copy())
        sides = f"{shown(node.this, dialect)} is exactly {shown(node.expression, dialect)}"
        yield _Change("boundary", new, f"with a row where {sides}")


def _condition(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    """A condition dropped: of several that must all hold, true; of several of which one is enough, false."""
    if not is_condition(node):
        return
    joined = node.parent
    while isinstance(joined, exp.Paren):
        joined = joined.parent
    alone = exp.false() if isinstance(joined, exp.Or) else exp.true()
    told = shown(node.unnest(), dialect)
    row = "that meets it and none of the others" if isinstance(joined, exp.Or) else "that breaks it and nothing else"
    yield _Change("dropped condition", alone, f"with a row {row}: {told}", (told, ""))
    if not isinstance(node, exp.Paren):
        new = node.this.copy() if isinstance(node, exp.Not) else exp.not_(node.copy())
        yield _Change("negated condition", new, f"with a row that meets {told}")


def is_condition(node: exp.Expr) -> bool:
    """Whether it is a condition of a WHERE, FILTER, HAVING, ON or WHEN: one alone, or several joined by or."""
    if isinstance(node, exp.And | exp.Or) or (isinstance(node, exp.Paren) and not isinstance(node.this, exp.Or)):
        return False
    while isinstance(node.parent, exp.And | exp.Or | exp.Paren):
        node = node.parent
    holds = isinstance(node.parent, exp.Join) and node.arg_key == "on"
    return (
        holds
        or isinstance(node.parent, exp.Where | exp.Having)
        or (isinstance(node.parent, exp.If) and node.arg_key == "this")
    )


def _connective(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    if isinstance(node, exp.And | exp.Or):
        kind, was, word = (exp.Or, "and", "or") if isinstance(node, exp.And) else (exp.And, "or", "and")
        new: exp.Expr = kind(this=node.this.copy(), expression=node.expression.copy())
        if isinstance(node.parent, exp.And | exp.Not):
            new = exp.paren(new)
        told = shown(node.expression, dialect)
        hint = f"with a row that meets {told} and nothing before it, and another that fails it alone"
        yield _Change(f"{was} to {word}", new, hint, (f"{was} {told}", f"{word} {told}"))


def _join(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    if not isinstance(node, exp.Join) or not (node.args.get("on") or node.args.get("using")):
        return
    inner = not node.side and node.kind in ("", "INNER")
    if inner or node.side == "LEFT":
        new = node.copy()
        new.set("side", "LEFT" if inner else None)
        new.set("kind", None)
        hint = f"with a row that has no partner in {node.this.alias_or_name}"
        yield _Change("widened join" if inner else "narrowed join", new, hint)


def _aggregate(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    if isinstance(node, exp.Sum):
        told = shown(node.this, dialect)
        yield _Change("sum to count", exp.Count(this=node.this.copy()), f"where {told} is not 1")
        yield _Change("sum to avg", exp.Avg(this=node.this.copy()), f"with two rows that bring {told}")
    elif isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct) and len(node.this.expressions) == 1:
        counted = node.this.expressions[0]
        hint = f"in which the same {shown(counted, dialect)} comes twice"
        yield _Change("count of all", exp.Count(this=counted.copy()), hint)
    elif isinstance(node, exp.Count) and not isinstance(node.this, exp.Distinct | exp.Star):
        hint = f"with a row where {shown(node.this, dialect)} is null"
        yield _Change("count of rows", exp.Count(this=exp.Star()), hint)


def _constant(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    if isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal) and node.this.name.isdigit():
        for step in (-1, 1):
            new = node.copy()
            new.set("this", exp.Literal.string(str(int(node.this.name) + step)))
            yield _Change("constant", new, f"with rows on both sides of the bound in {_bound(node, dialect)}")
    elif isinstance(node, exp.In) and len(node.expressions) > 1:
        for n, item in enumerate(node.expressions):
            shorter = node.copy()
            shorter.expressions[n].pop()
            yield _Change(
                "constant", shorter, f"with a row where {shown(node.this, dialect)} is {shown(item, dialect)}"
            )
    elif isinstance(node, exp.Literal) and not _is_form(node):
        parent = node.parent.this if isinstance(node.parent, exp.Predicate) else node.parent
        what = shown(parent, dialect) if parent is not None and parent is not node else "the other side"
        if node.is_string:
            new_text = f"{node.name.rstrip('%')}~{'%' if node.name.endswith('%') else ''}"
            yield _Change("constant", exp.Literal.string(new_text), f"with a row where {what} is {node.sql()}")
        elif node.is_int:
            yield _Change(
                "constant",
                exp.Literal.number(int(node.name) + 1),
                f"with a row for which the {node.name} in {what} decides",
            )


def _is_form(node: exp.Literal) -> bool:
    """A literal that is part of how something is written: a format, a place in a list, what EXISTS selects."""
    parent = node.parent
    if isinstance(parent, exp.In) and len(parent.expressions) > 1 and node.arg_key == "expressions":
        return True  # each is dropped from the list instead
    if node.is_string and not isinstance(parent, exp.Predicate | exp.In | exp.If | exp.Case | exp.Coalesce):
        return True
    ignored = isinstance(parent, exp.Select) and isinstance(parent.parent, exp.Exists)
    return ignored or isinstance(parent, _COUNTED_OFF) or node.find_ancestor(*_FORMATS) is not None


def _coalesce(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    if isinstance(node, exp.Coalesce) and node.expressions:
        hint = f"with a row where {shown(node.this, dialect)} is null"
        yield _Change("dropped coalesce", node.this.copy(), hint)


def _shift(node: exp.Expr, dialect: str) -> Iterator[_Change]:
    if isinstance(node, exp.Placeholder) and node.name in ("start", "end"):
        for step, side in ((exp.Add, "after"), (exp.Sub, "before")):
            moved = step(this=exp.cast(node.copy(), "date"), expression=exp.Literal.number(1))
            hint = f"with a row less than a day {side} the bound in {_bound(node, dialect)}"
            yield _Change("shifted a day", exp.paren(moved), hint)


def _bound(node: exp.Expr, dialect: str) -> str:
    return shown(node.find_ancestor(exp.Predicate) or node, dialect)
