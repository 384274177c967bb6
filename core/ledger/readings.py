"""Readings in the ledger: append to the history, keep the scorecard tables equal to its replay, read them back.

Functions take a connection and leave its transaction to the caller.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.catalog import Definition
from core.ledger.rules import Entry, Recorded, next_entry
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
    connection: sa.Connection, definitions: Sequence[Definition], first: Period, last: Period
) -> dict[str, dict[Period, Recorded]]:
    """What stands in the scorecard tables for these KPIs, from `first` to `last`. A KPI without rows has none."""
    found: dict[str, dict[Period, Recorded]] = {d.key: {} for d in definitions}
    for scorecard, numbers in _by_scorecard(definitions).items():
        given = {"scorecard": scorecard, "numbers": numbers, "first": first.start, "last": last.start}
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
        and (cadence := _CADENCES[row.range_type]) == mine[key].kpi.cadence
    }


def keep_first_due(connection: sa.Connection, first: Iterable[tuple[Definition, Period]]) -> None:
    """A period that was due once stays due, also while its data is missing and nothing is recorded of it."""
    rows = [
        {
            "scorecard": definition.scorecard,
            "kpi_number": definition.number,
            "due_range": period.cadence,
            "due_from": period.start.isoformat(),
        }
        for definition, period in first
    ]
    connection.execute(_sql("first_due"), {"first": json.dumps(rows)})


def record(
    connection: sa.Connection, run: int, evaluated: Sequence[tuple[Definition, Reading]], now: datetime
) -> list[Entry]:
    """Append what is new about these readings; the entries that were made, possibly none.

    Evaluating the same numbers again adds nothing. All readings of one call land together or not at all.
    """
    if not evaluated:
        return []
    starts = [reading.period for _, reading in evaluated]
    definitions = list({d.key: d for d, _ in evaluated}.values())
    for scorecard in sorted(_by_scorecard(definitions)):  # what is read here stays true until it is written
        connection.execute(_sql("one_writer"), {"scorecard": scorecard})
    known = current(connection, definitions, min(starts, key=_start), max(starts, key=_start))
    entries: dict[str, list[Entry]] = {}
    for definition, reading in evaluated:
        before = known[reading.kpi].get(reading.period)
        tolerance = Decimal(str(definition.kpi.tolerance))
        if entry := next_entry(before, reading, definition.hash, tolerance):
            entries.setdefault(definition.scorecard, []).append(entry)
    by_key = {d.key: d for d in definitions}
    for scorecard, new in entries.items():
        rows = json.dumps([_row(entry, by_key[entry.reading.kpi]) for entry in new])
        given = {"entries": rows, "run_id": run, "scorecard": scorecard, "now": now}
        connection.execute(_sql("append"), given)
    return [entry for new in entries.values() for entry in new]


@dataclass(frozen=True, slots=True)
class Named:
    """What the ledger last knew of a KPI: its names, its definition, and what the check of its query found."""

    slug: str
    title: str
    definition_hash: str
    checked: str
    faults: str

    def is_another(self, definition: Definition) -> bool:
        """A KPI may change its name, its title or its query and stays itself; one that shares none of them with its
        number's past is another KPI, and must not inherit the rows."""
        return (
            self.slug != definition.slug
            and self.title != definition.kpi.title
            and self.definition_hash != definition.hash
        )


def names(connection: sa.Connection, definitions: Sequence[Definition]) -> dict[str, Named]:
    """By key: what the ledger knows of these KPIs. One that never ran is absent."""
    return {
        f"{row.scorecard}.{row.kpi_number}": Named(row.slug, row.title, row.definition_hash, row.checked, row.faults)
        for scorecard, numbers in _by_scorecard(definitions).items()
        for row in connection.execute(_sql("definitions"), {"scorecard": scorecard, "numbers": numbers})
    }


def reused_numbers(definitions: Sequence[Definition], known: Mapping[str, Named]) -> dict[str, str]:
    """By key: KPIs whose number belonged to another one, as a sentence."""
    return {
        d.key: f'{d.key} has rows of "{known[d.key].title}" ({known[d.key].slug}), another KPI than {d.slug}. Give the '
        "new one a free number; or, if it is the same, change its name and its query one after the other."
        for d in definitions
        if d.key in known and known[d.key].is_another(d)
    }


def name_definitions(
    connection: sa.Connection, definitions: Sequence[Definition], checks: Mapping[str, tuple[str, str]]
) -> None:
    """Tell the ledger what the KPIs are called today; rows keep their numbers and take the new names.

    `checks` holds by key what each query was checked against, and what was found.
    """
    for scorecard in _by_scorecard(definitions):
        mine = [_named(d, *checks.get(d.key, ("", ""))) for d in definitions if d.scorecard == scorecard]
        given = {"scorecard": scorecard, "definitions": json.dumps(mine)}
        changed = connection.execute(_sql("name_definitions"), given).scalars().all()
        if changed:
            connection.execute(_sql("rename_rows"), {"scorecard": scorecard, "numbers": changed})


def add_parts(connection: sa.Connection, scorecards: Iterable[str]) -> None:
    """Give every scorecard its table, `vl_analytics.scorecard_<domain>`; those that have one keep it."""
    there = set(connection.execute(_sql("parts")).scalars())
    for scorecard in scorecards:
        if f"scorecard_{scorecard}" not in there:
            table = f'vl_analytics."scorecard_{scorecard}"'  # folder names are checked: lower case, digits, underscores
            connection.exec_driver_sql(
                f"create table if not exists {table} partition of vl_analytics.scorecard for values in ('{scorecard}')"
            )


_CADENCES: dict[str, Cadence] = {"daily": "daily", "weekly": "weekly", "monthly": "monthly"}


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("readings")[name])


def _start(period: Period) -> Any:
    return period.start


def _by_scorecard(definitions: Iterable[Definition]) -> dict[str, list[str]]:
    numbers: dict[str, list[str]] = {}
    for definition in definitions:
        numbers.setdefault(definition.scorecard, []).append(definition.number)
    return numbers


def _recorded(row: Mapping[str, Any]) -> Recorded:
    reading = Reading(
        kpi=f"{row['sc_name']}.{row['kpi_number']}",
        period=starting(_CADENCES[row["range_type"]], row["period_start"]),
        number=Number(row["field_value"], row["numerator"], row["denominator"]),
        state=State(row["state"]),
        note=row["note"],
    )
    return Recorded(reading, "", row["definition_hash"], row["run_id"], row["print_date"], row["reading_id"])


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
    }


def _text(number: Decimal | None) -> str | None:
    """As text, so that no digit is lost on the way through JSON."""
    return None if number is None else format(number, "f")


def _named(definition: Definition, checked: str, faults: str) -> dict[str, str]:
    kpi = definition.kpi
    return {
        "kpi_number": definition.number,
        "slug": definition.slug,
        "title": kpi.title,
        "owner": kpi.owner,
        "unit": kpi.unit,
        "better": kpi.better,
        "definition_hash": definition.hash,
        "checked": checked,
        "faults": faults,
    }
