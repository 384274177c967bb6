"""Extracts: the files of a scorecard, as of the end of its last complete period.

What a KPI says as a whole is what stands in the ledger, as in every tab. Slices of it, which the ledger does not keep,
come from the KPI's own query, asked now; where that says something else of the whole, it is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from core.catalog import Definition
from core.errors import DefinitionError, FactoryError, MisuseError, SourceError
from core.evaluate import Sources, derive
from core.expressions import Expression, Ref
from core.extracts import Extract, Figure
from core.kpi import KPI
from core.ledger import readings
from core.periods import Cadence, Period, last_complete
from core.pipeline.extract_faults import extract_faults, kpis_of
from core.pipeline.extract_summary import HEAD, Told, lines
from core.pipeline.session import Session
from core.pipeline.slicing import Cut, Slicing
from core.pipeline.soundness import checks_of
from core.pipeline.under_way import family, sources_for
from core.publish.extract_files import Cell, Lines, Table
from core.readings import Number, Reading, State
from core.targets import Status
from core.units import show

_WORDS: Mapping[Cadence, str] = {"daily": "day", "weekly": "week", "monthly": "month"}


@dataclass
class Extracts:
    """What the files say. `bare` are the heads of those that have no say, since a number that belongs into them is not
    there: what stood in them stays, and `problems` tell why. `remarks` tell where a query answers otherwise now than
    when its number was recorded."""

    files: list[Table | Lines] = field(default_factory=list)
    bare: list[Table] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: Sequence[str] = ()


def with_files(session: Session, scorecards: Sequence[str], *, named: bool) -> list[str]:
    """Those that declare files. Raises MisuseError for one that was asked for and declares none, or where none does."""
    declared = [name for name in scorecards if session.catalog.scorecards[name].files]
    others = [name for name in scorecards if name not in declared]
    if others and (named or not declared):
        told = f"{' and '.join(others)} {'declares' if len(others) == 1 else 'declare'} no files."
        raise MisuseError(told, next_step="Write files=(Extract(...),) in its scorecard.py.")
    return declared


def extracts_of(session: Session, scorecard: str) -> Extracts:
    """Every file that the scorecard declares. Raises DefinitionError where they cannot be made of its KPIs."""
    catalog = session.catalog
    if faults := extract_faults(catalog, scorecard):
        raise DefinitionError(map(str, faults))
    files = catalog.scorecards[scorecard].files
    named = [kpi for extract in files for formula in extract.formulas for kpi in kpis_of(catalog, scorecard, formula)]
    everyone = family(catalog, [*(d for d in catalog.definitions if d.scorecard == scorecard), *named])
    sources = sources_for(session, everyone, checks_of(catalog, everyone, {}), run=0)
    with session.ledger() as connection:
        known = readings.all_current(connection, everyone, readings.reaches(connection, everyone))
    making, found = _Making(session, scorecard, sources, known), Extracts()
    for extract in files:
        try:
            found.files.append(making.file(extract))
        except FactoryError as error:
            if error.exit_code != 1:  # misused, not failed
                raise
            found.bare.append(Table(extract.name, making.head(extract), []))
            found.problems.append(f"{extract.name} stays as it was: {error}")
    return replace(found, remarks=list(dict.fromkeys(making.remarks)))


@dataclass
class _Making:
    """The files of one scorecard, from one look at the ledger and one at the data."""

    session: Session
    scorecard: str
    sources: Sources
    known: readings.Current
    remarks: list[str] = field(default_factory=list)
    _slicings: dict[tuple[str, ...], Slicing] = field(default_factory=dict)

    def file(self, extract: Extract) -> Table | Lines:
        if extract.is_summary:
            return self._summary(extract)
        last = self._last(self._kpis(extract.formulas[0])[0])
        periods = [last.shift(-n) for n in reversed(range(max(extract.last, 1)))]
        rows = [
            [*([period.label] if extract.last else []), *row]
            for period in periods
            for row in self._rows(extract, period, due=period == last)
        ]
        return Table(extract.name, self.head(extract), rows)

    def head(self, extract: Extract) -> Sequence[str]:
        """The same whether there are rows or not."""
        if extract.is_summary:
            return HEAD
        word = _WORDS[self._kpis(extract.formulas[0])[0].kpi.cadence]
        return [*([word] if extract.last else []), *extract.by, *extract.columns]

    def _summary(self, extract: Extract) -> Table | Lines:
        catalog = self.session.catalog
        mine = [
            d
            for d in catalog.definitions
            if d.scorecard == self.scorecard and extract.cadence in ("", d.kpi.cadence) and d.lives(self._last(d))
        ]
        told = [
            Told(d, self._standing(d, last), self._standing(d, last.shift(-1)).number)
            for d, last in ((d, self._last(d)) for d in mine)
        ]
        if extract.name.endswith(".txt"):
            card, newest = catalog.scorecards[self.scorecard], max(map(self._last, mine), key=lambda p: p.end)
            return Lines(extract.name, list(lines(card, newest, told)))
        return Table(extract.name, HEAD, [one.row() for one in told])

    def _last(self, definition: Definition) -> Period:
        card = definition.card
        return last_complete(definition.kpi.cadence, self.session.today(card), card.first_weekday)

    def _kpis(self, formula: Expression) -> list[Definition]:
        return kpis_of(self.session.catalog, self.scorecard, formula)

    def _rows(self, extract: Extract, period: Period, *, due: bool) -> Iterator[list[Cell]]:
        """One row, or one for each slice. Periods before the last one may lie before the first number."""
        figures, by = extract.figures, tuple(extract.by)
        if not by:
            yield [self._cell(figure, self._number(figure, period, due), period) for figure in figures.values()]
            return
        cuts = {column: self._cut(figure.of, by, period, due) for column, figure in figures.items()}
        found = [self._cut(extract.rows, by, period, due)] if extract.rows else list(cuts.values())
        keys = {key: None for cut in found for key in cut.parts}
        for key in sorted(keys, key=lambda key: [(said is None, str(said)) for said in key]):
            numbers = [self._cell(figure, cuts[column].of(key), period) for column, figure in figures.items()]
            yield [*map(_cell_of, key), *numbers]

    def _number(self, figure: Figure, period: Period, due: bool) -> Number:
        if figure.where:
            cut = self._cut(figure.of, tuple(figure.where), period, due)
            return cut.of(tuple(figure.where.values()))
        for kpi in self._kpis(figure.of) if due else ():
            self._require(kpi, self._standing(kpi, period))
        one = self._as_one(figure.of, period)
        found = self._standing(one, period) if one.path.name else derive(one, [period], self.sources, self._standing)[0]
        return found.number

    def _cut(self, formula: Expression, by: tuple[str, ...], period: Period, due: bool) -> Cut:
        slicing = self._slicings.setdefault(by, Slicing(self.session.catalog, self.sources, by))
        for kpi in self._kpis(formula) if due else ():
            self._compare(kpi, slicing.cut(kpi, period).headline)
        return slicing.cut(self._as_one(formula, period), period)

    def _standing(self, definition: Definition, period: Period) -> Reading:
        recorded = self.known.get(definition.key, {}).get(period)
        return recorded.reading if recorded else Reading(definition.key, period, state=State.MISSING)

    def _require(self, kpi: Definition, reading: Reading) -> None:
        """A formula may reach back before the first number; all else has one for a period that is due."""
        if reading.has_number or (reading.state is State.MISSING and isinstance(kpi.kpi.measure, Expression)):
            return
        why = f": {reading.note}" if reading.note else ""
        raise SourceError(
            f"{kpi.name} {reading.period.label} is {reading.state}{why}.",
            next_step=f"Run `kpi run {kpi.scorecard}`, then publish again.",
        )

    def _compare(self, kpi: Definition, now: Reading) -> None:
        """Its slices are those of the rows as they are now: they say another whole once rows have changed."""
        before = self._standing(kpi, now.period)
        self._require(kpi, now)
        self._require(kpi, before)
        if not now.number.same_as(before.number, Decimal(str(kpi.kpi.tolerance))):
            was, is_now = show(before.value, kpi.kpi.unit), show(now.value, kpi.kpi.unit)
            again = f"`kpi backfill {kpi.name} --from {now.period.label} --to {now.period.label}`"
            self.remarks.append(
                f"{kpi.name} {now.period.label} is {was} on record and {is_now} by the rows as they are now: {again}."
            )

    def _as_one(self, formula: Expression, period: Period) -> Definition:
        """A formula as a KPI that nobody declared; one that is a KPI already stays it."""
        kpis = self._kpis(formula)
        if isinstance(formula, Ref) and formula == Ref(formula.name):
            return kpis[0]
        words = KPI(title="", owner="", unit="", better="neither", cadence=period.cadence, measure=formula)
        return Definition(self.scorecard, str(formula), str(formula), words, kpis[0].card, "", Path())

    def _cell(self, figure: Figure, number: Number, period: Period) -> Cell:
        if figure.part == "is_off":
            status = self._kpis(figure.of)[0].kpi.status(number.value, period)
            return None if status is Status.UNKNOWN else status is Status.OFF
        parts = {"value": number.value, "numerator": number.numerator, "denominator": number.denominator}
        return parts[figure.part]


def _cell_of(said: object) -> Cell:
    return said if said is None or isinstance(said, str | Decimal | date | bool) else str(said)
