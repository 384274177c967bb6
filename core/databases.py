"""Databases by logical name: one engine each, for queries that only read and for the ledger that writes."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import uniform
from threading import Lock
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, OperationalError, SQLAlchemyError

from core import embedded
from core.errors import BusyError, MisuseError, SourceError, did_you_mean
from core.settings import Settings

WAREHOUSE = "warehouse"
READER = "kpi_reader"
WRITER = "kpi_writer"
VIEWER = "kpi_viewer"
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
                options = (
                    f"-c timezone=UTC -c lock_timeout={self.settings.lock_timeout * 1000}{self._discretion(WAREHOUSE)}"
                )
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
        options += self._discretion(name)
        if name == WAREHOUSE and self._has_reader(url):
            options += f" -c role={READER}"
        return _engine(url, options, pool=self.settings.pool).execution_options(isolation_level="AUTOCOMMIT")

    def _discretion(self, name: str) -> str:
        """The embedded server is ours, and its log would quote the values that a query stumbles over."""
        return " -c log_min_messages=fatal" if name == WAREHOUSE and self.settings.embedded else ""

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


def parse_url(text: str) -> sa.URL:
    """A SQLAlchemy URL; plain postgresql:// means psycopg. Raises MisuseError that does not repeat the text."""
    try:
        url = sa.make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text))
    except (sa.exc.ArgumentError, ValueError):
        raise MisuseError(
            "A database URL cannot be read.", next_step="Write postgresql://user@host:5432/name."
        ) from None
    if "@" in (url.host or ""):  # the end of a password, which messages would tell as the host
        raise MisuseError(
            "A database URL cannot be read: it holds two @.", next_step="Write an @ in a password as %40."
        )
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


def first_line(error: SQLAlchemyError) -> str:
    """What the database said, without the statement, its parameters and any value of a row."""
    return said_by(getattr(error, "orig", None) or error, getattr(error, "statement", None) or "")


def said_by(error: BaseException, statement: str = "") -> str:
    """The first line of what a database says; where it may quote a row, only the words around what it quotes.

    What it says of the connection, of rights and locks, and of the text of the statement is repeated as it is.
    """
    text = (getattr(getattr(error, "diag", None), "message_primary", None) or str(error)).strip()
    if not text or _made_of_a_row(error):
        return _condition(error)
    if not _quotes_no_row(error, text, statement):
        text = _VALUE.sub("…", text).partition(":")[0].replace(" …", "")
    return (text.splitlines() or [""])[0].strip(" .") or _condition(error)


_VALUE = re.compile(r"""["'].*["']|["'].*|\d[\d.,]*""", re.DOTALL)
_WITHOUT_ROWS = ("08", "25", "28", "3D", "40", "53", "55", "57", "42501", "42701", "42710", "42809", "42P07", "42P16")
"""Conditions of the connection, the transaction, the server, of rights, and of tables that are there already."""
_CONSTRAINTS = "23"  # the first line names them and their tables; the row stands in the detail, which is not told


def _made_of_a_row(error: BaseException) -> bool:
    """Said of a value by a function of somebody's own, or by the driver, in words of their own."""
    state, context = getattr(error, "sqlstate", None), getattr(getattr(error, "diag", None), "context", None) or ""
    if state == "P0001":
        return not context.startswith("PL/pgSQL function kpi.")
    return state is None and type(error).__name__ in ("DataError", "IntegrityError")


def _quotes_no_row(error: BaseException, text: str, statement: str) -> bool:
    state, diagnostic = getattr(error, "sqlstate", None), getattr(error, "diag", None)
    if isinstance(error, SQLAlchemyError) or state == "P0001":
        return True
    if diagnostic is None or state is None:
        return type(error).__module__.startswith("psycopg")  # it could not connect, or was cut off
    if state == "42601":  # a value that is cast to the name of a type is parsed too
        return text.partition('"')[2].rpartition('"')[0] in statement
    of_the_text = state.startswith("42") and diagnostic.statement_position is not None
    return of_the_text or state.startswith((_CONSTRAINTS, *_WITHOUT_ROWS))


def _condition(error: BaseException) -> str:
    """The kind of an error in words: NumericValueOutOfRange is "numeric value out of range"."""
    if getattr(error, "sqlstate", None) == "P0001":
        return "a function of the database refused a value"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()


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
