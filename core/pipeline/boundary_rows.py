"""Boundary rows on the bench: what each of them does to a KPI's number, and whether the half-open rule holds.

The rule is judged where it applies: where a row alone counts in the middle of a period, and counts neither a period
earlier nor a period later. A query that looks back over 52 weeks is shown, not judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.boundaries import MOMENTS, Planted, around, changed, clock_changes, on_edge, over_new_year
from core.catalog import BoundDataset, Catalog
from core.checks import quoted
from core.dataset import Column
from core.errors import FactoryError, SourceError
from core.fixtures import Case, Given, Row, Rows
from core.measures import Blend, Sheet
from core.periods import Period
from core.pipeline.bench import Bench, Outcome
from core.readings import Number
from core.rewrite.reads import Reads, reads_of
from core.sources.files import open_duckdb
from core.sources.samples import Sample, open_sample

_TRIED = 120  # rows of a sample, until one counts
_SAMPLED = 400
_BACK = 4  # periods
_LACKS = "a row in its middle does not count by itself"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a planted row does: the number without it and with it. `fault` says how it breaks the half-open rule."""

    table: str
    planted: Planted
    rows: Rows
    without: Outcome
    with_it: Outcome
    counts: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """All effects, what could not be judged and why, and a crowd of rows for whoever wants many at once."""

    effects: Sequence[Effect] = ()
    remarks: Sequence[str] = ()
    judged: Sequence[str] = ()  # columns that the half-open rule was judged on
    crowd: Rows | None = None
    period: Period | None = None

    @property
    def faults(self) -> list[str]:
        return [effect.fault for effect in self.effects if effect.fault]


class Samples:
    """Sample rows of datasets, made once for all KPIs that read them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._made: dict[tuple[str, date, date], list[Row]] = {}

    def rows(self, dataset: str, period: Period) -> list[Row]:
        """Rows spread over the period and those before it; none where the dataset has no sample."""
        bound = self._catalog.datasets.get(dataset)
        if bound is None or not bound.sample.exists():
            return []
        key = (dataset, period.shift(1 - _BACK).start, period.end)
        if key not in self._made:
            self._made[key] = _sampled(bound, Sample(key[1], key[2]))
        return self._made[key]


def _sampled(bound: BoundDataset, sample: Sample) -> list[Row]:
    columns = bound.dataset.columns
    local = ", ".join(
        f"cast({quoted(c.name)} as timestamp)" if c.type == "timestamptz" else quoted(c.name) for c in columns
    )
    with open_duckdb(bound.card.zone) as duck:
        opened = open_sample(duck, "rows", bound, sample)
        each = max(1, opened.rows // _SAMPLED)
        found = duck.execute(f"select {local} from rows where rowid % {each} = 0").fetchall()  # noqa: S608
    zoned = {n for n, column in enumerate(columns) if column.type == "timestamptz"}
    return [
        {
            column.name: value.replace(tzinfo=bound.card.zone) if n in zoned and isinstance(value, datetime) else value
            for n, (column, value) in enumerate(zip(columns, row, strict=True))
        }
        for row in found
    ]


def try_boundaries(bench: Bench, samples: Samples, period: Period, cases: Sequence[Case]) -> Boundaries:
    """Every table's boundary rows, in the last period in which one of its sample rows counts."""
    subject = bench.subject
    reads = reads_of(subject.sql, subject.dialect, subject.tables)
    known = {given.name: _rows_of(bench, samples, given, period) for given in subject.given}
    effects: list[Effect] = []
    remarks: list[str] = []
    judged: list[str] = []
    for given in subject.given:
        base: Rows = {name: rows for name, rows in known.items() if name != given.name}
        found = _template(bench, given, base, _candidates(known[given.name], given, period, cases))
        if found is None:
            remarks.append(f"no row of {given.name} counts by itself, so none was planted")
            continue
        effects += _Table(bench, given, reads, base, *found).effects(remarks, judged)
    planted = {g.name: [r for e in effects if e.table == g.name for r in e.planted.rows] for g in subject.given}
    crowd = {name: [*rows[::2], *planted[name]] for name, rows in known.items()}
    return Boundaries(effects, remarks, judged, crowd, period)


def _rows_of(bench: Bench, samples: Samples, given: Given, period: Period) -> list[Row]:
    measure = bench.subject.definition.kpi.measure
    source = measure.tables.get(given.name) if isinstance(measure, Blend) else None
    name = source.name if isinstance(source, Sheet) else given.name
    rows = samples.rows(name, period)
    return [{column: row.get(column) for column in given.columns} for row in rows]


def _candidates(
    sampled: Sequence[Row], given: Given, period: Period, cases: Sequence[Case]
) -> Iterator[tuple[Period, Row]]:
    """Newest rows first, a period after the other; without a sample, the rows of the examples."""
    for back in range(_BACK):
        yield from ((period.shift(-back), row) for row in list(reversed(sampled))[:_TRIED])
    yield from ((case.period, row) for case in cases for row in case.rows.get(given.name, ()))


def _template(
    bench: Bench, given: Given, base: Rows, candidates: Iterator[tuple[Period, Row]]
) -> tuple[Period, Row] | None:
    """A row that counts by itself, of a ratio in both parts if there is one."""
    best: tuple[int, Period, Row] | None = None
    empty: dict[Period, Outcome] = {}
    for period, row in candidates:
        if best is not None and period != best[1]:
            break
        if period not in empty:
            empty[period] = bench.number(bench.subject.sql, {**base, given.name: []}, period)
        moved = _moved_parts(bench, empty[period], bench.number(bench.subject.sql, {**base, given.name: [row]}, period))
        if moved > (best[0] if best else 0):
            best = (moved, period, row)
        if moved > 1:
            break
    return (best[1], best[2]) if best else None


def _moved_parts(bench: Bench, before: Outcome, after: Outcome) -> int:
    """How many of numerator and denominator a row moves; of a plain value, both or none."""
    if not bench.differ(before, after) or not (isinstance(before, Number) and isinstance(after, Number)):
        return 0
    if not after.is_ratio:
        return 2
    return (before.numerator != after.numerator) + (before.denominator != after.denominator)


@dataclass(frozen=True)
class _Table:
    """One table under trial, with the row that is moved about."""

    bench: Bench
    given: Given
    reads: Reads
    base: Rows
    period: Period
    row: Row

    def effects(self, remarks: list[str], judged: list[str]) -> Iterator[Effect]:
        name = self.bench.subject.table_of(self.given)
        columns = self.reads.columns.get(name, ())
        cuts = {cut.column.name: cut.column for cut in self.reads.cuts if cut.table == name}
        moments = [column for column in cuts.values() if column.type in MOMENTS]
        if not moments:
            remarks.append(f"no moment of {self.given.name} is compared with the period: there is no boundary to judge")
        for column in moments:
            yield from self._of_column(column, columns, remarks, judged)
        yield from (self._effect(planted) for planted in changed(self.row, self.period, columns))

    def _of_column(
        self, column: Column, columns: Sequence[Column], remarks: list[str], judged: list[str]
    ) -> Iterator[Effect]:
        zone = self.bench.subject.definition.card.zone
        found = [self._effect(planted) for planted in around(column, self.row, self.period, zone)]
        why = _not_judged(column, found, self.period)
        if why:
            remarks.append(f"rows on the bounds of {self.given.name}.{column.name} are shown, not judged: {why}")
            yield from found
            yield from (self._effect(planted) for planted in self._edges(column, found))
            return
        judged.append(f"{self.given.name}.{column.name}")
        yield from self._judged(column, found)
        for elsewhere in (clock_changes, over_new_year):
            there = [self._effect(p) for p in elsewhere(column, self.row, self.period, zone, columns)]
            for period in dict.fromkeys(effect.planted.period for effect in there):
                found = [effect for effect in there if effect.planted.period == period]
                if any(effect.planted.role == "middle" and not effect.counts for effect in found):
                    remarks.append(f"{self.given.name}.{column.name} is not judged in {period.label}: {_LACKS}")
                    yield from found
                else:
                    yield from self._judged(column, found)

    def _judged(self, column: Column, effects: Sequence[Effect]) -> Iterator[Effect]:
        name = self.bench.subject.table_of(self.given)
        middle = next((e for e in effects if e.planted.role == "middle"), None)
        alike = (name, column.name) not in self.reads.beside
        for effect in effects:
            like = middle is None or not alike or not self.bench.differ(effect.with_it, middle.with_it)
            yield _with_fault(effect, like)

    def _edges(self, column: Column, found: Sequence[Effect]) -> Iterator[Planted]:
        """Rows at the moments that the query itself names, where they are not the period's own."""
        if self.bench.subject.dialect != "postgres":
            return
        name, seen = self.bench.subject.table_of(self.given), [effect.planted.moment for effect in found]
        for cut in self.reads.cuts:
            if cut.table != name or cut.column.name != column.name or not cut.bound:
                continue
            asked = f"select cast({cut.bound} as {column.type}) as value"
            answer = self.bench.trial.ask(asked, self.period)
            moment = answer.rows[0][0] if not isinstance(answer, SourceError) and answer.rows else None
            if isinstance(moment, date) and moment not in seen:
                seen.append(moment)
                yield from on_edge(column, self.row, self.period, moment)

    def _effect(self, planted: Planted) -> Effect:
        rows: Rows = {**self.base, self.given.name: planted.rows}
        sql = self.bench.subject.sql
        without = self.bench.number(sql, {**self.base, self.given.name: ()}, planted.period)
        with_it = self.bench.number(sql, rows, planted.period)
        return Effect(self.given.name, planted, rows, without, with_it, self.bench.differ(without, with_it))


def _not_judged(column: Column, effects: Sequence[Effect], period: Period) -> str:
    """Why the half-open rule does not apply to a column; empty where it does."""
    counted = {effect.planted.what: effect.counts for effect in effects if effect.planted.role == "neighbour"}
    if any(isinstance(effect.with_it, FactoryError) for effect in effects):
        return "the query fails on it"
    if not next(effect.counts for effect in effects if effect.planted.role == "middle"):
        return f"a row in the middle of {period.label} does not count by itself"
    also = [what for what, counts in counted.items() if counts]
    return f"a row {also[0]} counts too, so the query does not mean the period alone" if also else ""


def _with_fault(effect: Effect, like_the_middle: bool) -> Effect:
    planted = effect.planted
    place = f"{effect.table}.{planted.column} {planted.what}, {planted.moment}, in {planted.period.label}"
    fault = ""
    if planted.role == "inside" and not effect.counts:
        fault = f"{place}: a row does not count, and it should."
    elif planted.role == "inside" and not like_the_middle:
        fault = f"{place}: a row counts otherwise than one in the middle."
    elif planted.role == "outside" and effect.counts:
        fault = f"{place}: a row counts, and it should not."
    return Effect(effect.table, planted, effect.rows, effect.without, effect.with_it, effect.counts, fault)


def rows_told(row: Row, names: Mapping[str, bool]) -> str:
    """The named columns of a row, those that are sensitive left out: `status=ended, end_date=2026-08-01`."""
    return ", ".join(f"{name}={_cell(row.get(name))}" for name, sensitive in names.items() if not sensitive)


def _cell(value: object) -> str:
    """As a fixture would have it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
