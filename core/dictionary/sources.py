"""What a KPI's number comes from: tables, sheets and files, down to the columns that its queries read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from core.catalog import BoundDataset, Catalog
from core.dataset import Column
from core.measures import Blend, Input, Measure, Query, Sheet
from core.queries import tables_in, tables_of
from core.query_names import Tables, full_name, statement
from core.rewrite.reads import reads_of


@dataclass(frozen=True, slots=True)
class Source:
    """A table, sheet or file by the name people know. `dataset` is the one it belongs to, `columns` what is read of it.

    Columns are told where a contract names them; of a table without one, none are.
    """

    name: str
    columns: tuple[str, ...] = ()
    dataset: str = ""


def sources_of(catalog: Catalog, measure: Measure) -> list[Source]:
    """Every source of a measure, each once; a formula has none of its own."""
    found: dict[str, Source] = {}
    for source in _sources(catalog, measure):
        known = found.get(source.name, source)
        columns = tuple(dict.fromkeys([*known.columns, *source.columns]))
        found[source.name] = Source(source.name, columns, source.dataset)
    return list(found.values())


def _sources(catalog: Catalog, measure: Measure) -> Iterator[Source]:
    contracts = {bound.table: bound.dataset.columns for bound in catalog.datasets.values()}
    if isinstance(measure, Query):
        yield from _of_query(measure, contracts)
    elif isinstance(measure, Blend):
        read = _read(measure.sql, "duckdb", tables_of(measure, contracts) or {})
        for name, given in measure.tables.items():
            if isinstance(given, Query):
                yield from _of_query(given, contracts)
            else:
                yield _of_people(catalog, given, read.get(name.lower(), ()))


def _of_query(query: Query, contracts: Mapping[str, Sequence[Column]]) -> Iterator[Source]:
    read = _read(query.sql, "postgres", tables_of(query, contracts) or {})
    elsewhere = "" if query.database == "warehouse" else f"{query.database}: "
    for table in tables_in(query.sql):
        bound = table.lower().removeprefix("staging.") if table.lower() in contracts and not elsewhere else ""
        yield Source(elsewhere + (table.lower() if bound else table), read.get(table.lower(), ()), bound)


def _of_people(catalog: Catalog, given: Input, columns: tuple[str, ...]) -> Source:
    """A sheet or a file: the dataset that is loaded from the same place tells what it is."""
    same = (bound.name for bound in catalog.datasets.values() if _is_same(bound, given))
    if isinstance(given, Sheet):
        return Source(f"{given.name}, tab {given.tab}", columns or tuple(given.columns), next(same, ""))
    assert not isinstance(given, Query)
    return Source(given.path, columns or tuple(given.columns), next(same, ""))


def _is_same(bound: BoundDataset, given: Input) -> bool:
    source = bound.dataset.source
    if isinstance(given, Sheet):
        return isinstance(source, Sheet) and (source.name, source.tab) == (given.name, given.tab)
    return source is not None and getattr(source, "path", None) == getattr(given, "path", "")


def _read(sql: str, dialect: str, tables: Tables) -> Mapping[str, tuple[str, ...]]:
    """By table: the columns that are read, in the order of its contract. None where the text cannot be read."""
    try:
        tree = statement(sql, dialect)
        read = {table: {c.name for c in columns} for table, columns in reads_of(sql, dialect, tables).columns.items()}
    except (SqlglotError, RecursionError):
        return {}
    for table, column in _joining(tree, tables):
        read.setdefault(table, set()).add(column)
    contracts = {table: [c.name for c in (tables[table] or {}).values() if isinstance(c, Column)] for table in read}
    return {table: tuple(name for name in contracts[table] if name in columns) for table, columns in read.items()}


def _joining(tree: exp.Expr, tables: Tables) -> Iterator[tuple[str, str]]:
    """`using (client_id)` reads that column of both sides."""
    for join in tree.find_all(exp.Join):
        select = join.parent
        if not isinstance(select, exp.Select):
            continue
        named = {word.name.lower() for word in join.args.get("using") or ()}
        for table in [one for one in select.find_all(exp.Table) if one.parent_select is select]:
            columns = tables.get(full_name(table).lower()) or {}
            for name in sorted(named):
                if isinstance(column := columns.get(name), Column):
                    yield full_name(table).lower(), column.name
