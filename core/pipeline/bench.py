"""The bench: one KPI's query over rows that somebody gives, and what it makes of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from core.errors import FactoryError, SourceError
from core.fixtures import Given, Row, Rows
from core.periods import Period
from core.pipeline.session import Session
from core.pipeline.subjects import Subject
from core.readings import Number
from core.sources.shape import number_of
from core.sources.trial import Trial, in_duckdb, on_postgres

Outcome = Number | FactoryError
"""What a query makes of rows: a number, or the error that a run would tell."""


@dataclass
class Bench:
    """Rows are put on it once, however many queries are asked of them; of the next rows only the tables that differ."""

    subject: Subject
    trial: Trial
    _lying: dict[str, Sequence[Row]] = field(default_factory=dict, repr=False)
    _placed: dict[str, str] = field(default_factory=dict, repr=False)

    def number(self, sql: str, rows: Rows, period: Period) -> Outcome:
        others = {name: rows.get(name, ()) for name in {*rows, *self._lying}}
        self.trial.fill({name: given for name, given in others.items() if given is not self._lying.get(name)})
        self._lying = others
        if sql not in self._placed:
            self._placed[sql] = self.subject.placed(sql)
        answer = self.trial.ask(self._placed[sql], period)
        if isinstance(answer, SourceError):
            return answer
        try:
            return number_of(answer, self.subject.definition.kpi.nothing_found)
        except FactoryError as error:
            return error

    def differ(self, one: Outcome, other: Outcome) -> bool:
        if isinstance(one, FactoryError) or isinstance(other, FactoryError):
            return isinstance(one, FactoryError) != isinstance(other, FactoryError)
        return not one.same_as(other, Decimal(str(self.subject.definition.kpi.tolerance)))


@contextmanager
def open_bench(session: Session, subject: Subject, typed: Sequence[Given]) -> Iterator[Bench]:
    """A bench with a table for each that is given, as temporary as the trial."""
    types, zone = {table.name: table.columns for table in typed}, subject.definition.card.timezone
    if subject.dialect == "duckdb":
        with in_duckdb(types, zone=zone) as trial:
            yield Bench(subject, trial)
        return
    engine, timeout = session.databases.writer(), session.settings.statement_timeout
    with on_postgres(engine, types, zone=zone, timeout=timeout) as trial:
        yield Bench(subject, trial)


def told(outcome: Outcome) -> str:
    """`3`, `3/4`, `unknown`, or the error in short."""
    if isinstance(outcome, FactoryError):
        return f"an error ({outcome.what.rstrip('.')})"
    if outcome.is_ratio:
        return f"{plain(outcome.numerator)}/{plain(outcome.denominator)}"
    return plain(outcome.value)


def plain(amount: Decimal | None) -> str:
    if amount is None:
        return "unknown"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
