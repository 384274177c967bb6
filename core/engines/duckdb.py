"""DuckDB: a database file, a folder of Parquet files, or MotherDuck by its `md:` URL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import duckdb

from core.checks import quoted
from core.engines.engine import NOT_LOADED, TOO_SLOW, Answer, Connection, Terms, UnreachableError, Values, within
from core.engines.kinds import kind
from core.engines.parquet import tables_in
from core.errors import SourceError

MOMENT = "timestamptz"
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_OF_THE_TEXT = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)


def open_engine(url: str, terms: Terms) -> "DuckEngine":
    """`duckdb:///relative.duckdb`, `duckdb:////absolute.duckdb`, a folder in its place, `duckdb://` or `md:name`."""
    return DuckEngine(url if url.startswith("md:") else url.removeprefix("duckdb://").removeprefix("/"), terms)


@dataclass
class DuckEngine:
    """One database in this process, opened to read when it is first asked; connections are its cursors."""

    database: str
    terms: Terms
    dialect: str = "duckdb"
    kept: dict[object, object] = field(default_factory=dict)
    _duck: duckdb.DuckDBPyConnection | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def zone(self) -> str:
        return self.terms.zone

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._lock:
            self._duck = self._duck or self._open()
            cursor = self._duck.cursor()
        try:
            cursor.execute("set TimeZone = $1", [self.terms.zone])
            yield DuckConnection(cursor, self.terms.timeout)
        finally:
            cursor.close()

    def close(self) -> None:
        with self._lock:
            if self._duck is not None:
                self._duck.close()
                self._duck = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        path = Path(self.database)
        remote = self.database.startswith("md:")
        in_memory = self.database in ("", ":memory:") or path.is_dir()
        if not remote and not in_memory and not path.is_file():
            raise UnreachableError(
                f"There is no DuckDB database {path.absolute()}.",
                next_step="An absolute path has four slashes: duckdb:////data/warehouse.duckdb.",
            )
        try:
            if in_memory:
                return _over_files(path)
            # What an extension brings is downloaded code: none comes by itself, but the one that `md:` asks for.
            if remote:
                return duckdb.connect(self.database)
            return duckdb.connect(self.database, read_only=True, config={"autoinstall_known_extensions": "false"})
        except duckdb.Error as error:
            raise UnreachableError(
                f"The DuckDB database {_shown(self.database)} cannot be opened: {_said(error)}."
            ) from error


def _over_files(folder: Path) -> duckdb.DuckDBPyConnection:
    duck = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    for schema, table, path in tables_in(folder) if folder.name else ():
        rows = str(path / "*.parquet" if path.is_dir() else path).replace("'", "''")
        duck.execute(f"create schema if not exists {quoted(schema)}")
        duck.execute(f"create view {quoted(schema)}.{quoted(table)} as from read_parquet('{rows}')")
    return duck


def _shown(database: str) -> str:
    return database.partition("?")[0]  # a token may stand behind it


@dataclass(frozen=True)
class DuckConnection:
    cursor: duckdb.DuckDBPyConnection
    timeout: int

    def ask(self, sql: str, values: Values, most: int | None = None) -> Answer:
        with within(self.timeout, self.cursor.interrupt):
            try:
                result = self.cursor.execute(sql, dict(values))
                names, kinds = zip(*((d[0], kind(str(d[1]))) for d in result.description or ()), strict=True)
                if MOMENT in kinds:
                    result = self.cursor.execute(_in_microseconds(sql, kinds), dict(values))
                rows = result.fetchall() if most is None else result.fetchmany(most)
            except duckdb.Error as error:
                raise SourceError(f"The query failed: {_said(error)}.", next_step=_next_step(error)) from error
        return Answer(names, [_as_moments(row, kinds) for row in rows] if MOMENT in kinds else rows, kinds)


def _in_microseconds(sql: str, kinds: Sequence[str]) -> str:
    """DuckDB hands moments over by a library that is not ours: they are asked for as numbers."""
    columns = [f"c{n}" for n in range(len(kinds))]
    asked = [f"epoch_us({c})" if kind == MOMENT else c for c, kind in zip(columns, kinds, strict=True)]
    return f"select {', '.join(asked)} from ({sql}) as told ({', '.join(columns)})"  # noqa: S608 - a query's own text


def _as_moments(row: Sequence[object], kinds: Sequence[str]) -> tuple[object, ...]:
    return tuple(_moment(v) if kind == MOMENT else v for v, kind in zip(row, kinds, strict=True))


def _moment(since_1970: object) -> datetime | None:
    return None if since_1970 is None else _1970 + timedelta(microseconds=int(str(since_1970)))


def _said(error: duckdb.Error) -> str:
    """What DuckDB did not understand; what else it says quotes values, which may be sensitive."""
    if isinstance(error, duckdb.InterruptException):
        return "it took longer than KPI_STATEMENT_TIMEOUT allows"
    if isinstance(error, (*_OF_THE_TEXT, duckdb.IOException, duckdb.ConnectionException)):
        return str(error).splitlines()[0].rstrip(".")
    return f"a value that DuckDB refuses ({type(error).__name__})"


def _next_step(error: duckdb.Error) -> str:
    if isinstance(error, duckdb.InterruptException):
        return TOO_SLOW
    if isinstance(error, duckdb.OutOfRangeException):
        return "If it multiplies decimals, cast one of them to a longer one: cast(price as decimal(30, 4))."
    return NOT_LOADED if isinstance(error, duckdb.CatalogException) and "Table with name" in str(error) else ""
