"""Mutants on the bench: which mistakes in a query the examples notice, and which only rows that nobody wrote."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import FactoryError
from core.examples import meets
from core.fixtures import Case, Row, Rows
from core.periods import Period
from core.pipeline.bench import Bench, Outcome, told
from core.pipeline.boundary_rows import Boundaries, Effect, rows_told
from core.readings import Number
from core.rewrite.equivalents import Proof, same_words
from core.rewrite.mutations import Mutation, mutations, unmutated
from core.rewrite.reads import reads_of
from core.sources.trial import UnaskableError

Noticed = Literal["example", "rows", "nothing", "same", "refused"]
"""By an example; only by generated rows; by nothing; it provably makes no difference; the database refuses it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`by` the example that noticed it, or a sentence that says which example would."""

    mutation: Mutation
    noticed: Noticed
    by: str


@dataclass(frozen=True, slots=True)
class _Tried:
    """Rows in a period, and what the query as it stands makes of them."""

    name: str
    rows: Rows
    period: Period
    outcome: Outcome
    notices: Callable[[Outcome], bool]


def try_mutations(bench: Bench, passed: Sequence[Case], boundaries: Boundaries, proof: Proof) -> list[Verdict]:
    """A verdict on every mutation, from the examples that the query passes and from the boundary rows."""
    subject = bench.subject
    found = mutations(subject.sql, subject.dialect, subject.tables, proof)
    verdicts: dict[str, Verdict] = {m.sql: Verdict(m, "same", m.same) for m in found if m.same}
    anew = unmutated(subject.sql, subject.dialect)
    for tried in (*_examples(bench, passed), *_generated(bench, boundaries)):
        if bench.differ(bench.number(anew, tried.rows, tried.period), tried.outcome):
            raise RewordedError(
                "The query cannot be written anew without saying something else: no mutation was tried."
            )
        for mutation in (m for m in found if m.sql not in verdicts):
            outcome = bench.number(mutation.sql, tried.rows, tried.period)
            if isinstance(outcome, UnaskableError):
                verdicts[mutation.sql] = Verdict(mutation, "refused", outcome.what)
            elif tried.notices(outcome):
                verdicts[mutation.sql] = _verdict(bench, mutation, tried, outcome)
    return [verdicts.get(m.sql) or _unnoticed(m, anew, subject.dialect) for m in found]


def _unnoticed(mutation: Mutation, anew: str, dialect: str) -> Verdict:
    if same_words(mutation.sql, anew, dialect):
        return Verdict(mutation, "same", "it says the same in other words")
    return Verdict(mutation, "nothing", f"Nothing notices it. Write an example {mutation.hint}.")


class RewordedError(FactoryError):
    """A query says something else once it is written anew, so that mutations of it would prove nothing."""


def _examples(bench: Bench, passed: Sequence[Case]) -> Iterator[_Tried]:
    for case in passed:
        outcome = bench.number(bench.subject.sql, case.rows, case.period)
        yield _Tried(case.name, case.rows, case.period, outcome, _missing(bench, case))


def _missing(bench: Bench, case: Case) -> Callable[[Outcome], bool]:
    tolerance = bench.subject.definition.kpi.tolerance
    return lambda found: not (isinstance(found, Number) and meets(found, case.expect, tolerance))


def _generated(bench: Bench, boundaries: Boundaries) -> Iterator[_Tried]:
    for effect in boundaries.effects:
        yield _Tried("", effect.rows, effect.planted.period, effect.with_it, _other_than(bench, effect.with_it))
    if boundaries.crowd and boundaries.period:
        outcome = bench.number(bench.subject.sql, boundaries.crowd, boundaries.period)
        yield _Tried("", boundaries.crowd, boundaries.period, outcome, _other_than(bench, outcome))


def _other_than(bench: Bench, outcome: Outcome) -> Callable[[Outcome], bool]:
    return lambda found: bench.differ(found, outcome)


def _verdict(bench: Bench, mutation: Mutation, tried: _Tried, outcome: Outcome) -> Verdict:
    if tried.name:
        return Verdict(mutation, "example", tried.name)
    fewest, before, after = _fewest(bench, mutation, tried, outcome)
    shown = _columns_shown(bench)
    rows = [f"{rows_told(row, shown.get(table, {}))}" for table, listed in fewest.items() for row in listed]
    many = "rows" if len(rows) > 1 else "a row"
    listed = " and ".join(f"({row})" for row in rows[:3]) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")
    sentence = f"Only generated rows notice it. Write an example of {tried.period.label} with {many} like {listed}: "
    return Verdict(mutation, "rows", f"{sentence}{told(before)}, and with the mistake {told(after)}.")


def _columns_shown(bench: Bench) -> Mapping[str, Mapping[str, bool]]:
    """The columns that the query reads, by table, and whether they are sensitive."""
    subject = bench.subject
    columns = reads_of(subject.sql, subject.dialect, subject.tables).columns
    read = {g.name: {c.name: bool(c.sensitive) for c in columns.get(subject.table_of(g), ())} for g in subject.given}
    return {g.name: {name: read[g.name][name] for name in g.columns if name in read[g.name]} for g in subject.given}


def _fewest(bench: Bench, mutation: Mutation, tried: _Tried, outcome: Outcome) -> tuple[Rows, Outcome, Outcome]:
    """Few rows under which the mistake still shows: whole runs of them are left out as long as it does."""
    rows, before, after = tried.rows, tried.outcome, outcome
    for table in list(rows):
        size = max(1, len(rows[table]) // 2)
        while size and len(rows[table]) > 1:
            for start in range(0, len(rows[table]), size):
                fewer: Rows = {**rows, table: _without(rows[table], start, size)}
                was = bench.number(bench.subject.sql, fewer, tried.period)
                now = bench.number(mutation.sql, fewer, tried.period)
                if fewer[table] and bench.differ(was, now):
                    rows, before, after = fewer, was, now
                    break
            else:
                size //= 2
    return rows, before, after


def _without(rows: Sequence[Row], start: int, size: int) -> Sequence[Row]:
    return [*rows[:start], *rows[start + size :]]


def described(effect: Effect) -> str:
    """What was planted, in words."""
    planted = effect.planted
    return f"{planted.column} {planted.what}" if planted.column else planted.what
