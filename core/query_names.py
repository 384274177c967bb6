"""What the names in a query stand for: tables, their aliases, and columns traced back to a contract.

Where the text alone cannot tell (a table function, a struct, `select *` of something unknown) nothing is claimed:
a false alarm costs more trust than a fault that the database will tell anyway.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from core.dataset import Column
from core.errors import did_you_mean

Origin = Column | exp.Expr | None
"""What a column of a source is: a column under contract, an expression of a subquery, or known by name only."""

Columns = Mapping[str, Origin]
Tables = Mapping[str, Columns | None]
"""Full name of a table and its columns, by name in lower case; None where the columns are not known."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that nothing in the query offers; `known` holds what is offered."""

    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one query. `tables` is None when nothing is known about the database it asks."""

    query: exp.Query
    tables: Tables | None
    dialect: str

    def faults(self) -> list[str]:
        """Tables and columns that nobody knows, each once."""
        if self.tables is None:
            return []
        found = [self._table_fault(table) for table in sources_of(self.query)]
        found += [self._column_fault(column) for column in self.query.find_all(exp.Column)]
        return [fault for fault in dict.fromkeys(found) if fault]

    def _table_fault(self, table: exp.Table) -> str:
        name = full_name(table)
        assert self.tables is not None
        if name.lower() in self.tables:
            return ""
        guess = next((known for known in self.tables if known.rpartition(".")[2] == name.lower()), "")
        hint = f'Did you mean "{guess}"?' if guess else did_you_mean(name.lower(), self.tables)
        if self.dialect == "duckdb":
            return f'there is no table "{name}" in this Blend. {hint or "Name it in tables={...}."}'
        return f'there is no table "{name}": no dataset and no scorecard has that name. {hint}'.strip()

    def _column_fault(self, column: exp.Column) -> str:
        found = self.origin(column)
        if not isinstance(found, Missing):
            return ""
        shown = f"{column.table}.{column.name}" if column.table else column.name
        hint = did_you_mean(column.name.lower(), found.known) or f"Known are {', '.join(found.known)}."
        return f'there is no column "{shown}". {hint}'

    def contract(self, column: exp.Expr) -> Column | None:
        """The column under contract that this one hands on unchanged."""
        found = self.origin(column) if isinstance(column, exp.Column) else None
        return found if isinstance(found, Column) else None

    def origin(self, column: exp.Column) -> Origin | Missing:
        """Where a column comes from; None when the text does not tell."""
        if isinstance(column.this, exp.Star) or len(column.parts) > 2:
            return None
        name, alias, known = column.name.lower(), column.table.lower(), dict[str, None]()
        for query in _enclosing(column):
            sources = self._sources(query, column)
            if alias in sources if alias else name in sources:
                offered = sources[alias] if alias else None  # a bare alias is the whole row
                return None if offered is None else offered.get(name, Missing(tuple(offered)))
            known.update((one, None) for one in sources if alias)
            if alias:
                continue
            for offered in sources.values():
                if offered is not None and name in offered:
                    return offered[name]
            if None in sources.values() or _names_a_result(column, query):
                return None
            known.update((one, None) for offered in sources.values() for one in offered or ())
        unclear = alias and (self.dialect != "postgres" or "" in known)  # a struct's field, or a nameless function
        return None if unclear or not known else Missing(tuple(known))

    def outputs(self, query: exp.Expr | None) -> Columns | None:
        """The columns a query or subquery hands on; None when `*` or a nameless column hides them."""
        if isinstance(query, exp.SetOperation):
            return self.outputs(query.left)
        if isinstance(query, exp.Subquery):
            return self.outputs(query.this)
        if not isinstance(query, exp.Select):
            return None
        found: dict[str, Origin] = {}
        for projection in query.expressions:
            handed = self._handed(query, projection)
            if handed is None:
                return None
            found.update(handed)
        return found

    def _handed(self, query: exp.Select, projection: exp.Expr) -> Columns | None:
        if projection.is_star:
            sources = self._sources(query, projection)
            wanted = [projection.table.lower()] if isinstance(projection, exp.Column) else list(sources)
            parts = [sources.get(alias) for alias in wanted]
            plain = isinstance(projection, exp.Column) or not any(projection.args.values())
            if None in parts or not plain:
                return None
            return {name: origin for part in parts for name, origin in (part or {}).items()}
        name, inner = projection.output_name.lower(), projection.unalias()
        if not name:
            return None
        if not isinstance(inner, exp.Column):
            return {name: inner}
        origin = self.origin(inner)
        return {name: None if isinstance(origin, Missing) else origin}

    def _sources(self, query: exp.Query, seen_from: exp.Expr) -> dict[str, Columns | None]:
        """What its FROM offers; a subquery that stands there sees the others, never itself."""
        if isinstance(query, exp.SetOperation):
            return {"": self.outputs(query)}
        seen = (top for top in _from(query) if not _stands_in(seen_from, top))
        return {node.alias_or_name.lower(): self.offered(node) for top in seen for node in _joined(top)}

    def offered(self, node: exp.Expr) -> Columns | None:
        """The columns of what stands in a FROM; None where they are not known."""
        renamed = [name.lower() for name in node.alias_column_names]
        offered: Columns | None = None
        if node.args.get("pivots"):
            return None
        if isinstance(node, exp.Subquery):
            offered = self.outputs(node.this)
        elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            cte = visible_cte(node)
            if cte is not None and _stands_in(
                node, cte.this.left if isinstance(cte.this, exp.SetOperation) else cte.this
            ):
                return None  # a recursive CTE that never begins
            elif cte is not None:
                offered = _renamed([name.lower() for name in cte.alias_column_names], self.outputs(cte.this))
            elif self.tables is not None:
                offered = self.tables.get(full_name(node).lower())
        return _renamed(renamed, offered)


def statements(sql: str, dialect: str) -> list[exp.Expr]:
    """The statements of a text; a comment behind the last semicolon is none. Raises SqlglotError."""
    found = (tree for tree in sqlglot.parse(sql, dialect=dialect) if tree is not None)
    return [tree for tree in found if not isinstance(tree, exp.Semicolon)]


def statement(sql: str, dialect: str) -> exp.Expr:
    """The one statement of a text; what holds several is no query. Raises SqlglotError."""
    found = statements(sql, dialect)
    return found[0] if len(found) == 1 else sqlglot.parse_one(sql, dialect=dialect)


def standing_in_from(query: exp.Expr) -> list[exp.Expr]:
    """Tables, subqueries and functions in the FROM of a SELECT, also those in parentheses, from left to right."""
    return [node for top in _from(query) for node in _joined(top)]


def _from(query: exp.Expr) -> list[exp.Expr]:
    start = query.args.get("from_")
    nodes = [start.this] if start else []
    return nodes + [join.this for join in query.args.get("joins") or ()] + list(query.args.get("laterals") or ())


def _joined(node: exp.Expr) -> Iterator[exp.Expr]:
    yield node
    for join in node.args.get("joins") or ():
        yield from _joined(join.this)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
        yield from _joined(node.this)


def sources_of(query: exp.Expr) -> Iterator[exp.Table]:
    """Every stored table that is read, wherever in the text; neither CTEs nor table functions."""
    for table in query.find_all(exp.Table):
        written = isinstance(table.parent, exp.Into)
        if isinstance(table.this, exp.Identifier) and not written and visible_cte(table) is None:
            yield table


def full_name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)


def visible_cte(table: exp.Table) -> exp.CTE | None:
    """The CTE that a table's name means at its place, if any: of those before it, or itself when recursive."""
    if table.db:
        return None
    child: exp.Expr = table
    while (parent := child.parent) is not None:
        for cte in _ctes_seen(parent, child):
            if cte.alias.lower() == table.name.lower():
                return cte
        child = parent
    return None


def _ctes_seen(parent: exp.Expr, child: exp.Expr) -> list[exp.CTE]:
    if isinstance(parent, exp.With):
        before = [cte for cte in parent.expressions if (cte.index or 0) < (child.index or 0)]
        return [*before, child] if parent.recursive and isinstance(child, exp.CTE) else before
    block = parent.args.get("with_")
    return list(block.expressions) if block is not None and block is not child else []


def _enclosing(node: exp.Expr) -> Iterator[exp.Query]:
    """The queries whose sources it may name, from the inside out."""
    child, hidden = node, None
    while (parent := child.parent) is not None:
        if isinstance(parent, exp.With):
            hidden = parent.parent  # a CTE does not see the FROM of the query it belongs to
        elif isinstance(parent, exp.SetOperation):
            if child.arg_key not in ("this", "expression", "with_"):
                yield parent
        elif isinstance(parent, exp.Select) and parent is not hidden:
            yield parent
        child = parent


def _stands_in(node: exp.Expr, outer: exp.Expr) -> bool:
    within: exp.Expr | None = node
    while within is not None and within is not outer:
        within = within.parent
    return within is outer


def _names_a_result(column: exp.Column, query: exp.Query) -> bool:
    """`order by value`: the name that a result column of the same SELECT was given elsewhere in it."""
    given = [one for one in query.selects if isinstance(one, exp.Alias) and one.alias.lower() == column.name.lower()]
    return any(column.find_ancestor(exp.Alias) is not one for one in given)


def _renamed(names: list[str], offered: Columns | None) -> Columns | None:
    """An alias may rename the first columns: `as t(a, b)`."""
    if not names:
        return offered
    if offered is None:
        return None
    kept = list(offered.items())
    return {name: origin for name, (_, origin) in zip(names, kept, strict=False)} | dict(kept[len(names) :])
