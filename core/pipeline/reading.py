"""Status, history and preview: what is in the ledger, and what would be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from core.catalog import Definition
from core.checks import Level
from core.due import last_due, without_holes
from core.errors import MisuseError
from core.evaluate import derive, evaluate
from core.expressions import Expression
from core.ledger import publications, readings, runs
from core.periods import Period, parse, span
from core.pipeline.session import Session
from core.pipeline.soundness import checks_of
from core.pipeline.under_way import datasets_of, family, sources_for
from core.readings import Reading
from core.targets import Alarm, Status

PREVIEW = 13  # periods: a quarter of weeks


@dataclass(frozen=True)
class Line:
    """A KPI and its readings in order, one for each period, without a hole."""

    definition: Definition
    readings: Sequence[Reading]
    before: Reading | None = None
    """The one of the period before the first."""

    def status(self, reading: Reading) -> Status:
        return self.definition.kpi.status(reading.value, reading.period)

    def alert(self, reading: Reading) -> str:
        """How severe it is that the number is as it is, or changed as it did."""
        found = self._alarm(reading)
        return found.severity if found else ""

    def alarm(self, reading: Reading) -> str:
        """The same in words."""
        return str(self._alarm(reading) or "")

    def _alarm(self, reading: Reading) -> Alarm | None:
        return self.definition.kpi.alarm(self._value_before(reading), reading.value)

    def _value_before(self, reading: Reading) -> Decimal | None:
        return self._values.get(reading.period.shift(-1))

    @cached_property
    def _values(self) -> dict[Period, Decimal | None]:
        return {r.period: r.value for r in [*([self.before] if self.before else []), *self.readings]}


def status(session: Session, selectors: Sequence[str], first: str = "", last: str = "") -> list[Line]:
    """Every KPI and due period in exactly one state."""
    chosen = session.catalog.select(selectors)
    with session.ledger() as connection:
        reach = readings.reaches(connection, chosen)
        known = readings.all_current(connection, chosen, reach)
    lines = []
    for definition in chosen:
        mine = {period: r.reading for period, r in known[definition.key].items()}
        began = reach.get(definition.key)
        grid = without_holes(definition, mine, began.first if began else None, session.today(definition.card))
        lines.append(_within(Line(definition, grid), first, last))
    return lines


def preview(session: Session, definition: Definition, count: int = PREVIEW, week: str = "") -> Line:
    """The last complete periods, evaluated now and recorded nowhere."""
    last = period_asked(session, definition, week)
    periods = list(span(last.shift(1 - count), last))
    checks = checks_of(session.catalog, family(session.catalog, [definition]), {})
    sources = sources_for(session, [definition], checks, run=0)
    if isinstance(definition.kpi.measure, Expression):
        return Line(definition, derive(definition, periods, sources, lambda *_: None))
    return Line(definition, [reading for _, reading in evaluate(definition, periods, sources)])


def period_asked(session: Session, definition: Definition, label: str) -> Period:
    """The period of that name, or the last one that is due. Raises MisuseError for one of another kind."""
    today = session.today(definition.card)
    period = parse(label, definition.card.first_weekday) if label else last_due(definition, today)
    if period.cadence != definition.kpi.cadence:
        raise MisuseError(f"{definition.name} is {definition.kpi.cadence}; {period.label} is not.")
    return period


def unhealthy(
    session: Session, definitions: Sequence[Definition], at: datetime | None = None
) -> list[runs.LoadOnRecord]:
    """The datasets below these KPIs whose contract does not hold, or did not at that instant, with the broken rules."""
    return [load for load in loads_below(session, definitions, at) if load.level is not Level.PASS]


def loads_below(
    session: Session, definitions: Sequence[Definition], at: datetime | None = None
) -> list[runs.LoadOnRecord]:
    """The latest load of each dataset below these KPIs, now or at that instant."""
    mine = [session.catalog.by_name[d.key] for d in definitions if d.key in session.catalog.by_name]
    with session.ledger() as connection:
        loads = runs.latest_loads(connection, datasets_of(session.catalog, mine), at)
    return [load for _, load in sorted(loads.items())]


def owed(session: Session) -> list[publications.Owed]:
    """Publications that were asked for and have not landed."""
    with session.ledger() as connection:
        return publications.owed(connection)


@dataclass(frozen=True)
class LastRun:
    scorecard: str
    run: int
    command: str
    state: str
    started_at: datetime


def last_runs(session: Session) -> list[LastRun]:
    """By scorecard: what ran last, and how it ended."""
    with session.ledger() as connection:
        found = runs.latest(connection)
    return [
        LastRun(scorecard, row["run_id"], row["command"], row["state"], row["started_at"])
        for scorecard, row in sorted(found.items())
    ]


def _within(line: Line, first: str, last: str) -> Line:
    weekday = line.definition.card.first_weekday
    start = parse(first, weekday).start if first else date.min
    end = parse(last, weekday).start if last not in ("", "last") else date.max
    earlier = [reading for reading in line.readings if reading.period.start < start]
    chosen = [reading for reading in line.readings if start <= reading.period.start <= end]
    return Line(line.definition, chosen, earlier[-1] if earlier else None)
