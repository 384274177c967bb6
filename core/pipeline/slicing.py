"""Slicing: one KPI and one period, split by a dimension or a pair. Evaluated now, recorded nowhere.

The headline is the row over everything of the same statement. A formula is sliced by slicing what it is computed
from, and computing it for each slice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal

from core.catalog import Catalog, Definition
from core.errors import FactoryError, MisuseError, ShapeError, SourceError, did_you_mean
from core.evaluate import Sources, derive, evaluate, outlook, reading_of
from core.expressions import Arithmetic, Constant, Expression, Ref
from core.measures import Blend, Query, binds
from core.numbering import in_full
from core.periods import Period
from core.pipeline.checking import known_tables
from core.pipeline.reading import period_asked
from core.pipeline.session import Session
from core.pipeline.sliceable import dimensions_of, statement
from core.pipeline.soundness import checks_of
from core.pipeline.under_way import family, sources_for
from core.readings import UNKNOWN, Number, Reading, State
from core.rewrite.slices import MOST, Sliced
from core.sources.blend import blend
from core.sources.database import Answer, ask_all
from core.sources.shape import number_of

Key = tuple[object, ...]
"""The values of the dimensions. None is a null in the data."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice; `share` is its part of the headline, only where slices add up to it."""

    of: Key
    number: Number
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """A KPI's number for a period and its slices, the largest first, unknown ones last."""

    definition: Definition
    by: tuple[str, ...]
    headline: Reading
    slices: tuple[Slice, ...] = ()
    adds_up: bool = False


def split(session: Session, definition: Definition, by: Sequence[str], week: str = "") -> Split:
    """`by` names dimensions, as words or as lists with commas. Raises MisuseError for one that the KPI has not."""
    dimensions = _chosen(definition, by, dimensions_of(session.catalog, definition))
    period = period_asked(session, definition, week)
    checks = checks_of(session.catalog, family(session.catalog, [definition]), {})
    sources = sources_for(session, [definition], checks, run=0)
    cut = Slicing(session.catalog, sources, dimensions).cut(definition, period)
    whole = cut.headline.value
    slices = [
        Slice(key, number, number.value / whole if cut.adds_up and whole and number.value is not None else None)
        for key, number in cut.parts.items()
    ]
    return Split(definition, dimensions, cut.headline, tuple(sorted(slices, key=_order)), cut.adds_up)


def _chosen(definition: Definition, by: Sequence[str], offered: Sequence[str]) -> tuple[str, ...]:
    if not offered:
        raise MisuseError(
            f"{definition.name} declares no dimensions.", next_step='Add dimensions=("region",) to its file.'
        )
    known = {name.lower(): name for name in offered}
    words = [word.strip() for text in by for word in text.split(",") if word.strip()]
    told = ", ".join(offered)
    for word in words:
        if word.lower() not in known:
            hint = did_you_mean(word.lower(), known) or f"It has {told}."
            raise MisuseError(f'{definition.name} has no dimension "{word}". {hint}')
    found = tuple(known[word.lower()] for word in words)
    if not 1 <= len(found) <= MOST or len(set(found)) < len(found):
        raise MisuseError("--by takes one dimension or a pair of them.", next_step=f"{definition.name} has {told}.")
    return found


def _order(part: Slice) -> tuple[bool, Decimal, Decimal, list[tuple[bool, str]]]:
    """The largest first; of equal ratios, that which more stands behind; unknown ones last."""
    value, behind, nothing = part.number.value, part.number.denominator, Decimal(0)
    return value is None, -(value or nothing), -(behind or nothing), [(said is None, str(said)) for said in part.of]


@dataclass(frozen=True)
class Cut:
    """What a KPI says for a period, whole and by slice; `nothing` is what it says for a slice without any row."""

    headline: Reading
    parts: Mapping[Key, Number] = field(default_factory=dict)
    nothing: Number = UNKNOWN
    adds_up: bool = False

    def of(self, key: Key) -> Number:
        return self.parts.get(key, self.nothing)


@dataclass
class Slicing:
    """KPIs sliced by the same dimensions, each and each period once."""

    catalog: Catalog
    sources: Sources
    by: tuple[str, ...]
    _known: dict[tuple[str, Period], Cut] = field(default_factory=dict)

    def cut(self, definition: Definition, period: Period) -> Cut:
        if (definition.key, period) not in self._known:
            is_formula = isinstance(definition.kpi.measure, Expression)
            self._known[definition.key, period] = (self._computed if is_formula else self._asked)(definition, period)
        return self._known[definition.key, period]

    def _asked(self, definition: Definition, period: Period) -> Cut:
        if fault := self.sources.unsound.get(definition.key):
            return Cut(Reading(definition.key, period, state=State.FAILED, note=fault))
        mine = [name for asked in self.by for name in definition.kpi.dimensions if name.lower() == asked.lower()]
        told = " and ".join(self.by)
        if len(mine) < len(self.by):
            raise MisuseError(f"{definition.name} declares no dimension {told}.", next_step="`kpi check` tells more.")
        said = statement(self.catalog, definition, mine, known_tables(self.catalog))
        if isinstance(said, str):
            raise MisuseError(f"{definition.name} cannot be sliced by {told}: {said}")
        state, note = outlook(definition, period, self.sources)
        if state not in (State.FINAL, State.PROVISIONAL):
            return Cut(Reading(definition.key, period, state=state, note=note))
        try:
            return self._read(definition, period, said, self._answer(definition, said.sql, period), (state, note))
        except MisuseError:
            raise
        except FactoryError as error:
            what = f"{definition.name} could not be sliced by {told}: {error.what}"
            raise SourceError(what, next_step=error.next_step) from error

    def _answer(self, definition: Definition, sql: str, period: Period) -> Answer:
        measure, zone, databases = definition.kpi.measure, definition.card.timezone, self.sources.databases
        if isinstance(measure, Query):
            return ask_all(databases.reader(measure.database, zone), sql, binds(period))
        assert isinstance(measure, Blend)
        asked, data, tabs = replace(measure, sql=sql), self.sources.data, self.sources.tabs
        (answer,) = blend(asked, [period], databases=databases, data=data, zone=zone, tabs=tabs, every_row=True)
        if isinstance(answer, FactoryError):
            raise answer
        return answer

    def _read(
        self, definition: Definition, period: Period, said: Sliced, answer: Answer, allowed: tuple[State, str]
    ) -> Cut:
        """The row over everything is the headline; every other row is a slice."""
        mark, empty = len(self.by), definition.kpi.nothing_found
        columns = answer.columns[mark + 1 :]
        whole = Answer(columns, [row[mark + 1 :] for row in answer.rows if row[mark]])
        rows = [row for row in answer.rows if not row[mark]]
        if whole.rows:
            headline = reading_of(definition, period, whole, *allowed, self.sources)
        else:  # an engine that gives no row over nothing: then there is no slice either
            headline = evaluate(definition, [period], self.sources)[0][1]
        if not headline.has_number:
            return Cut(headline)
        parts = {_key(row[:mark]): number_of(Answer(columns, [row[mark + 1 :]]), empty) for row in rows}
        if len(parts) < len(rows):
            raise ShapeError("A slice has more than one row.", next_step="Let the query return one row without --by.")
        proven = said.of_no_rows
        nothing = UNKNOWN if proven is None else number_of(Answer(tuple(proven), [tuple(proven.values())]), empty)
        return Cut(headline, parts, nothing, said.adds_up and not empty)

    def _computed(self, definition: Definition, period: Period) -> Cut:
        expression = definition.kpi.measure
        assert isinstance(expression, Expression)
        (headline,) = derive(definition, [period], self.sources, lambda part, needed: self._part(part, needed).headline)
        if not headline.has_number:
            return Cut(headline)
        cuts = {
            (name, needed): self._part(self.catalog.by_name[in_full(name, definition.scorecard)], needed)
            for name, needed in expression.needs(period)
        }
        _require_same_kinds(list(cuts.values()), self.by, self.catalog)
        keys = dict.fromkeys(key for cut in cuts.values() for key in cut.parts)
        parts = {key: _number(expression, period, {need: cut.of(key) for need, cut in cuts.items()}) for key in keys}
        nothing = _number(expression, period, {need: cut.nothing for need, cut in cuts.items()})
        return Cut(headline, parts, nothing, _adds_up(expression, {name: cut for (name, _), cut in cuts.items()}))

    def _part(self, definition: Definition, period: Period) -> Cut:
        if definition.lives(period):
            return self.cut(definition, period)
        note = "it begins later or is retired"
        return Cut(Reading(definition.key, period, state=State.MISSING, note=note))


def _number(expression: Expression, period: Period, parts: Mapping[tuple[str, Period], Number]) -> Number:
    try:
        return expression.number(period, lambda name, needed: parts[name, needed])
    except ShapeError:  # no mean across a ratio and the plain number that stands for nothing found
        return UNKNOWN


def _adds_up(formula: Expression, cuts: Mapping[str, Cut]) -> bool:
    """Where a part is unknown in one slice, the whole loses what the other parts have there."""
    if isinstance(formula, Ref):
        return cuts[formula.name].adds_up and (formula.length == 1 or _is_known(formula, cuts))
    if not isinstance(formula, Arithmetic):
        return False
    left, right = formula.left, formula.right
    if formula.operator in ("+", "-"):
        return all(_adds_up(side, cuts) and _is_known(side, cuts) for side in (left, right))
    if formula.operator == "*" and isinstance(left, Constant):
        left, right = right, left
    return isinstance(right, Constant) and _adds_up(left, cuts)


def _is_known(formula: Expression, cuts: Mapping[str, Cut]) -> bool:
    return all(cuts[ref.name].nothing.value is not None for ref in formula.refs())


def _key(values: Sequence[object]) -> Key:
    return tuple(map(_plain, values))


def _plain(value: object) -> object:
    """A value that is equal for equal values, whatever the driver makes of them."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        exact = Decimal(str(value))
        return exact if exact.is_finite() else str(value)
    return value if value is None or isinstance(value, str | bool | date | time) else str(value)


def _require_same_kinds(cuts: Sequence[Cut], by: Sequence[str], catalog: Catalog) -> None:
    """1 and '1' are two slices: then every number would be computed from a part that is absent."""
    for place, dimension in enumerate(by):
        kinds = {
            _kind(key[place]): catalog.by_name[cut.headline.kpi].name
            for cut in cuts
            for key in cut.parts
            if key[place] is not None
        }
        if len(kinds) > 1:
            told = " and ".join(f"{kind} in {name}" for kind, name in kinds.items())
            raise ShapeError(f'The dimension "{dimension}" is {told}.', next_step="Cast it in one of the queries.")


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, Decimal):
        return "a number"
    return "a moment" if isinstance(value, datetime) else "a date" if isinstance(value, date) else "text"
