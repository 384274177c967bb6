"""Queries: what one query's text says, read without a database.

`kpi check` reads every query here before anything runs: one SELECT, known binds, known tables and columns, and
none of the ways to a wrong number of `query_rules`. Every fault is told at once, as a sentence with a next step.
"""

import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import Token, exp
from sqlglot.errors import ParseError, SqlglotError, TokenError

from core.dataset import Column
from core.errors import did_you_mean
from core.measures import Blend, Input, Query, Sheet
from core.periods import Cadence
from core.query_names import Columns, Names, Tables, full_name, sources_of, statements
from core.query_rules import (
    QUOTES,
    counts_a_boundary_twice,
    drops_the_rest_of_a_division,
    loses_nulls,
    mixes_calendar_year_and_week,
    reads_the_clock,
    shows_what_is_sensitive,
    takes_a_mean_of_ratios,
    volatile_calls,
)
from core.segments import SEGMENT, Segments

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # what it would log, the sentences below say

Dialect = Literal["postgres", "duckdb"]
Contracts = Mapping[str, Sequence[Column] | None]
"""Full name of a table and its columns under contract; None where they are not known."""

BINDS = ("start", "end", "week", "year", "last_sunday")
_PERIOD = frozenset({"start", "end", "week", "last_sunday"})  # :year alone gives the same number every week
_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])")  # what SQLAlchemy's text() takes for a bind, also inside quotes
_GLUED = re.compile(r"(?<![:\w\\]):(\w+)::(\w+)")  # what it does not: the database would see the colon
_OTHER_BIND = re.compile(r"%\(\w+\)s|\{\{?\s*\w+\s*\}?\}|(?<!\w)\$\w+(?!\$)")
_BEGINNINGS = ("select", "with")
_OUTPUTS = ({"value"}, {"numerator", "denominator"})
_WRITES = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command, exp.Drop, exp.Alter, exp.TruncateTable)
_READS_FILES = re.compile(r"read_\w+|parquet_scan|\w+_scan|glob|pg_read_\w+|pg_ls_\w+|dblink\w*|postgres_query")


def faults(
    sql: str,
    *,
    dialect: Dialect = "postgres",
    tables: Contracts | None = None,
    cadence: Cadence = "weekly",
    answers: bool = True,
    dated: bool = True,
    parameters: Collection[str] = (),
) -> list[str]:
    """Every fault of one query, as sentences.

    `tables` unset: nothing is known about the database it asks. `answers` is for the query of a KPI, which returns
    `value` or `numerator` and `denominator`; a Blend's inputs return what they like. `dated` asks that the
    query names its period. `parameters` are those of the scorecard: they stand in the text as numbers already, and
    what still has the form of one is misspelled.
    """
    return _faults(sql, dialect, _tables(tables), cadence, answers, dated, parameters)


def measure_faults(
    measure: Query | Blend,
    *,
    tables: Contracts | None,
    cadence: Cadence = "weekly",
    parameters: Collection[str] = (),
) -> list[str]:
    """Every fault of a KPI's measure; of a Blend, those of its inputs too, each after the input's name."""
    if isinstance(measure, Query):
        return faults(measure.sql, tables=_known_to(measure, tables), cadence=cadence, parameters=parameters)
    found: list[str] = []
    inputs = dict(tables_of(measure, tables) or {})
    for name, given in measure.tables.items():
        if isinstance(given, Query):
            known = _known_to(given, tables)
            told = faults(given.sql, tables=known, cadence=cadence, answers=False, dated=False, parameters=parameters)
            found += [f'input "{name}": {fault}' for fault in told]
            inputs[name.lower()] = None if told else inputs[name.lower()]
    queries = [given for given in measure.tables.values() if isinstance(given, Query)]
    static = len(queries) < len(measure.tables) or any(_PERIOD & binds_in(query.sql) for query in queries)
    return found + _faults(measure.sql, "duckdb", inputs, cadence, True, not static, parameters)


def segment_faults(
    segments: Segments, *, tables: Contracts | None, cadence: Cadence = "weekly", parameters: Collection[str] = ()
) -> list[str]:
    """Every fault of the query of segments: it returns `segment` and the counts that they name."""
    query = segments.measure
    known = _known_to(query, tables)
    found = faults(query.sql, tables=known, cadence=cadence, answers=False, parameters=parameters)
    tree = _tree(query.sql, "postgres")
    if isinstance(tree, str):
        return found
    found += shows_what_is_sensitive(Names(tree, _tables(known), "postgres"))
    returned = _outputs(query.sql, known)
    wanted = (SEGMENT, *segments.counts)
    if returned is not None and set(returned) != {name.lower() for name in wanted}:
        found.append(f"the query returns {', '.join(returned)}. Return {', '.join(wanted)}, in one row a segment.")
    return found


def tables_of(measure: Query | Blend, tables: Contracts | None) -> Tables | None:
    """What the query of a measure may read from, as far as it is known; of a Blend, its inputs."""
    if isinstance(measure, Query):
        return _tables(_known_to(measure, tables))
    return {name.lower(): _columns_of(given, tables) for name, given in measure.tables.items()}


def _columns_of(given: Input, tables: Contracts | None) -> Columns | None:
    if isinstance(given, Query):
        return _outputs(given.sql, _known_to(given, tables))
    if isinstance(given, Sheet) and given.columns:
        return _columns([Column(column, type_) for column, type_ in given.columns.items()])
    return None


def tables_in(sql: str, dialect: Dialect = "postgres") -> tuple[str, ...]:
    """Full names of the stored tables it reads, each once; none when it cannot be read."""
    tree = _tree(sql, dialect)
    return () if isinstance(tree, str) else tuple(dict.fromkeys(full_name(table) for table in sources_of(tree)))


def binds_in(sql: str) -> frozenset[str]:
    """Names of its binds, without the colon; those inside quotes and comments are none."""
    return frozenset(bind.name for bind in _marks(sql) if not bind.where)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A colon and a name in the text; `where` tells when the place makes it no bind."""

    name: str
    where: Literal["", "quotes", "a comment"]


def _marks(sql: str, dialect: Dialect = "postgres") -> Iterator[_Mark]:
    tokens = _tokens(sql, dialect)
    for found in _BIND.finditer(sql):
        token = next((t for t in tokens if t.start <= found.start() <= t.end), None)
        if token is None:
            yield _Mark(found[1], "a comment" if tokens else "")
        else:
            yield _Mark(found[1], "quotes" if token.token_type in QUOTES else "")


def _faults(
    sql: str,
    dialect: Dialect,
    known: Tables | None,
    cadence: Cadence,
    answers: bool,
    dated: bool,
    parameters: Collection[str],
) -> list[str]:
    found = list(_bind_faults(sql, dialect, parameters))
    tree = _tree(sql, dialect)
    if isinstance(tree, str):
        return [*found, tree]
    if dated and not found and not binds_in(sql) & _PERIOD:
        found.append("the query names no period, so every week would have the same number. Use :start and :end.")
    names, used = Names(tree, known, dialect), binds_in(sql)
    found += _write_faults(tree)
    found += _output_faults(tree) if answers else ()
    found += [*_volatile_faults(sql, dialect), *_file_faults(tree), *names.faults()]
    for rule in (reads_the_clock, counts_a_boundary_twice, takes_a_mean_of_ratios, loses_nulls):
        found += rule(names)
    found += [*mixes_calendar_year_and_week(names, cadence, used), *drops_the_rest_of_a_division(names)]
    found += shows_what_is_sensitive(names) if answers else ()
    return list(dict.fromkeys(found))


def _tree(sql: str, dialect: Dialect) -> exp.Query | str:
    """The one SELECT, or the sentence that says why it is none."""
    if not _tokens(sql, dialect):
        return "the query is empty or a quote in it is never closed."
    try:
        found = statements(_text(sql), dialect)
    except ParseError as error:
        return _syntax_fault(error, _first_word(sql))
    except (SqlglotError, RecursionError):
        return "the query cannot be read as SQL. Try it in psql or DuckDB first."
    if len(found) != 1:
        return f"the query holds {len(found)} statements. Write one SELECT."
    tree = found[0]
    if isinstance(tree, exp.Query):
        return tree
    return f"the query begins with {_first_word(sql)}. Write one SELECT."


def _syntax_fault(error: ParseError, begins: str) -> str:
    if begins not in _BEGINNINGS and (hint := did_you_mean(begins, _BEGINNINGS)):
        return f"the query begins with {begins}. {hint}"
    first = error.errors[0] if error.errors else {}
    word, line = first.get("highlight", ""), first.get("line", 1)
    near = f' near "{word}"' if word else ""
    return f"line {line} of the query cannot be read{near}. Look there and just before."


def _first_word(sql: str) -> str:
    return _text(sql).split()[0].lower()


def _bind_faults(sql: str, dialect: Dialect, parameters: Collection[str]) -> Iterator[str]:
    known = (*BINDS, *parameters)
    for mark in _marks(sql, dialect):
        if mark.where:
            remedy = (
                "Take the quotes away." if mark.where == "quotes" and mark.name in known else "Take the colon away."
            )
            yield f":{mark.name} stands in {mark.where}, where it is read as a bind all the same. {remedy}"
        elif mark.name not in BINDS:
            hint = did_you_mean(mark.name, known).replace('"', '":', 1)
            yield f":{mark.name} is no bind. {hint or 'Known are :start, :end, :week, :year and :last_sunday.'}"
    bare = _bare(sql, dialect)
    for name, type_ in dict.fromkeys(_GLUED.findall(bare)):
        yield f":{name}::{type_} is not read as a bind. Write cast(:{name} as {type_})."
    for found in dict.fromkeys(_OTHER_BIND.findall(bare)):
        yield f"{found} is no bind here. Write :start, :end, :week, :year or :last_sunday."


def _write_faults(tree: exp.Query) -> Iterator[str]:
    for node in tree.find_all(*_WRITES):
        word = {"Into": "select into", "Lock": "for update"}.get(type(node).__name__, type(node).__name__.lower())
        yield f'"{word}" changes or locks the database. A KPI only reads: write one SELECT.'


def _output_faults(tree: exp.Query) -> Iterator[str]:
    first = tree
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    if not isinstance(first, exp.Select) or any(projection.is_star for projection in first.selects):
        return
    named = [projection.output_name.lower() for projection in first.selects]
    if set(named) in _OUTPUTS and len(named) == len(set(named)):
        return
    shown = ", ".join(name or "a column without a name" for name in named)
    yield f"the query returns {shown}. Return value, or numerator and denominator: select count(*) as value."


def _volatile_faults(sql: str, dialect: Dialect) -> Iterator[str]:
    for call in volatile_calls(_tokens(sql, dialect)):
        yield f"{call} gives another answer each time. Use :start, :end or :last_sunday."


def _file_faults(tree: exp.Query) -> Iterator[str]:
    for call in tree.find_all(exp.Func):
        name = call.name if isinstance(call, exp.Anonymous) else call.sql_name()
        if _READS_FILES.fullmatch(name.lower()):
            yield f"{name.lower()}() reads from outside. Name the source in a Blend: tables={{...}}."


def _known_to(query: Query, tables: Contracts | None) -> Contracts | None:
    return tables if query.database == "warehouse" else None


def _outputs(sql: str, tables: Contracts | None) -> Columns | None:
    tree = _tree(sql, "postgres")
    return None if isinstance(tree, str) else Names(tree, _tables(tables), "postgres").outputs(tree)


def _tables(tables: Contracts | None) -> Tables | None:
    return None if tables is None else {name.lower(): _columns(columns) for name, columns in tables.items()}


def _columns(columns: Sequence[Column] | None) -> Columns | None:
    return None if columns is None else {column.name.lower(): column for column in columns}


def _text(sql: str) -> str:
    return re.sub(r"\A(?:[ \t]*\n)+", "", sql)  # line 1 is the first line with text


def _tokens(sql: str, dialect: Dialect) -> list[Token]:
    try:
        return list(sqlglot.tokenize(sql, dialect=dialect))
    except TokenError:
        return []


def _bare(sql: str, dialect: Dialect) -> str:
    """The text without what stands in quotes and comments."""
    kept = list(" " * len(sql))
    for token in _tokens(sql, dialect):
        if token.token_type not in QUOTES:
            kept[token.start : token.end + 1] = sql[token.start : token.end + 1]
    return "".join(kept)
