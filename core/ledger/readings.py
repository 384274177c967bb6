"""Readings in the ledger: append to the history, keep the scorecard tables equal to its replay, read them back.

Functions take a connection and leave its transaction to the caller.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.catalog import Definition
from core.ledger import status
from core.ledger.evidence import CORRECTION, Evidence
from core.ledger.names import by_scorecard
from core.ledger.rules import WITHDRAWN, Entry, Recorded, next_entry
from core.periods import Cadence, Period, instants, starting
from core.readings import Number, Reading, State
from core.sql import statements

Key = tuple[str, Period]
Current = Mapping[str, Mapping[Period, Recorded]]
"""By KPI key and period: what stands in the scorecard tables."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The first and the last period a KPI has a row for."""

    first: Period
    last: Period


def current(
    connection: sa.Connection,
    definitions: Sequence[Definition],
    first: Period,
    last: Period,
    *,
    evidence: bool = False,
) -> dict[str, dict[Period, Recorded]]:
    """What stands in the scorecard tables for these KPIs, from `first` to `last`. A KPI without rows has none.

    Evidence is brought along where it is asked for.
    """
    found: dict[str, dict[Period, Recorded]] = {d.key: {} for d in definitions}
    for scorecard, numbers in by_scorecard(definitions).items():
        given = {"scorecard": scorecard, "numbers": numbers, "first": first.start, "last": last.start}
        given["evidence"] = evidence
        for row in connection.execute(_sql("current"), given).mappings():
            recorded = _recorded(dict(row))
            found[recorded.reading.kpi][recorded.reading.period] = recorded
    return found


def all_current(
    connection: sa.Connection, definitions: Sequence[Definition], reach: Mapping[str, Reach]
) -> dict[str, dict[Period, Recorded]]:
    """Everything that stands in the scorecard tables for these KPIs, given how far they reach."""
    reached = [r for d in definitions if (r := reach.get(d.key))]
    if not reached:
        return {d.key: {} for d in definitions}
    return current(
        connection, definitions, min((r.first for r in reached), key=_start), max((r.last for r in reached), key=_start)
    )


def reaches(connection: sa.Connection, definitions: Iterable[Definition]) -> dict[str, Reach]:
    """By KPI key: how far its rows reach, in its own kind of period, from the first that was ever due.

    A KPI that was never due is absent.
    """
    mine = {d.key: d for d in definitions}
    return {
        key: Reach(starting(cadence, row.first), starting(cadence, row.last))
        for scorecard in sorted({d.scorecard for d in mine.values()})
        for row in connection.execute(_sql("first_and_last"), {"scorecard": scorecard})
        if (key := f"{scorecard}.{row.kpi_number}") in mine
        and (cadence := CADENCES[row.range_type]) == mine[key].kpi.cadence
    }


def as_of(
    connection: sa.Connection, definitions: Sequence[Definition], at: datetime
) -> dict[str, dict[Period, Recorded]]:
    """What stood in the scorecard tables at that instant, from the history alone."""
    found: dict[str, dict[Period, Recorded]] = {d.key: {} for d in definitions}
    for scorecard, numbers in by_scorecard(definitions).items():
        given = {"scorecard": scorecard, "numbers": numbers, "at": at}
        for row in connection.execute(_sql("as_of"), given).mappings():
            recorded = _recorded(dict(row))
            found[recorded.reading.kpi][recorded.reading.period] = recorded
    return found


def revisions(
    connection: sa.Connection,
    definitions: Sequence[Definition],
    first: date = date.min,
    last: date = date.max,
    at: datetime | None = None,
    *,
    evidence: bool = False,
) -> dict[str, dict[Period, list[Recorded]]]:
    """Every line of the history of these KPIs, for periods that start from `first` to `last`; oldest first.

    With `at`, those lines that stood there at that instant.
    """
    found: dict[str, dict[Period, list[Recorded]]] = {d.key: {} for d in definitions}
    for scorecard, numbers in by_scorecard(definitions).items():
        given = {"scorecard": scorecard, "numbers": numbers, "first": first, "last": last, "at": at or _ALWAYS}
        given["evidence"] = evidence
        for row in connection.execute(_sql("revisions"), given).mappings():
            recorded = _recorded(dict(row))
            found[recorded.reading.kpi].setdefault(recorded.reading.period, []).append(recorded)
    return found


def by_id(connection: sa.Connection, reading_ids: Iterable[int]) -> dict[int, Recorded]:
    """Lines of the history by their ids."""
    rows = connection.execute(_sql("by_id"), {"readings": sorted(set(reading_ids))}).mappings()
    return {row["reading_id"]: _recorded(dict(row)) for row in rows}


def followed(connection: sa.Connection, reading_ids: Iterable[int]) -> set[int]:
    """Those of the lines that another line has taken the place of."""
    return set(connection.execute(_sql("followed"), {"readings": sorted(set(reading_ids))}).scalars())


EvidenceOf = Callable[[Definition, Period], Evidence]


def record(
    connection: sa.Connection,
    run: int,
    evaluated: Sequence[tuple[Definition, Reading]],
    now: datetime,
    evidence_of: EvidenceOf | None = None,
) -> list[Entry]:
    """Append what is new about these readings; the entries that were made, possibly none.

    Evaluating the same numbers again adds nothing. All readings of one call land together or not at all.
    """
    if not evaluated:
        return []
    starts = [reading.period for _, reading in evaluated]
    definitions = list({d.key: d for d, _ in evaluated}.values())
    alone(connection, by_scorecard(definitions))  # what is read here stays true until it is written
    first, last = min(starts, key=_start), max(starts, key=_start)
    known = current(connection, definitions, first, last, evidence=True)
    evidence = {(r.kpi, r.period): evidence_of(d, r.period) if evidence_of else Evidence() for d, r in evaluated}
    reasons = _reasons(connection, evidence.values())
    entries: list[tuple[Definition, Entry]] = []
    for definition, reading in evaluated:
        before = known[reading.kpi].get(reading.period)
        tolerance = Decimal(str(definition.kpi.tolerance))
        found = evidence[reading.kpi, reading.period]
        if entry := next_entry(before, reading, definition.hash, tolerance, found, reasons, definition.hash_as_written):
            entries.append((definition, entry))
    append(connection, run, entries, now)
    return [entry for _, entry in entries]


def alone(connection: sa.Connection, scorecards: Iterable[str]) -> None:
    """Nobody else appends to these scorecards until the transaction ends."""
    for scorecard in sorted(scorecards):
        connection.execute(_sql("one_writer"), {"scorecard": scorecard})


def append(connection: sa.Connection, run: int, entries: Sequence[tuple[Definition, Entry]], now: datetime) -> None:
    """Append lines to the history and bring the scorecard tables in line, in one statement a scorecard."""
    by_card: dict[str, list[dict[str, object]]] = {}
    for definition, entry in entries:
        by_card.setdefault(definition.scorecard, []).append(_row(entry, definition))
    for scorecard, rows in by_card.items():
        given = {"entries": json.dumps(rows), "run_id": run, "scorecard": scorecard, "now": now}
        connection.execute(_sql("append"), given)
        mine = [(d, e.reading.period, e.reading.value) for d, e in entries if d.scorecard == scorecard]
        status.judge(connection, scorecard, mine)


def _reasons(connection: sa.Connection, evidence: Iterable[Evidence]) -> dict[int, str]:
    """The reasons of readings that went into formulas. A correction and its withdrawal are both a person's doing."""
    parts = sorted({reading for found in evidence for reading in found.parts.values()})
    if not parts:
        return {}
    reasons = {row.reading_id: row.reason for row in connection.execute(_sql("reasons"), {"readings": parts})}
    return {reading: CORRECTION if reason == WITHDRAWN else reason for reading, reason in reasons.items()}


_ALWAYS = datetime.max.replace(tzinfo=UTC)
CADENCES: dict[str, Cadence] = {"daily": "daily", "weekly": "weekly", "monthly": "monthly"}


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("readings")[name])


def _start(period: Period) -> Any:
    return period.start


def _recorded(row: Mapping[str, Any]) -> Recorded:
    reading = Reading(
        kpi=f"{row['sc_name']}.{row['kpi_number']}",
        period=starting(CADENCES[row["range_type"]], row["period_start"]),
        number=Number(row["field_value"], row["numerator"], row["denominator"]),
        state=State(row["state"]),
        note=row["note"],
    )
    return Recorded(
        reading=reading,
        reason=row["reason"],
        definition_hash=row["definition_hash"],
        run=row["run_id"],
        recorded_at=row["print_date"],
        reading_id=row["reading_id"],
        follows=row["follows"],
        actor=row["actor"],
        because=row["because"],
        evidence=Evidence.from_json(row["evidence"]),
    )


def _row(entry: Entry, definition: Definition) -> dict[str, object]:
    reading, period = entry.reading, entry.reading.period
    starts_at, ends_at = instants(period, definition.card.zone)
    return {
        "kpi_number": definition.number,
        "range_type": period.cadence,
        "period": period.label,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "year": period.year,
        "week_month": period.number,
        "value": _text(reading.number.value),
        "numerator": _text(reading.number.numerator),
        "denominator": _text(reading.number.denominator),
        "state": reading.state,
        "note": reading.note,
        "reason": entry.reason,
        "definition_hash": entry.definition_hash,
        "follows": entry.follows,
        "because": entry.because,
        "evidence": entry.evidence.to_json(),
    }


def _text(number: Decimal | None) -> str | None:
    """As text, so that no digit is lost on the way through JSON."""
    return None if number is None else format(number, "f")
