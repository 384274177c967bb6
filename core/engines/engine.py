"""What every engine offers: connections that answer a statement in the engine's own dialect."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from threading import Timer
from types import ModuleType
from typing import Any, Protocol

from core.errors import MisuseError, SourceError

TOO_SLOW = "Raise KPI_STATEMENT_TIMEOUT or give the table an index."
"""The next step of a statement that was stopped: who asks many tells by it that the others would take as long."""
NOT_LOADED = "Load the dataset with `kpi load`, or mend the name."

LABELS: Mapping[str, str] = {
    "duckdb": "DuckDB",
    "snowflake": "Snowflake",
    "spark": "Spark",
    "trino": "Trino",
    "bigquery": "BigQuery",
}
"""The dialects that PostgreSQL's is translated to, and what people call them."""

Values = Mapping[str, object]


class UnreachableError(SourceError):
    """The connection itself failed: what it was not asked yet stays without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query said for a period: its columns and its first rows (two are one too many).

    `kinds` are the types of the columns in the words of a contract, `""` where they have none.
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    kinds: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds on each connection: midnight, seconds that one statement may take, connections kept open."""

    zone: str
    timeout: int
    pool: int


class Connection(Protocol):
    def ask(self, sql: str, values: Values, most: int | None = None) -> Answer:
        """The first `most` rows, or all. Raises SourceError; UnreachableError where the connection itself failed."""


class Engine(Protocol):
    """`dialect` is the name of what it speaks: those of LABELS are translated for, "postgres" is asked as it is
    written, and so is "other", which is asked nothing else.

    `kept` holds what was translated already, by the text and the kinds of its binds.
    """

    dialect: str
    kept: dict[object, object]

    @property
    def zone(self) -> str: ...

    def connect(self) -> AbstractContextManager[Connection]: ...

    def close(self) -> None: ...


def driver(module: str, extra: str, label: str) -> ModuleType:
    """The library that speaks to an engine. Raises MisuseError with the install line where it is missing."""
    try:
        return import_module(module)
    except ImportError:
        raise MisuseError(
            f"No driver for {label} is installed.", next_step=f"Install it: pip install 'kpi-factory[{extra}]'."
        ) from None


@contextmanager
def within(seconds: int, stop: Callable[[], object]) -> Iterator[list[bool]]:
    """Stops from outside what knows no timeout of its own; what it yields is filled once that happened."""
    stopped: list[bool] = []

    def ring() -> None:
        stopped.append(True)
        stop()

    alarm = Timer(seconds, ring)
    alarm.daemon = True
    alarm.start()
    try:
        yield stopped
    finally:
        alarm.cancel()


@dataclass
class Idle:
    """Connections that nobody uses at the moment. One that failed is closed instead of kept."""

    make: Callable[[], Any]
    most: int
    _kept: list[Any] = field(default_factory=list)  # appending and popping is safe between threads

    @contextmanager
    def one(self) -> Iterator[Any]:
        try:
            connection = self._kept.pop()
        except IndexError:
            connection = self.make()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if len(self._kept) < self.most:
            self._kept.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()
