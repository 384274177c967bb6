"""Databases by logical name: one engine each, for queries that only read and for the ledger that writes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import uniform
from threading import Lock
from time import monotonic, sleep

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from core import embedded
from core.engines.engine import Engine, Terms
from core.engines.postgres import PostgresEngine, alchemy, parse_url, place
from core.engines.said import first_line, said_by
from core.engines.urls import foreign
from core.errors import BusyError, MisuseError, SourceError, did_you_mean
from core.settings import Settings

__all__ = ["Databases", "first_line", "has_reader", "has_role", "lock", "parse_url", "place", "reaching", "said_by"]

WAREHOUSE = "warehouse"
READER = "kpi_reader"
WRITER = "kpi_writer"
VIEWER = "kpi_viewer"
LOCKS = 7_304_191  # the class of our advisory locks, so that they meet nobody else's


@dataclass
class Databases:
    """Engines, made when first asked for. `close()` gives all connections back.

    The ledger is in the PostgreSQL of KPI_WAREHOUSE_URL, and so are the tables that queries read, until
    KPI_DATABASE_WAREHOUSE_URL says that those are elsewhere.
    """

    settings: Settings
    _readers: dict[tuple[str, str], Engine] = field(default_factory=dict)
    _writer: sa.Engine | None = None
    _ledger_url: sa.URL | None = None
    _lock: Lock = field(default_factory=Lock)

    def reader(self, name: str, zone: str) -> Engine:
        """Connections that only read: statement timeout, the reader's role, midnight in `zone`."""
        with self._lock:
            key = (name, zone)
            if key not in self._readers:
                self._readers[key] = self._reader(name, zone)
            return self._readers[key]

    def writer(self) -> sa.Engine:
        """Connections to the warehouse that may write: for the ledger, loads and migrations."""
        with self._lock:
            if self._writer is None:
                options = f"-c timezone=UTC -c lock_timeout={self.settings.lock_timeout * 1000}{self._discretion()}"
                self._writer = alchemy(self._ledger(), options, self.settings.pool)
            return self._writer

    def close(self) -> None:
        for engine in self._readers.values():
            engine.close()
        if self._writer is not None:
            self._writer.dispose()
        self._readers.clear()
        self._writer = None

    def _reader(self, name: str, zone: str) -> Engine:
        settings = self.settings
        url = settings.database_urls.get(name, "")
        if engine := foreign(url, Terms(zone, settings.statement_timeout, settings.pool)):
            return engine
        if url:
            return self._postgres(parse_url(url), zone, guarded=name == WAREHOUSE)
        if name == WAREHOUSE:
            return self._postgres(self._ledger(), zone, guarded=True, discretion=self._discretion())
        hint = did_you_mean(name, [WAREHOUSE, *settings.database_urls])
        raise MisuseError(
            f'There is no database "{name}". {hint}'.strip(), next_step=f"Set KPI_DATABASE_{name.upper()}_URL."
        )

    def _postgres(self, url: sa.URL, zone: str, *, guarded: bool, discretion: str = "") -> PostgresEngine:
        timeout = self.settings.statement_timeout * 1000
        options = f"-c timezone={zone} -c statement_timeout={timeout} -c default_transaction_read_only=on{discretion}"
        if guarded and _offers_reader(url):
            options += f" -c role={READER}"
        pool = alchemy(url, options, self.settings.pool)
        return PostgresEngine(pool.execution_options(isolation_level="AUTOCOMMIT"))

    def _discretion(self) -> str:
        """The embedded server is ours, and its log would quote the values that a query stumbles over."""
        return " -c log_min_messages=fatal" if self.settings.embedded else ""

    def _ledger(self) -> sa.URL:
        if self._ledger_url is None:
            self._ledger_url = parse_url(self.settings.warehouse_url or embedded.start(self.settings.home))
        return self._ledger_url


def _offers_reader(url: sa.URL) -> bool:
    """Where migrations could not create the role, read-only transactions are the guard."""
    engine = alchemy(url, "", 1)
    try:
        with reaching(url), engine.connect() as connection:
            return has_reader(connection)
    finally:
        engine.dispose()


def has_reader(connection: sa.Connection) -> bool:
    """Whether the reader's role is there and this connection's user may take it."""
    return has_role(connection, READER)


_MAY_TAKE = sa.text("""
    select pg_has_role(session_user, oid, case when cast(current_setting('server_version_num') as integer) < 160000
                                               then 'member' else 'set' end)
    from   pg_roles
    where  rolname = :role
""")
"""From PostgreSQL 16 on, who makes a role is its member at once, but without the right to take it."""


def has_role(connection: sa.Connection, role: str) -> bool:
    """Whether the role is there and this connection's user may take it."""
    return bool(connection.execute(_MAY_TAKE, {"role": role}).scalar())


@contextmanager
def reaching(url: sa.URL) -> Iterator[None]:
    """Turns a refused or cut connection into a sentence that names the place and no secret."""
    try:
        yield
    except OperationalError as error:
        if not (getattr(error.orig, "sqlstate", None) or "08").startswith(("08", "28", "3D", "53", "57P")):
            raise  # the server answered: it refuses something else than the connection
        raise SourceError(
            f"The database at {place(url)} cannot be reached: {first_line(error).rpartition('failed: ')[2]}.",
            next_step="Is it up, and is KPI_WAREHOUSE_URL right? `kpi doctor` looks closer.",
        ) from error


@contextmanager
def lock(engine: sa.Engine, *names: str, shared: Iterable[str] = (), wait: float = 0) -> Iterator[Callable[[], None]]:
    """Advisory locks that end with their connection, so that a killed run never leaves one behind.

    What it yields raises SourceError once that connection was cut: from then on somebody else may hold the locks.

    `shared` names may be held by several at once, but not beside one that holds them alone. All locks are on one
    connection: however many scorecards there are, the pool has room for the work itself.
    Raises BusyError when somebody else holds one, and still does after `wait` seconds.
    """
    with reaching(engine.url):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        until = monotonic() + wait
        while taken := _taken(connection, sorted(names), sorted(shared)):
            if monotonic() >= until:
                raise BusyError(
                    f"Another process is working on {taken}.", next_step="Try again when it is done, or add --wait 600."
                )
            # Whoever waits holds nothing: two that wait can never wait for each other.
            connection.execute(sa.text("select pg_advisory_unlock_all()"))
            sleep(uniform(*_BETWEEN_TRIES))
        yield lambda: _require_alive(connection, ", ".join(sorted(names)))
    finally:
        _let_go(connection)


def _require_alive(connection: sa.Connection, names: str) -> None:
    try:
        connection.execute(sa.text("select"))
    except SQLAlchemyError as error:
        raise SourceError(
            f"The connection that held the lock on {names} was cut; somebody else may be working on it now.",
            next_step="What was recorded until then is whole. Run it again.",
        ) from error


def _taken(connection: sa.Connection, names: Sequence[str], shared: Sequence[str]) -> str:
    """Takes all locks, or names the first that somebody else holds."""
    wanted = [*((name, _ALONE) for name in names), *((name, _TOGETHER) for name in shared)]
    return next((name for name, function in wanted if not _take(connection, name, function)), "")


_BETWEEN_TRIES = (0.05, 0.25)  # seconds, drawn anew so that those who wait do not march in step


_ALONE = sa.text("select pg_try_advisory_lock(:class, hashtext(:name))")
_TOGETHER = sa.text("select pg_try_advisory_lock_shared(:class, hashtext(:name))")


def _take(connection: sa.Connection, name: str, function: sa.TextClause) -> bool:
    with reaching(connection.engine.url):
        return bool(connection.execute(function, {"class": LOCKS, "name": name}).scalar())


def _let_go(connection: sa.Connection) -> None:
    try:
        connection.execute(sa.text("select pg_advisory_unlock_all()"))
    except SQLAlchemyError:  # the connection was cut, and its locks ended with it
        connection.invalidate()
    finally:
        connection.close()
