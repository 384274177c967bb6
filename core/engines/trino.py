"""Trino, by its own client."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from core.engines.engine import NOT_LOADED, TOO_SLOW, Answer, Connection, Idle, Terms, UnreachableError, Values, driver
from core.engines.kinds import kind
from core.engines.urls import options, plain, split
from core.errors import SourceError

_EXAMPLE = "trino://user@host:8080/catalog/schema"
_NOT_FOUND = ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND")
_OF_THE_TEXT = ("SYNTAX_ERROR", "COLUMN_NOT_FOUND", "FUNCTION_NOT_FOUND", "TYPE_MISMATCH", "NOT_SUPPORTED")


def open_engine(url: str, terms: Terms) -> "TrinoEngine":
    """`trino://user:password@host:443/catalog/schema`; with a password the connection is encrypted."""
    client = driver("trino", "trino", "Trino")
    parts = split(url, _EXAMPLE)
    catalog, _, schema = parts.path.strip("/").partition("/")
    given: dict[str, Any] = {
        "host": parts.hostname or "",
        "port": parts.port or (443 if parts.password else 8080),
        "user": plain(parts.username) or "kpi",
        "catalog": plain(catalog) or None,
        "schema": plain(schema) or None,
        **options(parts),
    }
    if parts.password:
        given["auth"] = client.auth.BasicAuthentication(plain(parts.username), plain(parts.password))
        given["http_scheme"] = "https"
    return TrinoEngine(client, given, terms)


@dataclass
class TrinoEngine:
    client: ModuleType
    given: Mapping[str, Any]
    terms: Terms
    dialect: str = "trino"
    kept: dict[object, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._idle = Idle(self._open, self.terms.pool)

    @property
    def zone(self) -> str:
        return self.terms.zone

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._idle.one() as connection:
            yield TrinoConnection(connection, self.client)

    def close(self) -> None:
        self._idle.close()

    def _open(self) -> Any:
        return self.client.dbapi.connect(
            **self.given,
            source="kpi",
            timezone=self.terms.zone,
            session_properties={"query_max_execution_time": f"{self.terms.timeout}s"},
            request_timeout=min(self.terms.timeout, 30),
        )


@dataclass(frozen=True)
class TrinoConnection:
    connection: Any
    client: ModuleType

    def ask(self, sql: str, values: Values, most: int | None = None) -> Answer:
        """`values` stand in the order of the question marks."""
        errors = self.client.exceptions
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql, list(values.values()) or None)
            rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
            described = cursor.description or []
        except errors.TrinoQueryError as error:
            raise _failed(error) from error
        except (errors.TrinoConnectionError, errors.HttpError, errors.Error, OSError) as error:
            raise UnreachableError(
                f"The database could not be asked: the connection to Trino failed ({type(error).__name__})."
            ) from error
        finally:
            cursor.cancel()
        return Answer(tuple(d[0] for d in described), [tuple(r) for r in rows], tuple(kind(d[1]) for d in described))


def _failed(error: Any) -> SourceError:
    name = error.error_name or type(error).__name__
    if name == "EXCEEDED_TIME_LIMIT":
        return SourceError("The query failed: it took longer than KPI_STATEMENT_TIMEOUT allows.", next_step=TOO_SLOW)
    if name in _NOT_FOUND:
        return SourceError(f"The query failed: {name.replace('_', ' ').lower()}.", next_step=NOT_LOADED)
    said = error.message.splitlines()[0].rstrip(".") if name in _OF_THE_TEXT else name.replace("_", " ").lower()
    return SourceError(f"The query failed: {said}.")
