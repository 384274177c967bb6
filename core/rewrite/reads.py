"""What a query reads of its tables, and where it cuts time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from core.dataset import Column
from core.query_names import Names, Tables, statement
from core.rewrite.texts import text_of

_CUTS = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.EQ, exp.NEQ, exp.Between)
_PERIOD = frozenset({"start", "end", "week", "last_sunday"})


@dataclass(frozen=True, slots=True)
class Cut:
    """A column of a table that is compared with the period; `bound` is the other side, empty where it is no moment."""

    table: str
    column: Column
    bound: str


@dataclass(frozen=True, slots=True)
class Reads:
    """Columns under contract by table, `cuts` in time, and names of columns that are used beside their cuts."""

    columns: Mapping[str, tuple[Column, ...]]
    cuts: tuple[Cut, ...]
    beside: frozenset[tuple[str, str]]


def reads_of(sql: str, dialect: str, tables: Tables) -> Reads:
    tree = statement(sql, dialect)
    if not isinstance(tree, exp.Query):
        return Reads({}, (), frozenset())
    names = Names(tree, tables, dialect)
    owners = {id(c): table for table, columns in tables.items() for c in (columns or {}).values()}
    cuts = tuple(_cuts(names, owners, dialect))
    found: dict[str, dict[str, Column]] = {}
    beside: set[tuple[str, str]] = set()
    for node in tree.find_all(exp.Column):
        origin = names.contract(node)
        if origin is None or id(origin) not in owners:
            continue
        table = owners[id(origin)]
        found.setdefault(table, {})[origin.name] = origin
        if not (_cutting(node) or _only_named(node)):
            beside.add((table, origin.name))
    return Reads({table: tuple(columns.values()) for table, columns in found.items()}, cuts, frozenset(beside))


def _cuts(names: Names, owners: Mapping[int, str], dialect: str) -> Iterator[Cut]:
    for node in names.query.find_all(*_CUTS):
        sides = (node.this, node.args.get("low"), node.args.get("high"), node.args.get("expression"))
        columns = [c for c in node.find_all(exp.Column) if c.find_ancestor(exp.Query) is node.find_ancestor(exp.Query)]
        for column in columns:
            origin = names.contract(column)
            for side in sides:
                if origin is not None and id(origin) in owners and isinstance(side, exp.Expr) and _of_period(side):
                    moment = not any(bind.name == "week" for bind in side.find_all(exp.Placeholder))
                    yield Cut(owners[id(origin)], origin, text_of(side, dialect) if moment else "")


def _of_period(side: exp.Expr) -> bool:
    """Whether it is made of the period alone."""
    binds = {bind.name for bind in side.find_all(exp.Placeholder)}
    return bool(binds & _PERIOD) and not any(side.find_all(exp.Column))


def _cutting(column: exp.Column) -> bool:
    """Whether it stands in a comparison with the period."""
    node = column.find_ancestor(*_CUTS)
    return node is not None and any(bind.name in _PERIOD for bind in node.find_all(exp.Placeholder))


def _only_named(column: exp.Column) -> bool:
    """Handed on by a subquery under its own name."""
    select = column.parent
    return isinstance(select, exp.Select) and column.arg_key == "expressions" and select.parent is not None
