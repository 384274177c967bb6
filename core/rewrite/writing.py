"""The writer of another dialect: casts, functions and types as that dialect writes them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from core.rewrite.kinds import Kinds
from core.rewrite.numbers import Kind

_BINDS = {"duckdb": "$", "spark": ":", "bigquery": "@"}
_MARK = re.compile(r"kpi__bind__(\w+?)__end")

_TYPES: Mapping[str, Mapping[str, str]] = {
    "duckdb": {"integer": "bigint", "float": "double", "text": "varchar", "decimal": "decimal"},
    "snowflake": {
        **{"integer": "bigint", "float": "double", "text": "varchar", "decimal": "decimal"},
        **{"timestamp": "timestamp_ntz", "timestamptz": "timestamp_ltz"},
    },
    "spark": {
        **{"integer": "bigint", "float": "double", "text": "string", "decimal": "decimal"},
        **{"timestamp": "timestamp_ntz", "timestamptz": "timestamp"},
    },
    "trino": {
        **{"integer": "bigint", "float": "double", "text": "varchar", "decimal": "decimal"},
        **{"timestamp": "timestamp(6)", "timestamptz": "timestamp(6) with time zone"},
    },
    "bigquery": {
        **{"integer": "int64", "float": "float64", "text": "string", "decimal": "bignumeric", "boolean": "bool"},
        **{"timestamp": "datetime", "timestamptz": "timestamp"},
    },
}

Spelling = Callable[["Writer", Any], exp.Expr]
"""How a part is written: the part itself, changed, or another in its place."""


class Writer:
    """Writes one query for one dialect, from its leaves up, by the spellings it is given."""

    def __init__(self, dialect: str, kinds: Kinds, spellings: Mapping[type[exp.Expr], Spelling]) -> None:
        self.dialect, self.kinds, self.spellings = dialect, kinds, spellings

    def written(self, tree: exp.Expr) -> exp.Expr:
        nodes = list(tree.walk(bfs=False))
        for node in nodes:
            self.kinds.of(node)  # before anything is moved: types are told by where a name stands
        for node in reversed(nodes):
            if spelling := self.spellings.get(type(node)):
                new = spelling(self, node)
                if new is not node:
                    self.kinds.keep(new, node)
                    if node is tree:
                        return new
                    node.replace(new)
        return tree

    def cast(self, node: exp.Expr, kind: Kind) -> exp.Cast:
        cast = exp.Cast(this=node, to=self.type_of(kind))
        self.kinds.set(cast, kind)
        return cast

    def type_of(self, kind: Kind) -> exp.DataType:
        name = _TYPES[self.dialect].get(kind.name, kind.name)
        sizes = f"({kind.digits}, {kind.places})" if kind.name == "decimal" else ""
        return exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=name + sizes)

    def call(self, name: str, *arguments: exp.Expr | str | int) -> exp.Anonymous:
        """A function as this dialect writes it."""
        given = [exp.Var(this=str(one)) if isinstance(one, str | int) else one for one in arguments]
        return exp.Anonymous(this=name, expressions=given)

    def local(self, node: exp.Expr) -> exp.Expr:
        """A moment as the session's clock shows it, where a value keeps a zone of its own."""
        if self.kinds.of(node) != Kind("timestamptz"):
            return node
        if self.dialect == "snowflake":
            return self.cast(node, Kind("timestamptz"))
        if self.dialect == "trino":
            return self.call("at_timezone", node, self.call("current_timezone"))
        return node


def finished(text: str, dialect: str) -> tuple[str, tuple[str, ...]]:
    """The text with its binds as the driver takes them, and their names, for question marks in their order."""
    names = _MARK.findall(text)
    if dialect == "snowflake":
        return _MARK.sub(r"%(\1)s", text.replace("%", "%%")), tuple(dict.fromkeys(names))
    if dialect == "trino":
        return _MARK.sub("?", text), tuple(names)
    return _MARK.sub(rf"{_BINDS[dialect]}\1", text), tuple(dict.fromkeys(names))
