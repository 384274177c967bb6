"""What a measure says, whatever it looks like: white space, comments and line breaks make no other text. Pure.

A query's text goes through sqlglot's tree and comes back in one spelling. What sqlglot cannot read stays as it is
written. sqlglot costs a fifth of a second to import, so it is imported when the first text is asked for.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from core.expressions import Arithmetic, Constant, Expression, Ref
from core.measures import Blend, Input, Query, Sheet

if TYPE_CHECKING:
    from sqlglot import exp

_NEEDLESS = frozenset({"as", "inner", "outer", "cast", "::", "<>", "!=", "(", ")", ";"})
_BIND = re.compile(r"%\((\w+)\)s")  # how PostgreSQL's dialect writes a bind
Dialect = Literal["postgres", "duckdb"]
NameOf = Callable[[str], str]
"""A KPI's name as a formula writes it -> the one it is known by."""


def canonical(sql: str, dialect: Dialect = "postgres") -> str:
    """The one spelling of a query; two queries that may answer otherwise never share it."""
    import sqlglot

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # what it would log, `kpi check` says
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect=dialect) if tree is not None and tree.key != "semicolon"]
        told = ";\n".join(_spelled(tree, dialect) for tree in trees)
        return f"{told}{_untold(sql, told, dialect)}" if told else sql
    except Exception:  # whatever it stumbles over: the text itself tells every change, and some that are none
        return sql


def _spelled(tree: "exp.Expr", dialect: Dialect) -> str:
    from sqlglot import exp

    for name in tree.find_all(exp.Identifier):
        if dialect == "postgres" and not name.quoted:  # a name without quotes is read in lower case there
            name.set("this", name.name.lower())
    return tree.sql(dialect=dialect, comments=False)


def _untold(sql: str, told: str, dialect: Dialect) -> str:
    """What the tree has lost or added, but for words that no database needs: sqlglot forgives what a database would
    not, such as a filter without its "where", or a parenthesis that is never closed."""
    (words, depth), (again, even) = _words(sql, dialect), _words(told, dialect)
    lost, added = sorted((words - again).elements()), sorted((again - words).elements())
    return f" -- {lost} {added} {depth}" if lost or added or depth != even else ""


def _words(sql: str, dialect: Dialect) -> "tuple[Counter[str], int]":
    """How often each word stands there, and how many parentheses stay open."""
    import sqlglot

    every = Counter(t.text.lower() for t in sqlglot.tokenize(_BIND.sub(r":\1", sql), dialect=dialect))
    depth = every["("] - every[")"]
    return Counter({word: count for word, count in every.items() if word not in _NEEDLESS}), depth


def measure_text(measure: object, name_of: NameOf) -> str:
    """The one spelling of a measure: a query with its database, a blend with its inputs, a formula."""
    if isinstance(measure, Query):
        return f"{measure.database}: {canonical(measure.sql)}"
    if isinstance(measure, Blend):
        inputs = sorted((name.lower(), _input_text(given)) for name, given in measure.tables.items())
        return "\n".join([*(f"{name} = {text}" for name, text in inputs), canonical(measure.sql, "duckdb")])
    return str(_named(measure, name_of)) if isinstance(measure, Expression) else repr(measure)


def amount_text(amount: object) -> str:
    """A number as its value alone: 0, 0.0 and Decimal("0.00") are one."""
    return "" if amount is None else f"{Decimal(str(amount)).normalize():f}"


def _input_text(given: Input) -> str:
    if isinstance(given, Query):
        return measure_text(given, str)
    columns = sorted(given.columns.items())
    place = given.name if isinstance(given, Sheet) else given.path
    return repr((type(given).__name__, place, given.tab, columns))


def _named(formula: Expression, name_of: NameOf) -> Expression:
    """The same formula, every KPI in it under the name it is known by."""
    if isinstance(formula, Ref):
        return replace(formula, name=name_of(formula.name))
    if isinstance(formula, Arithmetic):
        return replace(formula, left=_named(formula.left, name_of), right=_named(formula.right, name_of))
    return Constant(Decimal(amount_text(formula.value))) if isinstance(formula, Constant) else formula
