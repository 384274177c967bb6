"""What every KPI file gets for free: a new file is tested here without a line of test code.

It runs on sample rows and, where there are some, on real ones; twice is once; one period alone says what a backfill of
several says; slices are consistent with the headline; tables without a row and rows without a value turn into no error
and no invented number; a row at each end of the period counts by the half-open rule.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.catalog import Definition
from core.discovery import read_catalog
from core.errors import FactoryError
from core.expressions import Expression
from core.fixtures import fixture_of
from core.periods import Cadence, Period, last_complete, parse
from core.pipeline.bench import open_bench
from core.pipeline.boundary_rows import Samples, try_boundaries
from core.pipeline.loading import load
from core.pipeline.past import history
from core.pipeline.reading import preview
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.pipeline.slicing import Split, split
from core.pipeline.subjects import subject_of
from core.readings import Reading, State
from core.settings import Settings

from .bpi_cases import fill
from .loan_months import write_book
from .nfl_games import shape
from .orders_of_lines import write_orders

ROOT = Path(__file__).parents[2]
CATALOG = read_catalog(ROOT / "scorecards")
TODAY = date(2026, 11, 20)
PERIODS = 3
REAL = {
    "order_lines": date(2011, 12, 9),
    "orders": date(2011, 12, 9),
    "loan_book": date(2005, 10, 5),
    "games": date(2014, 1, 15),
    "support_cases": date(2012, 5, 10),
}
"""Datasets of which there are real rows, and a day on which their last complete periods have some."""

NOT_IN_THE_REAL_BOOK = {
    f"lending.{slug}"
    for slug in (
        "lgd",
        "realized_loss",
        "write_off_rate",
        "default_rate",
        "nominal_yield",
        "effective_yield",
        "originations",
        "retention",
    )
}
"""It tells no rates, no write-offs and no openings: these stay unknown on it, and are not 0."""


def last_of(cadence: Cadence, today: date = TODAY) -> Period:
    card = next(d.card for d in CATALOG.definitions if d.kpi.cadence == cadence)
    return last_complete(cadence, today, card.first_weekday)


def due(definition: Definition) -> bool:
    """Those that begin later have no period yet."""
    since = definition.kpi.since
    return not since or parse(since).start <= last_of(definition.kpi.cadence).shift(1 - PERIODS).start


def tolerance(definition: Definition) -> Decimal:
    return Decimal(str(definition.kpi.tolerance))


DUE = [definition for definition in CATALOG.definitions if due(definition)]
NAMES = [definition.name for definition in DUE]
SLICED = [(definition.name, dimension) for definition in DUE for dimension in definition.kpi.dimensions]
OVER_ROWS = [
    definition.name
    for definition in CATALOG.definitions
    if not (isinstance(definition.kpi.measure, Expression) or definition.reads_the_ledger)
]
WITHOUT_EXAMPLES = [name for name in OVER_ROWS if not fixture_of(CATALOG.by_name[name]).exists()]
"""`test_examples.py` tries the boundaries of the others, with their examples."""
ON_REAL_ROWS = [d.name for d in CATALOG.definitions if d.datasets and set(d.datasets) <= REAL.keys()]


@dataclass(frozen=True)
class Shop:
    """All sample rows, and every KPI over its last periods: recorded once, then once more."""

    session: Session
    recorded: Mapping[tuple[str, Period], Reading]
    lines: Mapping[str, int]
    """By KPI: lines of history after the second time, beyond one for each period."""
    samples: Samples


@pytest.fixture(scope="module")
def shop(new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("every")
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, TODAY)
    assert load(session, [], files={}, sample=True).problems == []
    for force in (False, True):
        for cadence in ("daily", "monthly", "weekly"):  # weeks roll up the others
            last = last_of(cadence)
            kpis = [d.name for d in DUE if d.kpi.cadence == cadence]
            report = backfill(session, kpis, last.shift(1 - PERIODS).label, last.label, force=force)
            assert report.problems == []
    told = history(session, [])
    recorded = {(t.definition.name, t.line.reading.period): t.line.reading for t in told}
    again = Counter({t.definition.name: 0 for t in told})
    for one in told:
        again[one.definition.name] += len(one.lines) - 1
    yield Shop(session, recorded, again, Samples(session.catalog))
    session.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_number_on_the_sample_rows(shop: Shop, name: str) -> None:
    found = shop.recorded[name, last_of(CATALOG.by_name[name].kpi.cadence)]
    assert found.state in (State.FINAL, State.PROVISIONAL), found.note
    assert found.value is not None, found.note


@pytest.mark.parametrize("name", NAMES)
def test_twice_is_once(shop: Shop, name: str) -> None:
    assert shop.lines[name] == 0


@pytest.mark.parametrize("name", NAMES)
def test_one_period_alone_says_what_a_backfill_of_several_says(shop: Shop, name: str) -> None:
    definition = CATALOG.by_name[name]
    period = last_of(definition.kpi.cadence).shift(-1)
    (alone,) = preview(shop.session, definition, 1, period.label).readings
    recorded = shop.recorded[name, period]
    assert alone.number.same_as(recorded.number, tolerance(definition)), f"{alone} and {recorded}"
    assert (alone.number.numerator is None) == (recorded.number.numerator is None)


@pytest.mark.parametrize(("name", "dimension"), SLICED)
def test_slices_are_consistent_with_the_headline(shop: Shop, name: str, dimension: str) -> None:
    definition = CATALOG.by_name[name]
    period = last_of(definition.kpi.cadence)
    found = split(shop.session, definition, [dimension], period.label)
    assert found.headline.number.same_as(shop.recorded[name, period].number, tolerance(definition))
    assert found.slices or not found.headline.value, "no slice at all"
    assert consistent(found)


def consistent(found: Split) -> bool:
    """Parts that add up are the whole; of a ratio its parts do, unless what is counted stands in several slices."""
    numbers = [part.number for part in found.slices]
    whole = found.headline.number
    if found.adds_up:
        return sum(number.value or 0 for number in numbers) == whole.value
    if whole.is_ratio:
        numerators, denominators = ([getattr(n, w) or 0 for n in numbers] for w in ("numerator", "denominator"))
        assert whole.numerator is not None
        assert whole.denominator is not None
        if sum(denominators) == whole.denominator:  # every row is in one slice
            return sum(numerators) == whole.numerator
        return sum(denominators) > whole.denominator >= max(denominators)
    values = [number.value for number in numbers if number.value is not None]
    assert whole.value is not None
    return min(values) <= whole.value <= max(max(values), sum(values))


@pytest.mark.parametrize("name", OVER_ROWS)
def test_tables_without_a_row_and_rows_without_a_value_invent_no_number(shop: Shop, name: str) -> None:
    definition = CATALOG.by_name[name]
    subject = subject_of(CATALOG, definition)
    assert not isinstance(subject, str), subject
    period = last_of(definition.kpi.cadence)
    with open_bench(shop.session, subject, subject.given) as bench:
        empty = bench.number(subject.sql, {given.name: () for given in subject.given}, period)
        nulls = bench.number(subject.sql, {g.name: [dict.fromkeys(g.columns)] for g in subject.given}, period)
    for outcome in (empty, nulls):
        assert not isinstance(outcome, FactoryError), outcome
        assert outcome.value in (None, 0, definition.kpi.nothing_found)
    assert not isinstance(empty, FactoryError)
    assert empty.value is None or not empty.is_ratio, "a ratio of nothing is unknown"


@pytest.mark.parametrize("name", WITHOUT_EXAMPLES)
def test_a_row_at_each_end_of_the_period_counts_by_the_half_open_rule(shop: Shop, name: str) -> None:
    definition = CATALOG.by_name[name]
    subject = subject_of(CATALOG, definition)
    assert not isinstance(subject, str), subject
    with open_bench(shop.session, subject, subject.given) as bench:
        found = try_boundaries(bench, shop.samples, last_of(definition.kpi.cadence), [])
    assert found.faults == []
    errors = [effect.with_it for effect in found.effects if isinstance(effect.with_it, FactoryError)]
    assert errors == []
    assert found.judged or found.remarks, "neither judged nor said why not"


@pytest.fixture(scope="module")
def real(
    new_database: Callable[[str], str], migrated: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[date], Session]]:
    """The real rows, shaped into the datasets; a session on any day."""
    home, url = tmp_path_factory.mktemp("real"), new_database(migrated)
    settings = Settings(home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=url)
    files = {
        "order_lines": real_data / "online_retail.parquet",
        "orders": write_orders(real_data / "online_retail.parquet", home / "orders.parquet"),
        "loan_book": write_book(real_data / "uci_credit_card_monthly.parquet", home / "book.parquet"),
        "games": shape(real_data / "nfl_games.parquet", home / "games.parquet"),
    }
    session = Session(settings, TODAY)
    assert load(session, list(files), files={name: str(file) for name, file in files.items()}).problems == []
    cases = CATALOG.datasets["support_cases"]
    columns = {column.name: column.type for column in cases.dataset.columns}
    fill(url, real_data / "bpi_13_incidents_cases.parquet", cases.table, columns, home)
    session.close()
    opened: dict[date, Session] = {}
    yield lambda today: opened.setdefault(today, Session(settings, today))
    for one in opened.values():
        one.close()


@pytest.mark.real
@pytest.mark.parametrize("name", ON_REAL_ROWS)
def test_it_has_a_number_on_the_real_rows(real: Callable[[date], Session], name: str) -> None:
    """Which one, `test_real_*` say."""
    definition = CATALOG.by_name[name]
    today = min(REAL[dataset] for dataset in definition.datasets)
    period = last_of(definition.kpi.cadence, today)
    (found,) = preview(real(today), definition, 1, period.label).readings
    assert found.state in (State.FINAL, State.PROVISIONAL), found.note
    assert (found.value is None) == (name in NOT_IN_THE_REAL_BOOK), found.note
