"""`kpi show --plan`: how a KPI's query is asked for many periods, and why not otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.asking import Asking
from core.catalog import Definition
from core.due import last_due
from core.errors import FactoryError
from core.measures import Blend, Query
from core.periods import span
from core.pipeline.session import Session
from core.plans import Access, Batch, batches, way
from core.rewrite.shape import Form

YEAR = 53  # periods: what a plan is made for unless told otherwise

_SAID: dict[Form, str] = {
    "loop": "its query, period by period",
    "lateral": "its query as it is, once, beside a list of the periods",
    "scan": "one pass over the rows of all periods, grouped by period",
    "shared": "one query together with others over the same rows, period by period",
}


@dataclass(frozen=True)
class Planned:
    """How a query is asked; `beside` are the KPIs that the same statement answers."""

    form: Form
    beside: tuple[str, ...]
    access: Access | None
    refusals: tuple[tuple[Form, str], ...]

    def sentences(self) -> Iterator[str]:
        together = f" Asked together with {', '.join(self.beside)}." if self.beside else ""
        yield f"{self.form}: {_SAID[self.form]}.{together}"
        if self.access:
            by = "an index finds the rows of a period" if self.access.indexed else "the whole table is read each time"
            yield f"The engine says: {by}; about {self.access.rows:,.0f} rows in it."
        for form, why in self.refusals:
            yield f"Not as {form}: {why}."


def planned(session: Session, definition: Definition, count: int = YEAR) -> Planned | str:
    """The plan for the last `count` periods, among all KPIs of the scorecard; a sentence where nothing is planned."""
    measure = definition.kpi.measure
    if isinstance(measure, Blend):
        return "A Blend reads its inputs once and is asked period by period."
    if not isinstance(measure, Query):
        return "A formula asks no database: it computes with the numbers of other KPIs."
    last = last_due(definition, session.today(definition.card))
    periods = tuple(span(last.shift(1 - count), last))
    mates = [d for d in session.catalog.definitions if d.scorecard == definition.scorecard]
    work = [(d, periods) for d in mates if isinstance(d.kpi.measure, Query) and d.kpi.cadence == definition.kpi.cadence]
    batch = next(b for b in batches(work, session.plans, None, session.settings.pool) if definition in b.members)
    form, access = _way(session, batch)
    session.plans.keep()
    beside = tuple(member.name for member in batch.members if member is not definition)
    return Planned(form, beside, access, tuple(session.plans.anatomy(definition).refusals.items()))


def _way(session: Session, batch: Batch) -> tuple[Form, Access | None]:
    """As the engine says, where it can be asked: a plan can be shown before there is any data."""
    try:
        return Asking(session.databases, session.plans).way(batch)
    except FactoryError:
        return way(batch, session.plans, None, None), None
