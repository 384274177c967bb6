"""Dialects: a query in PostgreSQL's SQL, written for another engine so that it means the same, or why it cannot be."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from core.dataset import Column
from core.engines.engine import LABELS
from core.query_names import full_name, sources_of, statement
from core.rewrite.both_sides import NamesOfBothSides
from core.rewrite.kinds import Kinds, kind_named
from core.rewrite.known_words import unknown_parts
from core.rewrite.meanings import changed_meanings
from core.rewrite.numbers import EITHER, INTEGER
from core.rewrite.spellings import SPELLINGS
from core.rewrite.writing import Writer, finished

BINDS: Mapping[str, str] = {"start": "date", "end": "date", "week": "text", "year": "integer", "last_sunday": "date"}
_POSITIONAL = ("trino",)

Contracts = Mapping[str, Sequence[Column]]
"""Full names of tables and their columns, with the types that contracts or the engine itself tell."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A query as an engine is asked it. `binds` names what it is handed, in order; `positional`: as question marks."""

    text: str
    binds: tuple[str, ...]
    positional: bool = False

    def handed(self, values: Mapping[str, object]) -> dict[str, object]:
        """Just the values that it names: an engine may refuse more."""
        if self.positional:
            return {f"{place}": values[name] for place, name in enumerate(self.binds)}
        return {name: values[name] for name in self.binds}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a query would mean something else, each reason with the next step."""

    dialect: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        first, *others = self.reasons
        told = " ".join([first, *(f"{other[:1].upper()}{other[1:]}" for other in others)])
        return f"The query cannot be asked of {LABELS[self.dialect]}: {told}"


_STEADY = ("UTC", "GMT", "Etc/UTC", "Etc/GMT")
"""Zones whose clocks are never moved: a day has 24 hours."""


def translated(
    sql: str, dialect: str, tables: Contracts, binds: Mapping[str, str] = BINDS, *, zone: str = "", pretty: bool = False
) -> Spoken | Refusal:
    """`binds` are the names that stand for values, with their types; `zone` is that of the session, if it is known."""
    tree = _read(sql)
    if tree is None:
        return Refusal(dialect, ("it cannot be read as one SELECT.",))
    if unknown := tuple(dict.fromkeys(unknown_parts(tree))):
        return Refusal(dialect, unknown)
    known = {name.lower(): {column.name.lower(): column for column in columns} for name, columns in tables.items()}
    given = {name: EITHER if kind == INTEGER else kind for name in binds if (kind := kind_named(binds[name]))}
    kinds = Kinds(NamesOfBothSides(tree, known, "postgres"), given, steady=zone in _STEADY)
    if changed := tuple(dict.fromkeys(changed_meanings(tree, kinds, dialect))):
        return Refusal(dialect, changed)
    try:
        return _written(Writer(dialect, kinds, SPELLINGS).written(tree), dialect, pretty)
    except SqlglotError:
        return Refusal(dialect, ("something in it has no counterpart there.",))


def tables_of(sql: str) -> tuple[str, ...]:
    """The stored tables that it reads, each once."""
    tree = _read(sql)
    return () if tree is None else tuple(dict.fromkeys(full_name(table) for table in sources_of(tree)))


def description(table: str, dialect: str) -> str:
    """A statement of no rows whose columns are those of a table."""
    parts = [part.upper() if dialect == "snowflake" and part == part.lower() else part for part in table.split(".")]
    names = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    named = exp.Table(**dict(zip(("this", "db", "catalog"), names, strict=False)))
    return exp.select("*").from_(named).where("1 = 0").sql(dialect=dialect)


def _read(sql: str) -> exp.Query | None:
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # what it would log, refusals say
    try:
        tree = statement(sql, "postgres")
    except (SqlglotError, RecursionError):
        return None
    return tree if isinstance(tree, exp.Query) else None


def _written(tree: exp.Expr, dialect: str, pretty: bool) -> Spoken:
    text = tree.sql(
        dialect=dialect, comments=False, pretty=pretty, normalize_functions="lower", unsupported_level=ErrorLevel.RAISE
    )
    return Spoken(*finished(text, dialect), positional=dialect in _POSITIONAL)
