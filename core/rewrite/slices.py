"""Slices: one query, split by columns of its outermost FROM. Text in, text out.

The text stays as it was written: the dimensions go before its own columns, GROUPING SETS after it. So every slice is
computed by the query's own aggregates, and the whole is one more row of the same statement, over all rows. What cannot
be split that way is refused with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from core.query_names import Names, Tables, statement
from core.query_rules import volatile_calls
from core.rewrite.aggregates import AGGREGATES, adds_up, of_no_rows
from core.rewrite.dimensions import Dimension, dimension_of

MOST = 2  # dimensions at once


@dataclass(frozen=True, slots=True)
class Sliced:
    """A statement. Its rows begin with the values of the dimensions and a mark, 1 for the whole and 0 for a slice;
    then comes what the query returns.

    `adds_up`: the slices add up to the whole. `of_no_rows`: what the query returns where there is no row at all, by
    column; None where the text does not prove it.
    """

    sql: str
    adds_up: bool
    of_no_rows: Mapping[str, Decimal | None] | None


def sliced(
    sql: str,
    dimensions: Sequence[str],
    *,
    dialect: str = "postgres",
    tables: Tables | None = None,
    hidden: frozenset[str] = frozenset(),
) -> Sliced | str:
    """The statement, or why there is none. `tables` is what the query may read from, as far as it is known; `hidden`
    are names of columns that are sensitive though no contract stands beside them."""
    told = refusals(sql, dimensions, dialect=dialect, tables=tables, hidden=hidden)
    select = _select(sql, dialect)
    if told or select is None:
        return " ".join(told) or "its text cannot be read as one SELECT. `kpi check` says where."
    names = Names(select, tables, dialect)
    columns = [c.text for c in _dimensions(names, select, dimensions, hidden) if isinstance(c, Dimension)]
    return Sliced(_split(sql, dialect, columns), adds_up(select), of_no_rows(select))


def refusals(
    sql: str,
    dimensions: Sequence[str],
    *,
    dialect: str = "postgres",
    tables: Tables | None = None,
    hidden: frozenset[str] = frozenset(),
) -> list[str]:
    """Why the query cannot be split by each of these columns: every reason, as a sentence with a next step.

    A text that cannot be read at all is told by `core.queries`.
    """
    tree = _tree(sql, dialect)
    if tree is None:
        return []
    found = [f"{call} gives another answer each time." for call in volatile_calls(sqlglot.tokenize(sql, dialect))]
    if not isinstance(tree, exp.Select):
        return [*found, _no_select(tree)]
    found += [why for clause, why in _CLAUSES.items() if tree.args.get(clause)]
    found += [f"it has a clause that is not known here ({other})." for other in _others(tree)]
    found += _column_refusals(tree)
    told = _dimensions(Names(tree, tables, dialect), tree, dimensions, hidden)
    found += [why for why in told if isinstance(why, str)]
    named = [c for c in told if isinstance(c, Dimension)]
    found += [f'"{b.name}" is "{a.name}" once more.' for a, b in combinations(named, 2) if a.text == b.text]
    return list(dict.fromkeys(found))


_KNOWN = frozenset({"with_", "expressions", "from_", "joins", "laterals", "where", "kind", "operation_modifiers"})
_CLAUSES = {
    "group": "it has a GROUP BY at the top, and the factory groups by itself. Take it away, or put it into the FROM.",
    "having": "it has a HAVING at the top. Put the condition into the FROM.",
    "distinct": "it has a DISTINCT at the top. Put it into the FROM, or write count(distinct ...).",
    "order": "it has an ORDER BY at the top, where there is one row. Take it away.",
    "limit": "it has a LIMIT at the top, where there is one row. Take it away, or put it into the FROM.",
    "offset": "it has an OFFSET at the top, where there is one row. Take it away.",
    "windows": "it has a WINDOW clause at the top. Put the window into the FROM.",
    "qualify": "it has a QUALIFY at the top. Put the window into the FROM.",
    "sample": "it takes a sample of the rows. Read all rows.",
}


def _others(tree: exp.Select) -> list[str]:
    return [name.strip("_") for name, said in tree.args.items() if said and name not in _KNOWN | _CLAUSES.keys()]


def _no_select(tree: exp.Expr) -> str:
    if isinstance(tree, exp.SetOperation):
        word = type(tree).__name__.lower()
        return f"it puts SELECTs together at the top ({word}). Put them into the FROM of one SELECT."
    return "it stands in parentheses. Take them away."


_ROWS = (
    exp.Grouping,
    exp.GroupingId,
    exp.UDTF,
    exp.Explode,
    exp.Unnest,
    exp.GenerateSeries,
    exp.ExplodingGenerateSeries,
    exp.Inline,
)


def _column_refusals(tree: exp.Select) -> Iterator[str]:
    """A result column is made of aggregates and constants: anything else differs from row to row, or not at all."""
    counted = False
    for node in (node for column in tree.selects for node in column.walk(prune=_is_closed)):
        counted = counted or isinstance(node, AGGREGATES)
        if isinstance(node, exp.Window):
            yield f'"{node.sql()}" is a window function over the aggregates. Put it into the FROM.'
        elif isinstance(node, _ROWS):
            yield f'"{node.sql()}" makes rows or reads groups. Put it into the FROM.'
        elif isinstance(node, exp.Query | exp.Exists) and any(node.find_all(exp.Column, exp.Table)):
            yield (
                f'the subquery "{_short(node)}" stands outside of the aggregates: it would say the same for every '
                "slice. Join it in the FROM, so that it is split too."
            )
        elif isinstance(node, exp.Column | exp.Star):
            yield f'"{node.sql()}" stands outside of any aggregate that is known here. Put it into one.'
    if not counted:
        yield "it has no aggregate at the top. Write count(...), sum(...) or another one there."


def _is_closed(node: exp.Expr) -> bool:
    return isinstance(node, (*AGGREGATES, exp.Window, exp.Query, exp.Exists))


def _short(node: exp.Expr) -> str:
    text = node.sql()
    return text if len(text) <= 60 else f"{text[:57]}..."


def _dimensions(
    names: Names, select: exp.Select, dimensions: Sequence[str], hidden: frozenset[str]
) -> list[Dimension | str]:
    return [dimension_of(names, select, dimension, hidden) for dimension in dimensions]


def _tree(sql: str, dialect: str) -> exp.Query | None:
    try:
        tree = statement(sql, dialect)
    except (SqlglotError, RecursionError):
        return None
    return tree if isinstance(tree, exp.Query) else None


def _select(sql: str, dialect: str) -> exp.Select | None:
    tree = _tree(sql, dialect)
    return tree if isinstance(tree, exp.Select) else None


def _split(sql: str, dialect: str, columns: Sequence[str]) -> str:
    """The text with the columns before its own, grouped by them and, in one row, by nothing."""
    tokens = list(sqlglot.tokenize(sql, dialect))
    while tokens[-1].token_type is TokenType.SEMICOLON:
        sql, tokens = sql[: tokens[-1].start], tokens[:-1]
    place = _after_select(tokens)
    named = [f"{column} as kpi_dimension_{n}" for n, column in enumerate(columns, start=1)]
    head = f" {', '.join([*named, f'grouping({columns[0]}) as kpi_whole'])},\n      "
    sets = f"group  by grouping sets ((), ({', '.join(columns)}))"
    return f"{sql[:place].strip()}{head}{sql[place:].rstrip()}\n{sets}"


def _after_select(tokens: Sequence[Token]) -> int:
    """Where the columns of the outermost SELECT begin: the only one that stands in no parentheses."""
    depth = 0
    for n, token in enumerate(tokens):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0 and token.token_type is TokenType.SELECT:
            last = tokens[n + 1] if tokens[n + 1].token_type is TokenType.ALL else token
            return last.end + 1
    raise AssertionError("a SELECT without the word")
