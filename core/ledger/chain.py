"""The chain over the history: every line's digest covers the digest before it, so what was altered can be found.

The digests are made by PostgreSQL as lines are appended and checked here, by other code: SHA-256 over the digest
before and the line's text. Who rewrites the history and all digests after it still cannot make the new head equal to
one that somebody noted down.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from core.ledger.readings import alone
from core.sql import statements


@dataclass(frozen=True, slots=True)
class Chained:
    """What is known of a scorecard's history: how many lines, where the chain ends, and every breach found."""

    scorecard: str
    lines: int
    head: str
    breaches: Sequence[str]


def verify(
    connection: sa.Connection, scorecards: Sequence[str] = (), expected: Mapping[str, str] | None = None
) -> list[Chained]:
    """Every chain made again from its first line, and the scorecard tables held against their replay.

    `expected` holds by scorecard a head that somebody noted earlier: it must stand somewhere in the chain.
    """
    found = connection.execute(_sql("scorecards"), {"scorecards": list(scorecards)}).all()
    return [
        _verify(connection, row.scorecard, row.entries, row.head, (expected or {}).get(row.scorecard)) for row in found
    ]


def unguarded(connection: sa.Connection) -> list[str]:
    """Guards of the history that are switched off or gone."""
    return [str(what) for what in connection.execute(_sql("unguarded")).scalars()]


def rebuild(connection: sa.Connection, scorecard: str) -> None:
    """Make a scorecard's table anew from the history."""
    alone(connection, [scorecard])
    connection.execute(_sql("clear"), {"scorecard": scorecard})
    connection.execute(_sql("rebuild"), {"scorecard": scorecard})


def _verify(connection: sa.Connection, scorecard: str, entries: int, head: str, expected: str | None) -> Chained:
    before, lines, breaches, seen = b"", 0, [], expected is None
    few_at_a_time = {"yield_per": 2000}
    with connection.execute(_sql("lines"), {"scorecard": scorecard}, execution_options=few_at_a_time) as rows:
        for row in rows:
            if sha256(before + row.said.encode()).digest() != bytes(row.digest):
                breaches.append(
                    f"{scorecard}.{row.kpi_number} {row.period}: line {row.reading_id} of the history, or one before "
                    "it, was altered or removed"
                )
            before, lines = bytes(row.digest), lines + 1
            seen = seen or before.hex().startswith(expected or "-")
    if (lines, before.hex()) != (entries, head):
        breaches.append(f"{scorecard}: the history has {lines:,} lines where {entries:,} were appended")
    if not seen:
        breaches.append(f"{scorecard}: no line ever ended with the digest {expected}: the history was written anew")
    breaches += _differing(connection, scorecard)
    return Chained(scorecard, lines, before.hex(), breaches)


def _differing(connection: sa.Connection, scorecard: str) -> Iterator[str]:
    for row in connection.execute(_sql("differing"), {"scorecard": scorecard}):
        yield f"{scorecard}.{row.kpi_number} {row.period}: the scorecard table {row.what}"


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("chain")[name])
