"""Names in the ledger: what KPIs are called, what they were checked against, since when and how far they are due.

Functions take a connection and leave its transaction to the caller.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core.catalog import Definition
from core.periods import Period
from core.sql import statements


@dataclass(frozen=True, slots=True)
class Named:
    """What the ledger last knew of a KPI: its names, its definition, and what the check of its query found."""

    slug: str
    title: str
    definition_hash: str
    checked: str
    faults: str
    visited: date | None

    def is_another(self, definition: Definition) -> bool:
        """A KPI may change its name, its title or its query and stays itself; one that shares none of them with its
        number's past is another KPI, and must not inherit the rows."""
        return (
            self.slug != definition.slug
            and self.title != definition.kpi.title
            and not definition.made(self.definition_hash)
        )


def names(connection: sa.Connection, definitions: Sequence[Definition]) -> dict[str, Named]:
    """By key: what the ledger knows of these KPIs. One that never ran is absent."""
    return {
        f"{row.scorecard}.{row.kpi_number}": Named(
            row.slug, row.title, row.definition_hash, row.checked, row.faults, row.visited
        )
        for scorecard, numbers in by_scorecard(definitions).items()
        for row in connection.execute(_sql("definitions"), {"scorecard": scorecard, "numbers": numbers})
    }


def numbers(connection: sa.Connection, scorecard: str) -> list[str]:
    """Every number that a KPI of the scorecard ever had."""
    return list(connection.execute(_sql("numbers"), {"scorecard": scorecard}).scalars())


def reused_numbers(definitions: Sequence[Definition], known: Mapping[str, Named]) -> dict[str, str]:
    """By key: KPIs whose number belonged to another one, as a sentence."""
    return {
        d.key: f'{d.key} has rows of "{known[d.key].title}" ({known[d.key].slug}), another KPI than {d.slug}. Give the '
        "new one a free number; or, if it is the same, change its name and its query one after the other."
        for d in definitions
        if d.key in known and known[d.key].is_another(d)
    }


def reused(connection: sa.Connection, definitions: Sequence[Definition]) -> dict[str, str]:
    """The same, by what the ledger knows of them now."""
    return reused_numbers(definitions, names(connection, definitions))


def name_definitions(
    connection: sa.Connection, definitions: Sequence[Definition], checks: Mapping[str, tuple[str, str]]
) -> None:
    """Tell the ledger what the KPIs are called today; rows keep their numbers and take the new names.

    `checks` holds by key what each query was checked against, and what was found.
    """
    for scorecard in by_scorecard(definitions):
        mine = [_named(d, *checks.get(d.key, ("", ""))) for d in definitions if d.scorecard == scorecard]
        given = {"scorecard": scorecard, "definitions": json.dumps(mine)}
        changed = connection.execute(_sql("name_definitions"), given).scalars().all()
        if changed:
            connection.execute(_sql("rename_rows"), {"scorecard": scorecard, "numbers": changed})
    measures = [{"definition_hash": d.hash, "body": d.body} for d in definitions]
    connection.execute(_sql("keep_measures"), {"measures": json.dumps(measures)})


def add_parts(connection: sa.Connection, scorecards: Iterable[str]) -> None:
    """Give every scorecard its table, `vl_analytics.scorecard_<domain>`; those that have one keep it."""
    there = set(connection.execute(_sql("parts")).scalars())
    for scorecard in scorecards:
        if f"scorecard_{scorecard}" not in there:
            table = f'vl_analytics."scorecard_{scorecard}"'  # folder names are checked: lower case, digits, underscores
            connection.exec_driver_sql(
                f"create table if not exists {table} partition of vl_analytics.scorecard for values in ('{scorecard}')"
            )


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


def keep_visited(connection: sa.Connection, visited: Iterable[tuple[Definition, Period]]) -> None:
    """Up to which period a KPI's closed periods have been looked at again."""
    rows = [
        {"scorecard": d.scorecard, "kpi_number": d.number, "visited": last.start.isoformat()} for d, last in visited
    ]
    connection.execute(_sql("visited"), {"visited": json.dumps(rows)})


def measure_on_record(connection: sa.Connection, definition_hash: str) -> str | None:
    """The text of the measure that a number was made with; None where only a newer program would know."""
    found = connection.execute(_sql("measure"), {"hash": definition_hash}).scalar()
    return None if found is None else str(found)


def by_scorecard(definitions: Iterable[Definition]) -> dict[str, list[str]]:
    """Numbers of KPIs, by their scorecards."""
    numbers: dict[str, list[str]] = {}
    for definition in definitions:
        numbers.setdefault(definition.scorecard, []).append(definition.number)
    return numbers


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("names")[name])


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
