"""`kpi check`: every fault of every file at once, without a database, and with one what it says of the queries."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from core.catalog import Catalog, Definition, Fault
from core.dataset import Column
from core.errors import FactoryError, MisuseError
from core.measures import Blend, Query, binds
from core.periods import last_complete
from core.pipeline.session import Session

_SCORECARD_ROW = (
    *("year", "print_date", "sc_name", "last_sunday", "kpi_number", "range_type", "week_month", "field_name"),
    *("field_details", "field_value", "numerator", "denominator", "period", "period_start", "period_end", "starts_at"),
    *("ends_at", "state", "note", "run_id", "definition_hash", "reading_id"),
)


def check(session: Session, selectors: Sequence[str], *, ask_database: bool) -> tuple[list[Fault], list[str]]:
    """Faults, and remarks about what could not be checked."""
    catalog = session.catalog
    found = [f for f in catalog.faults if not selectors or any(_names(word, f) for word in selectors)]
    sound = _of_sound_files(catalog, selectors)
    told = bool(found) and not catalog.scorecards  # nothing to choose from, and the faults say why
    chosen = catalog.select(sound) if (sound or not selectors) and not told else []
    found += [fault for definition in chosen for fault in query_faults(catalog, definition)]
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
    """What the text of a KPI's queries already gives away."""
    from core.queries import measure_faults

    measure = definition.kpi.measure
    if isinstance(measure, Query | Blend):
        for what in measure_faults(measure, tables=known_tables(catalog), cadence=definition.kpi.cadence):
            yield Fault(definition.path, what)


def wrong_number_faults(catalog: Catalog, definition: Definition) -> list[str]:
    """The same, without tables that no dataset names: those the database knows, and its answer is right."""
    from core.queries import measure_faults, tables_in

    measure = definition.kpi.measure
    if not isinstance(measure, Query | Blend):
        return []
    inputs = [measure] if isinstance(measure, Query) else [q for q in measure.tables.values() if isinstance(q, Query)]
    named: dict[str, Sequence[Column] | None] = {table: None for q in inputs for table in tables_in(q.sql)}
    return measure_faults(measure, tables=named | known_tables(catalog), cadence=definition.kpi.cadence)


def known_tables(catalog: Catalog) -> dict[str, Sequence[Column] | None]:
    """Every table a query may name: the datasets' and the scorecards'."""
    row = [Column(name) for name in _SCORECARD_ROW]
    tables: dict[str, Sequence[Column] | None] = {d.table: d.dataset.columns for d in catalog.datasets.values()}
    return (
        tables
        | {f"vl_analytics.scorecard_{name}": row for name in catalog.scorecards}
        | {"vl_analytics.scorecard": row}
    )


def _explained(session: Session, chosen: Sequence[Definition]) -> tuple[list[Fault], list[str]]:
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError

    from core.databases import first_line

    faults: list[Fault] = []
    unloaded: dict[str, None] = {}
    for definition in chosen:
        measure = definition.kpi.measure
        if not isinstance(measure, Query) or any(query_faults(session.catalog, definition)):
            continue  # a query that its text gives away is not asked: it may not even be one
        period = last_complete(definition.kpi.cadence, session.today(definition.card), definition.card.first_weekday)
        try:
            engine = session.databases.reader(measure.database, definition.card.timezone)
            with engine.connect() as connection:
                connection.execute(sa.text(f"explain {measure.sql}"), binds(period))
        except FactoryError as error:
            return faults, [f"Queries were not explained: {error}"]
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state is None:
                return faults, [f"Queries were not explained: {first_line(error)}."]
            if state in ("42P01", "3F000"):
                unloaded |= dict.fromkeys(definition.datasets)
            else:
                faults.append(Fault(definition.path, f"the database says: {first_line(error)}"))
    remarks = [f"Not loaded yet, so not explained: {', '.join(unloaded)}. `kpi load` brings them."] if unloaded else []
    return faults, remarks
