"""History: what stands in the ledger, what stood there at an instant, and every line of the story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.catalog import Definition
from core.errors import MisuseError
from core.ledger import readings
from core.ledger.notes import Note
from core.ledger.restatements import Restatement, restatements
from core.ledger.rules import Recorded
from core.periods import parse
from core.pipeline.session import Session
from core.pipeline.views import View, view_as_of, view_now
from core.settling import Settling, settling


@dataclass(frozen=True)
class Told:
    """A KPI's period: every line recorded of it, oldest first, and what people say of it."""

    definition: Definition
    lines: Sequence[Recorded]
    notes: Sequence[Note]

    @property
    def line(self) -> Recorded:
        return self.lines[-1]

    @property
    def restatements(self) -> list[Restatement]:
        return restatements(self.lines)


def history(
    session: Session, selectors: Sequence[str], first: str = "", last: str = "", at: datetime | None = None
) -> list[Told]:
    """The recorded periods of these KPIs in order, as they stand or, with `at`, as they stood then.

    Raises MisuseError where nothing was known of a scorecard at that instant.
    """
    chosen = session.catalog.select(selectors)
    session.require_ledger()
    found: list[Told] = []
    for scorecard in dict.fromkeys(d.scorecard for d in chosen):
        view = _view(session, scorecard, at)
        wanted = {d.key for d in (view.definitions if scorecard in selectors else chosen)}
        for definition in sorted(view.definitions, key=lambda d: d.order):
            if definition.key in wanted:
                found += _periods(view, definition, first, last)
    return found


def how_it_settles(session: Session, definition: Definition) -> Settling | None:
    """How this KPI's numbers usually move once they are out; None without a ledger, or with too little in it."""
    with session.ledger() as connection:
        lines = readings.revisions(connection, [definition])[definition.key]
    return settling(lines, definition.card.zone, session.now())


def _view(session: Session, scorecard: str, at: datetime | None) -> View:
    if at is None:
        return view_now(session, scorecard, keep=False)
    view = view_as_of(session, scorecard, at)
    if view is None:
        raise MisuseError(
            f"Nothing was known of {scorecard} on {at:%Y-%m-%d %H:%M} UTC.",
            next_step=f"Choose a later --as-of; `kpi audit {scorecard} --log` tells when what was done.",
        )
    return view


def _periods(view: View, definition: Definition, first: str, last: str) -> list[Told]:
    weekday = definition.card.first_weekday
    start = parse(first, weekday).start if first else date.min
    end = parse(last, weekday).start if last not in ("", "last") else date.max
    return [
        Told(definition, lines, view.notes.get((definition.key, period), ()))
        for period, lines in view.lines[definition.key].items()
        if start <= period.start <= end
    ]
