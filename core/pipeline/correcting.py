"""What people say: a number set by hand, a correction taken back, a note to a KPI's period."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import sqlalchemy as sa

from core import write_points
from core.catalog import Definition
from core.errors import MisuseError
from core.ledger import clock, names, notes, readings, runs
from core.ledger.notes import Note
from core.ledger.rules import Entry, Recorded, correction, withdrawal
from core.numbering import in_full
from core.periods import Period, parse
from core.pipeline.running import asked_for
from core.pipeline.session import Session
from core.readings import UNKNOWN, Number, Reading
from core.units import is_share, show

UNKNOWN_WORD = "unknown"
EntryAfter = Callable[[list[Recorded]], Entry | None]


@dataclass(frozen=True)
class Said:
    """What stood for a KPI's period, what stands now, and who rests on it."""

    definition: Definition
    period: Period
    before: Recorded | None
    entry: Entry | None
    children: tuple[str, ...]

    def sentence(self) -> str:
        name, unit = f"{self.definition.name} {self.period.label}", self.definition.kpi.unit
        if self.entry is None:
            return f"{name}: that number stands there already, set by hand."
        was = f", was {show(self.before.reading.value, unit)}" if self.before else ""
        told = f"{name}: {show(self.entry.reading.value, unit)}{was} ({self.entry.reason})."
        if self.children:
            told += f" {', '.join(self.children)} rest on it: `kpi run` brings them in line."
        return told

    def as_json(self) -> dict[str, object]:
        return {
            "kpi": self.definition.name,
            "period": self.period.label,
            "before": self.before.reading.value if self.before else None,
            "value": self.entry.reading.value if self.entry else None,
            "reason": self.entry.reason if self.entry else "",
            "changed": self.entry is not None,
            "children": list(self.children),
        }


def correct(session: Session, selector: str, week: str, number: str, because: str, *, dry_run: bool = False) -> Said:
    """Set a number by hand. It stands, whatever is evaluated, until it is withdrawn.

    Raises MisuseError for a period that is not complete or not of the KPI's life, and for what is no number.
    """
    definition, period = _complete(session, selector, week)
    wanted, why = number_of(number, definition.kpi.unit), _spoken(because, "--because")

    def entry(lines: list[Recorded]) -> Entry | None:
        reading = Reading(definition.key, period)
        return correction(lines[-1] if lines else None, reading, wanted, definition.hash, why)

    told = {"number": number, "because": why}
    return _append(session, definition, period, entry, told, dry_run)


def withdraw(session: Session, selector: str, week: str, because: str, *, dry_run: bool = False) -> Said:
    """Take a correction back: the number that was last evaluated stands again.

    Raises MisuseError where no correction stands.
    """
    definition, period = _complete(session, selector, week)
    why = _spoken(because, "--because")

    def entry(lines: list[Recorded]) -> Entry | None:
        if not lines or not lines[-1].is_correction:
            raise MisuseError(f"{definition.name} {period.label} is not corrected: there is nothing to withdraw.")
        evaluated = next((line for line in reversed(lines) if not line.is_correction), None)
        return withdrawal(lines[-1], evaluated, why)

    return _append(session, definition, period, entry, {"withdraw": True, "because": why}, dry_run)


def annotate(session: Session, selector: str, week: str, text: str, *, remove: bool = False) -> str:
    """Say something of a KPI's period, or take back what was said; a sentence about what was done.

    Raises MisuseError for a period of another kind than the KPI's, or outside its life.
    """
    definition = session.catalog.one(selector)
    period = of_its_kind(definition, parse(week, definition.card.first_weekday))
    if not definition.lives(period):
        raise MisuseError(f"{definition.name} is not alive in {period.label}.")
    body = "" if remove else _spoken(text, "the note")
    with _on_record(session, definition, "note", {"kpi": definition.name, "period": period.label, "note": body}) as (
        connection,
        run,
    ):
        readings.alone(connection, [definition.scorecard])
        standing = notes.standing(connection, [definition]).get((definition.key, period), [])
        if remove and not standing:
            raise MisuseError(f"{definition.name} {period.label} bears no note.")
        if not _is_said(standing, body, session.actor):
            at = clock.read_at(connection, definition.scorecard, session.now())
            notes.write(connection, run, definition, period, Note(body, session.actor, at))
            write_points.reached("note written")
    write_points.reached("note landed")
    done = f"took back {len(standing)} of its notes" if remove else f'noted "{body}"'
    return f"{definition.name} {period.label}: {done}."


def _is_said(standing: Sequence[Note], body: str, actor: str) -> bool:
    """Whether these were the last words: whoever says them again, perhaps after a kill, says nothing new."""
    return bool(standing) and (standing[-1].body, standing[-1].actor) == (body, actor)


def of_its_kind(definition: Definition, period: Period) -> Period:
    """The period, if the KPI has such periods. Raises MisuseError if not."""
    if period.cadence != definition.kpi.cadence:
        raise MisuseError(f"{definition.name} is {definition.kpi.cadence}; {period.label} is not.")
    return period


def number_of(text: str, unit: str) -> Number:
    """`0.118`, `11.8%` where the unit is a share, or `unknown`. Raises MisuseError for anything else."""
    said = text.strip()
    if said.lower() == UNKNOWN_WORD:
        return UNKNOWN
    share = said.endswith("%")
    try:
        number = Decimal(said.removesuffix("%").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or (share and not is_share(unit)):
        form = '0.118, "11.8%"' if is_share(unit) else "1234.5"
        raise MisuseError(f'"{text}" is no number of {unit}: write {form} or {UNKNOWN_WORD}.')
    return Number(number / 100 if share else number)


def _append(
    session: Session,
    definition: Definition,
    period: Period,
    entry_after: EntryAfter,
    told: Mapping[str, object],
    dry_run: bool,
) -> Said:
    children = tuple(
        d.name
        for d in session.catalog.definitions
        if any(session.catalog.by_name.get(in_full(p, d.scorecard)) is definition for p in d.parents)
    )
    with session.locked(definition.scorecard):
        if dry_run:
            with session.ledger() as connection:
                lines = _lines(connection, definition, period)
            return Said(definition, period, lines[-1] if lines else None, entry_after(lines), children)
        arguments = {"kpi": definition.name, "period": period.label, **told}
        with _on_record(session, definition, "correct", arguments) as (connection, run):
            readings.alone(connection, [definition.scorecard])
            lines = _lines(connection, definition, period)
            entry = entry_after(lines)
            readings.append(connection, run, [(definition, entry)] if entry else [], session.now())
            write_points.reached("batch appended")
    write_points.reached("batch recorded")
    return Said(definition, period, lines[-1] if lines else None, entry, children)


@contextmanager
def _on_record(
    session: Session, definition: Definition, command: str, arguments: Mapping[str, object]
) -> Iterator[tuple[sa.Connection, int]]:
    """One transaction: the audit row and what it is about land together, or nothing does."""
    with session.ledger() as connection:
        names.add_parts(connection, [definition.scorecard])
        if definition.key not in names.names(connection, [definition]):
            names.name_definitions(connection, [definition], {})
    with session.recording() as connection:
        run = session.start(connection, command, [definition.scorecard], **arguments)
        yield connection, run
        runs.finish(connection, run, "done", arguments, session.now())


def _lines(connection: sa.Connection, definition: Definition, period: Period) -> list[Recorded]:
    found = readings.revisions(connection, [definition], period.start, period.start, evidence=True)
    return found[definition.key].get(period, [])


def _complete(session: Session, selector: str, week: str) -> tuple[Definition, Period]:
    definition = session.catalog.one(selector)
    if week != "last":
        of_its_kind(definition, parse(week, definition.card.first_weekday))
    found = asked_for(session, definition, week, week)
    if not found:
        raise MisuseError(f"{definition.name} is not alive in {week}.")
    session.require_ledger()
    return definition, found[0]


def _spoken(text: str, where: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise MisuseError(f"{where} is empty: say why in a few words.")
    return said
