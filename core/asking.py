"""Asking: the queries of many KPIs for many periods, in as few statements as give the same answers.

Whatever is not the loop is proved against it: a sample of the periods is asked both ways, and where they differ,
or where the statement fails, the loop is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from time import perf_counter

from core.catalog import Definition
from core.databases import Databases
from core.engines.engine import LABELS, Engine
from core.errors import FactoryError, ShapeError, SourceError
from core.measures import binds
from core.plans import FEW, Access, Batch, Plans, query_of, way
from core.readings import Number
from core.rewrite.forms import NOTHING, Asked, By, lateral, scan
from core.rewrite.shape import Form
from core.sources.access import uses_index
from core.sources.database import Answer, ask, ask_all, ask_each, ask_on
from core.sources.shape import number_of

_BY: Mapping[str, By] = {"postgres": "search", "duckdb": "steps", "spark": "steps", "trino": "steps"}
"""How a row's period is found there; elsewhere the periods are joined."""

Answers = list[Answer | FactoryError]
"""One for each period."""


@dataclass
class Asking:
    """How KPIs are asked: in the form that is asked for, or that the engine's words suggest. `prove` compares a sample
    of every statement with the loop, also of one that was compared before."""

    databases: Databases
    plans: Plans
    form: Form | None = None
    prove: bool = False
    remarks: list[str] = field(default_factory=list)

    def answers(self, batch: Batch) -> Mapping[str, Answers]:
        """By KPI key. Raises FactoryError where the database cannot be asked at all."""
        form, _ = self.way(batch)
        self._tell_why_not(batch, form)
        return self._answers(batch, form)

    def _answers(self, batch: Batch, form: Form) -> Mapping[str, Answers]:
        engine = self.databases.reader(batch.database, batch.zone)
        if form == "loop":
            return self._looped(engine, batch)
        try:
            found = _asked(engine, batch, form)
        except Exception as error:  # whatever it is, the loop is still there
            return self._apart(engine, batch, form, error)
        return found if self._holds(engine, batch, form, found) else self._looped(engine, batch)

    def way(self, batch: Batch) -> tuple[Form, Access | None]:
        """The form in which it is asked, and what the engine says of it. A database whose SQL is not known here is
        asked nothing but its queries."""
        engine = self.databases.reader(batch.database, batch.zone)
        if not _is_known(engine):
            return "loop", None
        access = self._access(engine, batch)
        return way(batch, self.plans, self.form, access), access

    def _access(self, engine: Engine, batch: Batch) -> Access | None:
        """What the engine says of the batch, asked once and remembered; None where it is not worth asking."""
        worth = len(batch.periods) >= (2 if len(batch.members) > 1 else FEW)
        if self.form not in (None, "shared") or not worth or engine.dialect != "postgres":
            return None
        if known := self.plans.access(batch):
            return known
        try:
            with engine.connect() as connection:  # to open it takes longer than to ask
                began = perf_counter()
                ask_on(engine, connection, "select 1", {})
                seconds = perf_counter() - began
                told = ask_on(engine, connection, f"explain (format json) {batch.sql}", binds(batch.periods[-1]))
        except SourceError:
            return Access(True, 0, 0, 0, self.plans.now)  # the loop will tell what is wrong, in its own words
        access = Access(*uses_index(told.rows[0][0], batch.shape.tied if batch.shape else ""), seconds, self.plans.now)
        self.plans.remember(batch, access)
        return access

    def _tell_why_not(self, batch: Batch, form: Form) -> None:
        """Where another form was asked for than is possible."""
        member, *others = batch.members
        told = {**self.plans.anatomy(member).refusals}
        if not _is_known(self.databases.reader(batch.database, batch.zone)):
            told = dict.fromkeys(("lateral", "scan", "shared"), "the SQL of its database is not known here")
        if self.form in ("lateral", "scan") and form != self.form:
            why = told.get(self.form, "its query leaves that open")
            self.remarks.append(f"{member.key}: asked period by period, not as {self.form}: {why}.")
        elif self.form == "shared" and (form == "loop" or not others):
            why = told.get("shared", "no other KPI that is asked now reads the same rows of the same periods")
            self.remarks += [f"{one.key}: asked alone, not as shared: {why}." for one in batch.members]

    def _apart(self, engine: Engine, batch: Batch, form: Form, error: Exception) -> Mapping[str, Answers]:
        """A statement that fails says nothing about the single query in it: they are asked one by one."""
        if len(batch.members) == 1:
            if self.form:
                self.remarks.append(f"{batch.members[0].key}: asked period by period, since {form} fails: {error}")
            return self._looped(engine, batch)
        shapes = [self.plans.anatomy(member).shape for member in batch.members]
        parts = [Batch((m,), batch.periods, s) for m, s in zip(batch.members, shapes, strict=True)]
        return {key: found for part in parts for key, found in self._answers(part, self.way(part)[0]).items()}

    def _holds(self, engine: Engine, batch: Batch, form: Form, found: Mapping[str, Answers]) -> bool:
        """Whether a sample of the periods, asked one by one, says the same.

        What says nothing or 0 in all of them has not been seen to say anything: it is looked at again the next time.
        """
        unproved = [m for m in batch.members if self.prove or not self.plans.is_proved(batch, form, m)]
        sample = _sample(batch)
        periods = [batch.periods[n] for n in sample]
        looped = ask_each(engine, [(query_of(member), periods) for member in unproved]) if unproved else []
        for member, answers in zip(unproved, looped, strict=True):
            for n, answer in zip(sample, answers, strict=True):
                if not _same(answer, found[member.key][n], member):
                    self.remarks.append(
                        f"{member.key} {batch.periods[n].label}: asked as {form}, its query says something else than "
                        f"asked for that period alone. It was asked period by period; please report its query."
                    )
                    self.plans.disprove(batch, form)
                    return False
            if any(map(_says_something, answers)):
                self.plans.prove(batch, form, member)
        return True

    @staticmethod
    def _looped(engine: Engine, batch: Batch) -> Mapping[str, Answers]:
        return {member.key: list(ask(engine, query_of(member), batch.periods)) for member in batch.members}


def _is_known(engine: Engine) -> bool:
    """Whether what it speaks is known here."""
    return engine.dialect == "postgres" or engine.dialect in LABELS


def _asked(engine: Engine, batch: Batch, form: Form) -> Mapping[str, Answers]:
    """The answers of one statement, taken apart by KPI and period. Raises SourceError."""
    if form == "shared":
        found = [ask_all(engine, batch.sql, binds(period)) for period in batch.periods]
    else:
        asked = _statement(engine, batch, form)
        found = _by_period(ask_all(engine, asked.sql), asked, len(batch.periods))
    if len(batch.members) == 1:
        return {batch.members[0].key: list(found)}
    return {member.key: [_share(answer, n) for answer in found] for n, member in enumerate(batch.members)}


def _statement(engine: Engine, batch: Batch, form: Form) -> Asked:
    if form == "scan":
        assert batch.shape is not None
        return scan(batch.shape, batch.periods, by=_BY.get(engine.dialect, "join"))
    return lateral(batch.sql, batch.periods)


def _by_period(told: Answer, asked: Asked, count: int) -> list[Answer]:
    """Rows that begin with the place of their period, as one answer a period."""
    columns = told.columns[1:]
    rows: list[list[Sequence[object]]] = [[] for _ in range(count)]
    nothing: list[Sequence[object]] = []
    for place, *row in told.rows:
        number = int(str(place))
        if number == NOTHING:
            nothing.append(row)
        elif number in asked.places:
            rows[asked.places[number]].append(row)
    return [Answer(columns, (found or nothing)[:2]) for found in rows]


def _share(answer: Answer, member: int) -> Answer:
    """One member's columns of a shared answer."""
    prefix = f"kpi_{member}_"
    mine = [n for n, name in enumerate(answer.columns) if name.startswith(prefix)]
    columns = tuple(answer.columns[n].removeprefix(prefix) for n in mine)
    return Answer(columns, [[row[n] for n in mine] for row in answer.rows])


def _sample(batch: Batch) -> list[int]:
    """Places of two periods, and one more for each year of weeks; the same ones whenever the same is asked."""
    count = len(batch.periods)
    drawn = Random(f"{batch.members[0].key} {batch.periods[0].label} {count}")
    return sorted(drawn.sample(range(count), min(1 if count < FEW else 2 + count // 105, count)))


def _same(looped: Answer | FactoryError, found: Answer | FactoryError, definition: Definition) -> bool:
    numbers = [_number(answer) for answer in (looped, found)]
    one, other = numbers
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one.same_as(other, Decimal(str(definition.kpi.tolerance)))


def _says_something(answer: Answer | FactoryError) -> bool:
    number = _number(answer)
    return isinstance(number, Number) and any((number.value, number.numerator, number.denominator))


def _number(answer: Answer | FactoryError) -> Number | str:
    try:
        if isinstance(answer, FactoryError):
            return str(answer)
        return number_of(answer)
    except ShapeError as error:
        return str(error)
