"""Texts of trees: a part of a query as people read it, a whole one as databases read it."""

import re

from sqlglot import TokenType, exp, tokenize

TEMPORARY = "pg_temp"  # what PostgreSQL calls the schema of temporary tables
_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|[^'"]+""")
_INTERVAL = re.compile(r"interval '[^']*'")
_LONGEST = 76


def text_of(tree: exp.Expr, dialect: str) -> str:
    """The query with its binds as `:start`, whatever the dialect calls them."""
    return _with_colons(tree).sql(dialect=dialect, comments=False)


def shown(part: exp.Expr, dialect: str) -> str:
    """A part of a query, in lower case but for what stands in quotes, and cut where it is long."""
    told = _QUOTED.sub(lambda found: found[1] or found[0].lower(), text_of(part, dialect))
    told = told.replace(" filter(", " filter (")
    told = _INTERVAL.sub(lambda found: found[0].lower(), told)
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def line_of(part: exp.Expr) -> int:
    """The line of the query on which the part begins, as far as its names, or those around it, tell."""
    node: exp.Expr | None = part
    while node is not None:
        if lines := [inner.meta["line"] for inner in node.walk() if inner.meta.get("line")]:
            return int(min(lines))
        node = node.parent
    return 0


def on_temporary(sql: str, schema: str, tables: frozenset[str]) -> str:
    """The same text, letter by letter, but for the schema's name before these tables: it is that of temporary ones."""
    tokens = tokenize(sql, dialect="postgres")
    text = sql
    for name, dot, table in reversed(list(zip(tokens, tokens[1:], tokens[2:], strict=False))):
        qualified = dot.token_type is TokenType.DOT and name.text.lower() == schema and table.text.lower() in tables
        if qualified and name.token_type is not TokenType.STRING:
            text = f"{text[: name.start]}{TEMPORARY}{text[name.end + 1 :]}"
    return text


def _with_colons(tree: exp.Expr) -> exp.Expr:
    return tree.transform(lambda node: exp.Var(this=f":{node.name}") if isinstance(node, exp.Placeholder) else node)
