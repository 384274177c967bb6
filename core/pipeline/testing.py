"""`kpi test`: the examples of a KPI, boundary rows that nobody wrote, and the mistakes that no example would notice.

Nothing is recorded and no table of staging is touched: rows lie in temporary tables for the time of a transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.catalog import Catalog, Definition, Fault
from core.checks import Groups
from core.errors import FactoryError, SourceError
from core.examples import meets
from core.expressions import Expression
from core.fixtures import Case, numbers_given, read_cases
from core.periods import last_complete
from core.pipeline.bench import Bench, Outcome, open_bench, told
from core.pipeline.boundary_rows import Boundaries, Samples, try_boundaries
from core.pipeline.checking import wrong_number_faults
from core.pipeline.mutants import Verdict, try_mutations
from core.pipeline.session import Session
from core.pipeline.subjects import Subject, subject_of
from core.readings import Number
from core.rewrite.equivalents import Proof


@dataclass(frozen=True, slots=True)
class Tried:
    """One example, and what the query made of it."""

    case: Case
    outcome: Outcome
    passed: bool

    def sentence(self) -> str:
        case, found = self.case, told(self.outcome)
        return f'"{case.name}" ({case.place}) expects {told(case.expect)} in {case.period.label}, and it is {found}.'


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out about one KPI. `faults` are those of its files, `untested` says what was left out and why."""

    definition: Definition
    faults: Sequence[Fault] = ()
    examples: Sequence[Tried] = ()
    boundaries: Boundaries = field(default_factory=Boundaries)
    mutations: Sequence[Verdict] = ()
    untested: Sequence[str] = ()

    @property
    def failed(self) -> bool:
        return any(not tried.passed for tried in self.examples) or bool(self.boundaries.faults)

    @property
    def unnoticed(self) -> list[Verdict]:
        """Mistakes that no example notices."""
        return [verdict for verdict in self.mutations if verdict.noticed in ("rows", "nothing")]


def try_kpis(session: Session, selectors: Sequence[str], *, mutate: bool = True) -> Iterator[Examined]:
    """Each chosen KPI, tested. Without `mutate` its examples alone are run."""
    samples = Samples(session.catalog)
    for definition in session.catalog.select(selectors):
        yield _tested(session, definition, samples, mutate)


def _tested(session: Session, definition: Definition, samples: Samples, mutate: bool) -> Examined:
    subject = subject_of(session.catalog, definition)
    if isinstance(subject, str):
        return Examined(definition, untested=[subject])
    cases, typed, faults = read_cases(definition, subject.given)
    if unsound := wrong_number_faults(session.catalog, definition):
        return Examined(definition, faults=[*(Fault(definition.path, what) for what in unsound), *faults])
    if isinstance(definition.kpi.measure, Expression):
        why = "a formula has no rows of its own: its examples are all there is to try"
        return Examined(definition, faults, [_computed(definition, case) for case in cases], untested=[why])
    if not (cases or mutate):
        return Examined(definition, faults)
    with open_bench(session, subject, typed) as bench:
        examples = [_try(bench, case) for case in cases]
        if not mutate:
            return Examined(definition, faults, examples)
        return _mutated(session, bench, Examined(definition, faults, examples), samples)


def _mutated(session: Session, bench: Bench, tested: Examined, samples: Samples) -> Examined:
    definition, cases = tested.definition, [tried.case for tried in tested.examples]
    period = last_complete(definition.kpi.cadence, session.today(definition.card), definition.card.first_weekday)
    untested: list[str] = []
    boundaries, verdicts = Boundaries(), list[Verdict]()
    try:
        boundaries = try_boundaries(bench, samples, period, cases)
        passed = [tried.case for tried in tested.examples if tried.passed]
        verdicts = try_mutations(bench, passed, boundaries, _proof(session.catalog, bench.subject))
    except FactoryError as error:  # of a sample, or of a text that cannot be written anew: the examples have been run
        untested.append(str(error))
    return Examined(definition, tested.faults, tested.examples, boundaries, verdicts, untested)


def _try(bench: Bench, case: Case) -> Tried:
    outcome = bench.number(bench.subject.sql, case.rows, case.period)
    return Tried(case, outcome, _meets(bench.subject.definition, outcome, case))


def _computed(definition: Definition, case: Case) -> Tried:
    """A formula over the numbers that its example gives."""
    expression, given = definition.kpi.measure, numbers_given(case)
    assert isinstance(expression, Expression)
    lacking = next((need for need in expression.needs(case.period) if need not in given), None)
    outcome: Outcome
    try:
        if lacking:
            raise SourceError(f"no number of {lacking[0]} for {lacking[1].label} is given")
        outcome = expression.number(case.period, lambda name, period: given[name, period])
    except FactoryError as error:
        outcome = error
    return Tried(case, outcome, _meets(definition, outcome, case))


def _meets(definition: Definition, outcome: Outcome, case: Case) -> bool:
    return isinstance(outcome, Number) and meets(outcome, case.expect, definition.kpi.tolerance)


def _proof(catalog: Catalog, subject: Subject) -> Proof:
    """Columns that no two rows share by their contract."""
    checks = [
        check
        for given in subject.given
        if given.name in catalog.datasets
        for check in catalog.datasets[given.name].dataset.checks
    ]
    keys = [c.columns[0] for c in checks if isinstance(c, Groups) and len(c.columns) == 1 and not c.allowed]
    return Proof(frozenset(key for key in keys if f"unique {key}" in {c.name for c in checks}))
