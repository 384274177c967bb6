"""What a command left behind, to the byte, and how two such states differ."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import sqlalchemy as sa

from core.ledger import chain, schema
from core.sql import statements

Rows = Sequence[tuple[str, str]]
"""Which row, and its whole text; of what belongs together, in order."""

_LEDGER = (
    "history",
    "scorecards",
    "definitions",
    "measures",
    "profiles",
    "publications",
    "notes",
    "outbox",
    "running",
)
_PATIENCE = 30  # seconds for the server to notice that a client was killed


@dataclass(frozen=True)
class State:
    """Tables by name, what PostgreSQL knows of them, and the published files by their names."""

    tables: Mapping[str, Rows]
    files: Mapping[str, bytes] = field(default_factory=dict)
    breaches: Sequence[str] = ()

    @property
    def lines(self) -> int:
        return len(self.tables.get("history", ()))


@dataclass(frozen=True)
class Difference:
    """`what` is lost, doubled, altered, added or broken."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.what}: {self.where}"


def read_state(connection: sa.Connection, published: Path) -> State:
    """Everything that must be the same whether the process was killed or not."""
    tables: dict[str, Rows] = {"catalogue": known_of_the_tables(connection), "locks": _rows(connection, "locks")}
    breaches: list[str] = []
    if schema.revision(connection):
        tables |= {name: _rows(connection, name) for name in _LEDGER}
        tables |= {f"staging.{name}": _staged(connection, name) for name in connection.scalars(_sql("staging")).all()}
        breaches += [breach for found in chain.verify(connection) for breach in found.breaches]
        breaches += chain.unguarded(connection)
    files = {str(f.relative_to(published)): f.read_bytes() for f in sorted(published.rglob("*")) if f.is_file()}
    return State(tables, files, breaches)


def known_of_the_tables(connection: sa.Connection) -> Rows:
    """What PostgreSQL knows of them: columns, constraints, indexes, triggers, functions, views and rights."""
    return _rows(connection, "catalogue")


def differences(clean: State, found: State) -> list[Difference]:
    """What was lost, doubled, altered or left behind; nothing where the states are equal."""
    told = [Difference("broken", breach) for breach in found.breaches]
    for table in sorted({*clean.tables, *found.tables}):
        told += _compare(table, clean.tables.get(table, ()), found.tables.get(table, ()))
    for name in sorted({*clean.files, *found.files}):
        if (what := _fate(clean.files.get(name), found.files.get(name))) != "equal":
            told.append(Difference(what, f"published file {name}"))
    return told


def wait_for_the_dead(connection: sa.Connection) -> None:
    """Until the server has let go of everybody else who used this database: a killed client's work may go on a bit."""
    until = monotonic() + _PATIENCE
    while connection.scalar(_sql("others")) and monotonic() < until:
        connection.rollback()  # within a transaction, PostgreSQL keeps telling what it told first
        sleep(0.01)


def _compare(table: str, clean: Rows, found: Rows) -> Iterator[Difference]:
    if clean == found:
        return
    was, now = Counter(which for which, _ in clean), Counter(which for which, _ in found)
    for which in sorted({*was, *now}):
        if now[which] < was[which]:
            yield Difference("lost", f"{table}: {which}")
        elif now[which] > was[which]:
            yield Difference("doubled" if was[which] else "added", f"{table}: {which}")
        elif _texts(clean, which) != _texts(found, which):
            yield Difference("altered", f"{table}: {which}")


def _texts(rows: Rows, which: str) -> list[str]:
    return sorted(text for name, text in rows if name == which)


def _fate(clean: bytes | None, found: bytes | None) -> str:
    if clean is None:
        return "added"
    if found is None:
        return "lost"
    return "equal" if clean == found else "altered"


def _staged(connection: sa.Connection, name: str) -> Rows:
    """A dataset's rows; a row is told by itself, for nothing else need be unique in it."""
    text = sa.text(f'select t::text from staging."{name}" as t order by 1')  # noqa: S608 - PostgreSQL's own name of it
    return [(row, row) for row in connection.scalars(text)]


def _rows(connection: sa.Connection, name: str) -> Rows:
    return [(which, row) for which, row in connection.execute(_sql(name))]


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("drill")[name])
