"""Dimensions: the column of a query's outermost FROM that a dimension names, written so that it means no other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres

from core.dataset import Column
from core.errors import did_you_mean
from core.query_names import Columns, Names, standing_in_from, visible_cte

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_FUNCTIONS = frozenset(
    ("user", "current_user", "session_user", "system_user", "current_role", "current_catalog", "current_schema")
)
"""Called without parentheses: as a name they need quotes."""
_Source = tuple[exp.Expr, Columns | None]


@dataclass(frozen=True, slots=True)
class Dimension:
    """As the KPI names it, and as the statement does."""

    name: str
    text: str


def dimension_of(names: Names, select: exp.Select, dimension: str, hidden: frozenset[str]) -> Dimension | str:
    """The column, or a sentence that says why it is none.

    `country` is looked for in all that stands in the FROM, `lines.country` in one of them. Case makes no difference,
    but where nothing tells how the column is spelled.
    """
    alias, _, name = dimension.strip().rpartition(".")
    sources = [(node, names.offered(node)) for node in standing_in_from(select) if not _is_bracket(node)]
    if not sources:
        return f'dimension "{dimension}": the query reads no table. Say where its rows come from, with FROM.'
    chosen = [s for s in sources if not alias or s[0].alias_or_name.lower() == alias.lower()]
    if not chosen:
        known = [node.alias_or_name for node, _ in sources]
        return f'dimension "{dimension}": the FROM names no "{alias}". {did_you_mean(alias, known)}'.strip()
    holders = [node for node, offered in chosen if offered is not None and name.lower() in offered]
    unknown = [node for node, offered in chosen if offered is None]
    if why := _refusal(dimension, name, chosen, holders, unknown, select):
        return why
    if told := next(iter(_sensitive(names, select, alias.lower(), name.lower(), hidden)), ""):
        return f'dimension "{dimension}" would show the values of {told}, which is sensitive. Choose another column.'
    spelled = _spelled(names, next(iter([*holders, *unknown])), name, select)
    if spelled is None:
        return f'dimension "{dimension}": several columns are spelled so but for the case. Write it as one of them.'
    merged = len(holders) > 1 or (len(chosen) > 1 and bool(unknown))
    if merged or not chosen[0][0].alias_or_name:
        return Dimension(dimension, _written(spelled, bare=True))
    source = holders[0] if holders else unknown[0]
    return Dimension(dimension, f"{_alias(source, names.dialect)}.{_written(spelled)}")


def _refusal(
    dimension: str,
    name: str,
    chosen: Sequence[_Source],
    holders: Sequence[exp.Expr],
    unknown: Sequence[exp.Expr],
    select: exp.Select,
) -> str:
    if re.search(r"[:\\]", name):
        return f'dimension "{dimension}": a colon or backslash in a name would be read as a bind. Rename the column.'
    if not holders and any(node.alias_or_name.lower() == name.lower() for node, _ in chosen):
        return f'dimension "{dimension}" names a whole row. Name one of its columns.'
    if not holders and not unknown:
        known = list(dict.fromkeys(column for _, offered in chosen for column in offered or ()))
        hint = did_you_mean(name.lower(), known) or f"It offers {', '.join(known)}."
        return f'dimension "{dimension}": the FROM of the query offers no such column. {hint}'
    if len(holders) > 1 and not _is_merged(select, name):
        one, other = (node.alias_or_name for node in holders[:2])
        return f'dimension "{dimension}": {one} and {other} both offer it. Write "{one}.{name}" or "{other}.{name}".'
    return ""


def _is_bracket(node: exp.Expr) -> bool:
    """`(a join b on ...)`: what stands in it offers the columns."""
    return isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table)


def _is_merged(select: exp.Select, name: str) -> bool:
    """Whether a join makes one column of those of this name: using (...), or natural."""
    start = select.args.get("from_")
    within = [*(start.find_all(exp.Join) if start else ()), *(select.args.get("joins") or ())]
    used = {column.name.lower() for join in within for column in join.args.get("using") or ()}
    return name.lower() in used or any(join.method.upper() == "NATURAL" for join in within)


def _alias(node: exp.Expr, dialect: str) -> str:
    alias = node.args.get("alias")
    identifier = alias.this if alias is not None and alias.this is not None else node.this
    return str(identifier.sql(dialect=dialect))


def _written(name: str, *, bare: bool = False) -> str:
    """In quotes where it needs them: after a dot any word will do, alone `user` would be a function."""
    is_word = bare and (name in _FUNCTIONS or name.upper() in Postgres.Tokenizer.KEYWORDS)
    if _PLAIN.fullmatch(name) and not is_word:
        return name
    return '"' + name.replace('"', '""') + '"'


def _spelled(names: Names, source: exp.Expr, said: str, select: exp.Select) -> str | None:
    """The name as the database knows it, or else as the query writes it, or else as it was declared; None where only
    the case tells two apart."""
    found = list(dict.fromkeys(_spellings(names, source, said.lower())))
    if not found:
        written = (column.this for column in select.find_all(exp.Column) if column.name.lower() == said.lower())
        found = list(dict.fromkeys(_folded(i, names) for i in written if isinstance(i, exp.Identifier))) or [said]
    return said if said in found else found[0] if len(found) == 1 else None


def _spellings(names: Names, source: exp.Expr, name: str) -> Iterator[str]:
    renamed, query = _renamed(source), _query_of(source)
    if name in (i.name.lower() for i in renamed):
        yield from (_folded(i, names) for i in renamed if i.name.lower() == name)
    elif query is not None:
        first = next(_selects(query))
        for projection in first.selects:
            if projection.is_star:
                for inner in standing_in_from(first):
                    yield from _spellings(names, inner, name)
            elif projection.output_name.lower() == name:
                given = projection.args.get("alias") or projection.this
                yield _folded(given, names) if isinstance(given, exp.Identifier) else name
    else:
        known = (names.offered(source) or {}).get(name)
        yield from [known.name] if isinstance(known, Column) else []


def _folded(identifier: exp.Identifier, names: Names) -> str:
    return identifier.name if identifier.quoted or names.dialect != "postgres" else identifier.name.lower()


def _renamed(source: exp.Expr) -> list[exp.Identifier]:
    """The names that an alias gives to the first columns: `as t(a, b)`, `with t(a, b) as`."""
    alias = source.args.get("alias")
    own = list(alias.args.get("columns") or ()) if isinstance(alias, exp.TableAlias) else []
    cte = visible_cte(source) if isinstance(source, exp.Table) else None
    return own or (_renamed(cte) if cte is not None else [])


def _query_of(source: exp.Expr) -> exp.Expr | None:
    """The SELECT or set operation that a subquery or CTE stands for."""
    cte = visible_cte(source) if isinstance(source, exp.Table) else None
    query = cte.this if cte is not None else source.this if isinstance(source, exp.Subquery | exp.Lateral) else None
    while isinstance(query, exp.Subquery):
        query = query.this
    return query if isinstance(query, exp.Query) else None


def _selects(query: exp.Expr) -> Iterator[exp.Select]:
    if isinstance(query, exp.SetOperation):
        yield from _selects(query.left)
        yield from _selects(query.right)
    elif isinstance(query, exp.Subquery):
        yield from _selects(query.this)
    elif isinstance(query, exp.Select):
        yield query


def _sensitive(
    names: Names, select: exp.Select, alias: str, name: str, hidden: frozenset[str], seen: frozenset[int] = frozenset()
) -> Iterator[str]:
    """Sensitive columns that a column of the FROM is made of, in every branch of a union, through any expression."""
    for source, offered in _offering(names, select, alias, name):
        known, query, below = (offered or {}).get(name), _query_of(source), seen | {id(source)}
        if isinstance(known, Column) and known.sensitive:
            yield known.name
        elif id(source) in seen or (query is None and isinstance(known, Column)):
            continue
        elif query is not None:
            place, first = [i.name.lower() for i in _renamed(source)], next(_selects(query))
            for inner in _selects(query):
                for projection in _handed(inner, first, name, place):
                    yield from _made_of(names, projection, name, hidden, below)
        elif isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            yield from [name] if plain(name) in hidden else []
        else:  # a function: its rows are made of what it is given
            yield from _made_of(names, source, name, hidden, below)


def _offering(names: Names, select: exp.Select, alias: str, name: str) -> list[_Source]:
    """What in a FROM may offer the column."""
    sources = [(node, names.offered(node)) for node in standing_in_from(select) if not _is_bracket(node)]
    named = [s for s in sources if not alias or s[0].alias_or_name.lower() == alias]
    return [(node, offered) for node, offered in named if offered is None or name in offered]


def _handed(inner: exp.Select, first: exp.Select, name: str, renamed: Sequence[str]) -> list[exp.Expr]:
    """What a SELECT hands on under the name, by its place; where that is hidden by a `*`, all that it hands on."""
    if any(p.is_star for s in (inner, first) for p in s.selects):
        return list(inner.selects)
    given = [p.output_name.lower() for p in first.selects]
    place = renamed.index(name) if name in renamed else given.index(name) if name in given else None
    return list(inner.selects) if place is None else inner.selects[place : place + 1]


def _made_of(names: Names, made: exp.Expr, name: str, hidden: frozenset[str], seen: frozenset[int]) -> Iterator[str]:
    """The sensitive columns in an expression; how many there are of something shows none of them."""
    for node in made.walk(prune=lambda node: isinstance(node, exp.Count)):
        if isinstance(node, exp.Column | exp.Star) and not isinstance(node.parent, exp.Count):
            wanted = name if node.is_star else node.name.lower()
            alias, within = node.text("table").lower(), node.find_ancestor(exp.Select)
            while within is not None:  # a subquery names its own FROM first, then those around it
                yield from _sensitive(names, within, alias, wanted, hidden, seen)
                found = any(offered is not None for _, offered in _offering(names, within, alias, wanted))
                within = None if found else within.find_ancestor(exp.Select)


def plain(name: str) -> str:
    """As headers are compared: case, spaces and underscores make no difference."""
    return re.sub(r"[\s_]+", "", name.lower())
