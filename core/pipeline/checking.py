"""`kpi check`: every fault of every file at once, without a database, and with one what it says of the queries."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from core.catalog import BoundSegments, Catalog, Definition, Fault
from core.dataset import Column
from core.errors import FactoryError, MisuseError, SourceError
from core.measures import Blend, Query
from core.periods import last_complete
from core.pipeline.extract_faults import extract_faults
from core.pipeline.session import Session
from core.pipeline.sliceable import slicing_faults

_SCORECARD_ROW = (
    *("year", "print_date", "sc_name", "last_sunday", "kpi_number", "range_type", "week_month", "field_name"),
    *("field_details", "field_value", "numerator", "denominator", "period", "period_start", "period_end", "starts_at"),
    *("ends_at", "state", "note", "run_id", "definition_hash", "reading_id"),
)
_STATUS = ("sc_name", "kpi_number", "range_type", "period_start", "status", "target", "reading_id", "goal")
_QUALITY = (
    *("load_id", "dataset", "loaded_at", "watermark", "row_count", "level", "score", "columns_ignored", "warnings"),
)


def check(session: Session, selectors: Sequence[str], *, ask_database: bool) -> tuple[list[Fault], list[str]]:
    """Faults, and remarks about what could not be checked."""
    from core.pipeline.subjects import fixture_faults

    catalog = session.catalog
    found = [f for f in catalog.faults if not selectors or any(_names(word, f) for word in selectors)]
    sound = _of_sound_files(catalog, selectors)
    told = bool(found) and not catalog.scorecards  # nothing to choose from, and the faults say why
    chosen = catalog.select(sound) if (sound or not selectors) and not told else []
    found += [fault for definition in chosen for fault in query_faults(catalog, definition)]
    found += [fault for definition in chosen for fault in _untranslatable(session, definition)]
    found += [fault for definition in chosen for fault in fixture_faults(catalog, definition)]
    found += [fault for name in dict.fromkeys(d.scorecard for d in chosen) for fault in extract_faults(catalog, name)]
    for bound in catalog.segments_of(chosen):
        found += [Fault(bound.path, what) for what in segment_text_faults(catalog, bound, strict=True)]
    remarks: list[str] = []
    if ask_database:
        asked, remarks = _explained(session, chosen)
        found += asked
    return sorted(found, key=lambda f: (f.path, f.what)), remarks


def _of_sound_files(catalog: Catalog, selectors: Sequence[str]) -> list[str]:
    """Without the words that name nothing but files at fault."""
    return [word for word in selectors if not any(_names(word, f) for f in catalog.faults) or _selects(catalog, word)]


def _selects(catalog: Catalog, word: str) -> bool:
    try:
        return bool(catalog.select([word]))
    except MisuseError:
        return False


def _names(word: str, fault: Fault) -> bool:
    """Whether a word names the file at fault, or its scorecard."""
    scorecard, file = fault.path.parent.name, fault.path.stem
    place = re.match(r"kpi_([0-9]+[a-z]?)_(.*)", file)
    names = (scorecard, *(f"{scorecard}.{part}" for part in (place.groups() if place else [file])))
    return any(fnmatchcase(name, word) for name in names)


def query_faults(catalog: Catalog, definition: Definition) -> Iterator[Fault]:
    """What the text of a KPI's queries already gives away, and why they cannot be sliced as the KPI says."""
    from core.queries import measure_faults

    measure, tables = definition.kpi.measure, known_tables(catalog)
    if isinstance(measure, Query | Blend):
        parameters = definition.card.parameters
        for what in measure_faults(measure, tables=tables, cadence=definition.kpi.cadence, parameters=parameters):
            yield Fault(definition.path, what)
    for what in slicing_faults(catalog, definition, tables):
        yield Fault(definition.path, what)


def _untranslatable(session: Session, definition: Definition) -> Iterator[Fault]:
    """What an engine that a URL names would understand otherwise, as far as contracts tell the types."""
    from core.engines.urls import dialect_of
    from core.rewrite.dialects import Refusal, tables_of, translated

    measure, catalog = definition.kpi.measure, session.catalog
    inputs = [measure] if isinstance(measure, Query) else []
    inputs += [one for one in measure.tables.values() if isinstance(one, Query)] if isinstance(measure, Blend) else []
    contracts = {d.table: d.dataset.columns for d in catalog.datasets.values()}
    for query in inputs:
        dialect = dialect_of(session.settings.database_urls.get(query.database, ""))
        if dialect and contracts.keys() >= set(tables_of(query.sql)):
            found = translated(query.sql, dialect, contracts, zone=definition.card.timezone)
            if isinstance(found, Refusal):
                yield Fault(definition.path, str(found))


def wrong_number_faults(catalog: Catalog, definition: Definition) -> list[str]:
    """The same, without tables that no dataset names: those the database knows, and its answer is right."""
    from core.queries import measure_faults, tables_in

    measure = definition.kpi.measure
    if not isinstance(measure, Query | Blend):
        return []
    inputs = [measure] if isinstance(measure, Query) else [q for q in measure.tables.values() if isinstance(q, Query)]
    named: dict[str, Sequence[Column] | None] = {table: None for q in inputs for table in tables_in(q.sql)}
    cadence, parameters = definition.kpi.cadence, definition.card.parameters
    return measure_faults(measure, tables=named | known_tables(catalog), cadence=cadence, parameters=parameters)


def segment_text_faults(catalog: Catalog, bound: BoundSegments, *, strict: bool = False) -> list[str]:
    """What the text of a query for segments gives away; unless `strict`, it may name tables that no dataset has."""
    from core.queries import segment_faults, tables_in

    named = {} if strict else dict.fromkeys(tables_in(bound.segments.measure.sql))
    cadence, parameters = bound.of.kpi.cadence, bound.card.parameters
    tables = named | known_tables(catalog)
    return segment_faults(bound.segments, tables=tables, cadence=cadence, parameters=parameters)


def known_tables(catalog: Catalog) -> dict[str, Sequence[Column] | None]:
    """Every table a query may name: the datasets' and the scorecards'."""
    row = [Column(name) for name in _SCORECARD_ROW]
    tables: dict[str, Sequence[Column] | None] = {d.table: d.dataset.columns for d in catalog.datasets.values()}
    return (
        tables
        | {f"vl_analytics.scorecard_{name}": row for name in catalog.scorecards}
        | {"vl_analytics.scorecard": row}
        | {"vl_analytics.status": [Column(name) for name in _STATUS]}
        | {"vl_analytics.dataset_quality": [Column(name) for name in _QUALITY]}
    )


def _explained(session: Session, chosen: Sequence[Definition]) -> tuple[list[Fault], list[str]]:
    from core.engines.engine import NOT_LOADED, UnreachableError
    from core.sources.database import rehearsed

    faults: list[Fault] = []
    unloaded: dict[str, None] = {}
    for definition in chosen:
        measure = definition.kpi.measure
        if not isinstance(measure, Query) or any(query_faults(session.catalog, definition)):
            continue  # a query that its text gives away is not asked: it may not even be one
        period = last_complete(definition.kpi.cadence, session.today(definition.card), definition.card.first_weekday)
        try:
            engine = session.databases.reader(measure.database, definition.card.timezone)
        except FactoryError as error:
            return faults, [f"Queries were not explained: {error}"]
        try:
            rehearsed(engine, measure, period)
        except UnreachableError as error:
            told = error.what.removeprefix("The database could not be asked: ")
            return faults, [f"Queries were not explained: {told}"]
        except SourceError as error:
            if error.next_step == NOT_LOADED:
                unloaded |= dict.fromkeys(definition.datasets)
            else:
                said = error.what.removesuffix(".").replace("The query failed: ", "the database says: ")
                faults.append(Fault(definition.path, said))
    remarks = [f"Not loaded yet, so not explained: {', '.join(unloaded)}. `kpi load` brings them."] if unloaded else []
    return faults, remarks
