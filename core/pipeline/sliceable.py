"""Dimensions: by which columns a KPI may be sliced, and why it may not. Decided from the text of its queries alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from core.catalog import BoundDataset, Catalog, Definition
from core.dataset import Column
from core.errors import did_you_mean
from core.expressions import Expression
from core.measures import Blend, File, Input, Query, Sheet

if TYPE_CHECKING:
    from core.query_names import Tables
    from core.rewrite.slices import Sliced

Contracts = Mapping[str, Sequence[Column] | None]


def dimensions_of(catalog: Catalog, definition: Definition) -> tuple[str, ...]:
    """Those that it declares; of a formula that declares none, those that all the KPIs in it have."""
    declared = tuple(definition.kpi.dimensions)
    if declared or not isinstance(definition.kpi.measure, Expression):
        return declared
    parents = [catalog.by_name.get(name) for name in definition.parents]
    offered = [dimensions_of(catalog, parent) if parent else () for parent in parents]
    common = [{name.lower() for name in names} for names in offered]
    return tuple(name for name in (offered[0] if offered else ()) if all(name.lower() in names for names in common))


def slicing_faults(catalog: Catalog, definition: Definition, tables: Contracts) -> Iterator[str]:
    """Why a KPI cannot be sliced by the dimensions that it declares, as sentences."""
    measure, declared = definition.kpi.measure, tuple(definition.kpi.dimensions)
    if not declared:
        return
    if isinstance(measure, Expression):
        for why in _formula_faults(catalog, definition):
            yield f"it cannot be sliced by its dimensions: {why}"
        return
    from core.rewrite.slices import refusals

    dialect, offered, hidden = _known(catalog, measure, tables)
    for why in refusals(measure.sql, declared, dialect=dialect, tables=offered, hidden=hidden):
        yield f"its query cannot be sliced by its dimensions: {why}"


def statement(catalog: Catalog, definition: Definition, by: Sequence[str], tables: Contracts) -> "Sliced | str":
    """One statement for the whole and its slices; or why there is none."""
    from core.rewrite.slices import sliced

    measure = definition.kpi.measure
    assert isinstance(measure, Query | Blend)
    dialect, offered, hidden = _known(catalog, measure, tables)
    return sliced(measure.sql, by, dialect=dialect, tables=offered, hidden=hidden)


def _formula_faults(catalog: Catalog, definition: Definition) -> Iterator[str]:
    parents = [parent for name in definition.parents if (parent := catalog.by_name.get(name))]
    for dimension in definition.kpi.dimensions:
        for parent in parents:
            offered = dimensions_of(catalog, parent)
            if dimension.lower() not in (name.lower() for name in offered):
                hint = did_you_mean(dimension, offered) or f"Declare it in the file of {parent.name} too."
                yield f'{parent.name}, which it is computed from, has no dimension "{dimension}". {hint}'


def _known(catalog: Catalog, measure: Query | Blend, tables: Contracts) -> "tuple[str, Tables | None, frozenset[str]]":
    """The dialect, what the query may read from, and the sensitive names that stand in no contract of it."""
    from core.queries import tables_of

    offered = tables_of(measure, tables)
    return (
        ("duckdb", offered, _hidden(catalog, measure))
        if isinstance(measure, Blend)
        else ("postgres", offered, frozenset())
    )


def _hidden(catalog: Catalog, measure: Blend) -> frozenset[str]:
    """Names of sensitive columns of its sheets and files: a dataset that is loaded from the same place tells them."""
    from core.rewrite.dimensions import plain

    bounds = [b for given in measure.tables.values() for b in catalog.datasets.values() if _is_same(b, given)]
    columns = [column for bound in bounds for column in bound.dataset.columns if column.sensitive]
    return frozenset(plain(name) for column in columns for name in (column.name, *column.also))


def _is_same(bound: BoundDataset, given: Input) -> bool:
    source = bound.dataset.source
    if isinstance(given, Sheet):
        return given.name == bound.name or (isinstance(source, Sheet) and source.name == given.name)
    return isinstance(given, File) and isinstance(source, File) and source.path == given.path
