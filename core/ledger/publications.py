"""Publications in the ledger: what is owed, what was announced, what landed where."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.sql import statements


@dataclass(frozen=True, slots=True)
class Owed:
    """A publication that was asked for and has not landed; `failure` says why, unless nobody lived to tell."""

    scorecard: str
    target: str
    asked_at: datetime
    attempts: int
    failure: str


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published where: marks by tab and place, as the publishers keep them."""

    target: str
    published: Any
    published_at: datetime
    read_at: datetime | None
    run: int


def ask(connection: sa.Connection, run: int, scorecard: str, target: str, now: datetime) -> None:
    """Put a publication into the outbox; one that waits there already is asked for once more."""
    given = {"scorecard": scorecard, "target": target, "run_id": run, "now": now}
    connection.execute(_sql("ask"), given)


def fail(connection: sa.Connection, scorecard: str, target: str, failure: str) -> None:
    """It stays in the outbox, with what went wrong."""
    connection.execute(_sql("fail"), {"scorecard": scorecard, "target": target, "failure": failure})


def done(connection: sa.Connection, scorecard: str, target: str) -> None:
    """Nothing is owed there any more."""
    connection.execute(_sql("done"), {"scorecard": scorecard, "target": target})


def owed(connection: sa.Connection) -> list[Owed]:
    """The outbox, oldest first."""
    return [Owed(**row) for row in connection.execute(_sql("owed")).mappings()]


def announce(
    connection: sa.Connection,
    run: int,
    scorecard: str,
    target: str,
    published: object,
    now: datetime,
    read_at: datetime | None = None,
) -> int:
    """Keep what is about to be published where; its id, for `land`."""
    given = {"run_id": run, "scorecard": scorecard, "target": target, "published": json.dumps(published), "now": now}
    return int(connection.execute(_sql("announce"), given | {"read_at": read_at}).scalar_one())


def land(connection: sa.Connection, publication: int, now: datetime) -> None:
    connection.execute(_sql("land"), {"publication": publication, "now": now})


def latest(connection: sa.Connection, scorecard: str, target: str) -> tuple[list[Any], bool]:
    """What was last published there, and after it what was announced since and may have landed; oldest first.

    And whether it is settled: nothing was announced of which nobody knows whether it landed.
    """
    rows = connection.execute(_sql("latest"), {"scorecard": scorecard, "target": target}).all()
    return [row.published for row in rows], [row.landed for row in rows] == [True]


def landed(connection: sa.Connection, scorecard: str) -> list[Publication]:
    """The last publication that landed at each target of a scorecard."""
    return [Publication(**row) for row in connection.execute(_sql("landed"), {"scorecard": scorecard}).mappings()]


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("publications")[name])
