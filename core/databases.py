"""Databases by logical name: one engine each, for queries that only read and for the ledger that writes."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from core import embedded
from core.errors import BusyError, MisuseError, SourceError, did_you_mean
from core.settings import Settings

WAREHOUSE = "warehouse"
READER = "kpi_reader"
LOCKS = 7_304_191  # the class of our advisory locks, so that they meet nobody else's


@dataclass
class Databases:
    """Engines, made when first asked for. `close()` gives all connections back."""

    settings: Settings
    _engines: dict[tuple[str, str], sa.Engine] = field(default_factory=dict)
    _urls: dict[str, sa.URL] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def reader(self, name: str, zone: str) -> sa.Engine:
        """Connections that only read: statement timeout, the reader's role, midnight in `zone`."""
        with self._lock:
            key = (name, zone)
            if key not in self._engines:
                self._engines[key] = self._reader_engine(name, zone)
            return self._engines[key]

    def writer(self) -> sa.Engine:
        """Connections to the warehouse that may write: for the ledger, loads and migrations."""
        with self._lock:
            key = (WAREHOUSE, "")
            if key not in self._engines:
                options = f"-c timezone=UTC -c lock_timeout={self.settings.lock_timeout * 1000}"
                self._engines[key] = _engine(self._url(WAREHOUSE), options, pool=self.settings.pool)
            return self._engines[key]

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def _reader_engine(self, name: str, zone: str) -> sa.Engine:
        url = self._url(name)
        timeout = self.settings.statement_timeout * 1000
        options = f"-c timezone={zone} -c statement_timeout={timeout} -c default_transaction_read_only=on"
        if name == WAREHOUSE and self._has_reader(url):
            options += f" -c role={READER}"
        return _engine(url, options, pool=self.settings.pool).execution_options(isolation_level="AUTOCOMMIT")

    def _has_reader(self, url: sa.URL) -> bool:
        """Where migrations could not create the role, read-only transactions are the guard."""
        engine = _engine(url, "", pool=1)
        try:
            with reaching(url), engine.connect() as connection:
                return has_reader(connection)
        finally:
            engine.dispose()

    def _url(self, name: str) -> sa.URL:
        if name not in self._urls:
            self._urls[name] = self._find_url(name)
        return self._urls[name]

    def _find_url(self, name: str) -> sa.URL:
        if name == WAREHOUSE:
            return parse_url(self.settings.warehouse_url or embedded.start(self.settings.home))
        if name not in self.settings.database_urls:
            hint = did_you_mean(name, [WAREHOUSE, *self.settings.database_urls])
            raise MisuseError(
                f'There is no database "{name}". {hint}'.strip(), next_step=f"Set KPI_DATABASE_{name.upper()}_URL."
            )
        return parse_url(self.settings.database_urls[name])


def has_reader(connection: sa.Connection) -> bool:
    """Whether the reader's role is there and this connection's user may take it."""
    known = sa.text("select pg_has_role(oid, 'member') from pg_roles where rolname = :role")
    return bool(connection.execute(known, {"role": READER}).scalar())


def parse_url(text: str) -> sa.URL:
    """A SQLAlchemy URL; plain postgresql:// means psycopg. Raises MisuseError that does not repeat the text."""
    try:
        url = sa.make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text))
    except (sa.exc.ArgumentError, ValueError):
        raise MisuseError(
            "A database URL cannot be read.", next_step="Write postgresql://user@host:5432/name."
        ) from None
    return url


def place(url: sa.URL) -> str:
    """Where a URL points, without user and password."""
    host = url.host or url.query.get("host") or "local socket"
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


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
def lock(engine: sa.Engine, *names: str, shared: Iterable[str] = ()) -> Iterator[None]:
    """Advisory locks that end with their connection, so that a killed run never leaves one behind.

    `shared` names may be held by several at once, but not beside one that holds them alone. All locks are on one
    connection: however many scorecards there are, the pool has room for the work itself.
    Raises BusyError when somebody else holds one.
    """
    with reaching(engine.url):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        # In one order, so that two runs never take each other's second lock.
        for name, function in [*((n, _ALONE) for n in sorted(names)), *((n, _TOGETHER) for n in sorted(shared))]:
            if not _take(connection, name, function):
                raise BusyError(f"Another process is working on {name}.", next_step="Try again when it is done.")
        yield
    finally:
        _let_go(connection)


_ALONE = sa.text("select pg_try_advisory_lock(:class, hashtext(:name))")
_TOGETHER = sa.text("select pg_try_advisory_lock_shared(:class, hashtext(:name))")


def _take(connection: sa.Connection, name: str, function: sa.TextClause) -> bool:
    with reaching(connection.engine.url):
        return bool(connection.execute(function, {"class": LOCKS, "name": name}).scalar())


def _let_go(connection: sa.Connection) -> None:
    try:
        connection.execute(sa.text("select pg_advisory_unlock_all()"))
    except DBAPIError:  # the connection was cut, and its locks ended with it
        connection.invalidate()
    finally:
        connection.close()


def first_line(error: SQLAlchemyError) -> str:
    """What the database said, without the statement, its parameters and any value of a row."""
    said = getattr(error, "orig", None) or error
    lines = str(said).strip().splitlines() or [type(said).__name__]
    state = getattr(said, "sqlstate", None) or ""
    if state.startswith(("22", "23")):  # data exceptions quote the value at fault, which may be sensitive
        return lines[0].partition(":")[0].rstrip(".")
    return lines[0].rstrip(".")


def _engine(url: sa.URL, options: str, pool: int) -> sa.Engine:
    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        own = url.query.get("options", "")
        arguments = {"options": f"{own} {options}".strip(), "application_name": "kpi", "connect_timeout": 10}
    try:
        # A long query on one connection is time enough for a firewall to cut the others: ping before use.
        return sa.create_engine(url, connect_args=arguments, pool_size=pool, max_overflow=2, pool_pre_ping=True)
    except (NoSuchModuleError, ImportError):
        raise MisuseError(
            f"No driver for {url.get_backend_name()} is installed.", next_step="Install the driver of that database."
        ) from None
