"""Subjects: what is tried of a KPI, and with which tables, read from its file and those of its datasets alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.catalog import Catalog, Definition, Fault
from core.expressions import Expression
from core.fixtures import OPEN, Given, parents_given, read_cases
from core.measures import Blend, File, Query
from core.pipeline.checking import known_tables
from core.queries import tables_in, tables_of
from core.query_names import Tables
from core.rewrite.texts import on_temporary


@dataclass(frozen=True)
class Subject:
    """What is tried. `tables` is what its text may name, `given` what examples give rows of, in the same order."""

    definition: Definition
    sql: str
    dialect: str
    tables: Tables
    given: Sequence[Given]

    @property
    def written(self) -> str:
        """The query's text as it stands in the file."""
        measure = self.definition.kpi.measure
        return measure.sql if isinstance(measure, Query | Blend) else str(measure)

    def placed(self, sql: str) -> str:
        """A text of the query, on temporary tables: the schema's name is all that differs."""
        if self.dialect != "postgres":
            return sql
        return on_temporary(sql, "staging", frozenset(table.name for table in self.given))

    def table_of(self, given: Given) -> str:
        """What the text calls it."""
        return f"staging.{given.name}" if self.dialect == "postgres" else given.name.lower()


def subject_of(catalog: Catalog, definition: Definition) -> Subject | str:
    """What is tried of a KPI, or why nothing can be."""
    measure = definition.kpi.measure
    if isinstance(measure, Expression):
        return Subject(definition, "", "", {}, [parents_given(list(dict.fromkeys(measure.names())))])
    tables = tables_of(measure, known_tables(catalog)) or {}
    if isinstance(measure, Blend):
        return Subject(definition, measure.sql, "duckdb", tables, list(_inputs(measure, tables)))
    names = [name.lower() for name in tables_in(measure.sql)]
    bound = {dataset.table: dataset for dataset in catalog.datasets.values()}
    if unknown := [name for name in names if name not in bound]:
        return f"it reads {unknown[0]}, which no dataset describes: there is nothing to make a table of"
    known = known_tables(catalog)
    given = [Given(bound[name].name, {c.name: c.type for c in bound[name].dataset.columns}) for name in names]
    contracts = {name: {c.name.lower(): c for c in known[name] or ()} for name in names}
    return Subject(definition, measure.sql, "postgres", contracts, given)


def _inputs(measure: Blend, tables: Tables) -> Iterator[Given]:
    """The inputs of a blend; where nobody declares a type, the values tell it."""
    for name, source in measure.tables.items():
        if isinstance(source, File) and source.columns:
            yield Given(name, dict(source.columns))
            continue
        columns = tables[name.lower()]
        kinds = {column: getattr(origin, "type", OPEN) for column, origin in (columns or {}).items()}
        yield Given(name, kinds, unlimited=columns is None)


def fixture_faults(catalog: Catalog, definition: Definition) -> list[Fault]:
    """What is wrong with a KPI's examples before anything is run."""
    subject = subject_of(catalog, definition)
    return [] if isinstance(subject, str) else read_cases(definition, subject.given)[2]
