"""Snowflake, by its own connector."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from core.engines.engine import NOT_LOADED, TOO_SLOW, Answer, Connection, Idle, Terms, UnreachableError, Values, driver
from core.engines.urls import options, plain, split
from core.errors import SourceError

_EXAMPLE = "snowflake://user:password@account/database/schema?warehouse=name&role=name"
_UNREACHABLE = range(250_000, 252_000)  # numbers that the connector gives to what never reached a statement


def open_engine(url: str, terms: Terms) -> "SnowflakeEngine":
    """`snowflake://user:password@account/database/schema?warehouse=...&role=...`; what else stands behind the question
    mark is handed to the connector: `authenticator`, `private_key_file`."""
    connector = driver("snowflake.connector", "snowflake", "Snowflake")
    parts = split(url, _EXAMPLE)
    database, _, schema = parts.path.strip("/").partition("/")
    given: dict[str, Any] = {
        "user": plain(parts.username),
        "password": plain(parts.password),
        "account": parts.hostname or "",
        "database": plain(database),
        "schema": plain(schema),
    }
    given |= {name: _plain_value(text) for name, text in options(parts).items()}
    return SnowflakeEngine(connector, {name: value for name, value in given.items() if value}, terms)


def _plain_value(text: str) -> str | int | bool:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return int(text) if text.isdecimal() else text


@dataclass
class SnowflakeEngine:
    connector: ModuleType
    given: Mapping[str, Any]
    terms: Terms
    dialect: str = "snowflake"
    kept: dict[object, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._idle = Idle(self._open, self.terms.pool)

    @property
    def zone(self) -> str:
        return self.terms.zone

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._idle.one() as connection:
            yield SnowflakeConnection(connection, self.connector.errors.Error)

    def close(self) -> None:
        self._idle.close()

    def _open(self) -> Any:
        session = {
            "TIMEZONE": self.terms.zone,
            "STATEMENT_TIMEOUT_IN_SECONDS": self.terms.timeout,
            "WEEK_START": 1,  # date_trunc('week', ...) goes back to Monday
            "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
            "QUERY_TAG": "kpi",
        }
        try:
            # Left alone, the connector tries for ever to reach a server that went away.
            patience = {"login_timeout": 20, "network_timeout": self.terms.timeout + 60}
            asked = {**patience, **self.given, "session_parameters": session, "paramstyle": "pyformat"}
            return self.connector.connect(application="kpi", **asked)
        except self.connector.errors.Error as error:
            raise UnreachableError(
                f"Snowflake cannot be reached ({_number(error)}).",
                next_step=f"Are account, user and password right? The URL is like {_EXAMPLE}.",
            ) from None  # the connector's own words may repeat what it was given


@dataclass(frozen=True)
class SnowflakeConnection:
    connection: Any
    failure: type[Exception]

    def ask(self, sql: str, values: Values, most: int | None = None) -> Answer:
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, dict(values))
                rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
                described = cursor.description or []
        except self.failure as error:
            raise _failed(error) from error
        return Answer(tuple(_folded(d.name) for d in described), rows, tuple(_kind(d) for d in described))


def _folded(name: str) -> str:
    """What was written without quotes Snowflake keeps in capitals, PostgreSQL in small letters."""
    return name.lower() if name == name.upper() else name


_DIGITS_OF_FOUR_BYTES = 10
_KINDS = {1: "float", 2: "text", 3: "date", 4: "timestamp", 6: "timestamptz", 7: "timestamptz", 8: "timestamp"}


def _kind(described: Any) -> str:
    if described.type_code == 0:
        if described.scale:
            return f"decimal({described.precision},{described.scale})"
        return "integer(4)" if described.precision and described.precision <= _DIGITS_OF_FOUR_BYTES else "integer"
    return "boolean" if described.type_code == 13 else _KINDS.get(described.type_code, "")


def _number(error: Any) -> str:
    return f"error {error.errno}" if getattr(error, "errno", None) else type(error).__name__


def _failed(error: Any) -> SourceError:
    state, number = str(getattr(error, "sqlstate", None) or ""), getattr(error, "errno", None) or 0
    if number in _UNREACHABLE or state.startswith("08"):
        return UnreachableError(f"The database could not be asked: Snowflake's connection was cut ({_number(error)}).")
    if number in (604, 630):
        return SourceError("The query failed: canceling statement due to statement timeout.", next_step=TOO_SLOW)
    if state == "42S02" or number == 2043:
        return SourceError("The query failed: an object does not exist or may not be read.", next_step=NOT_LOADED)
    if state.startswith("42"):  # what it says of the text of the statement
        return SourceError(f"The query failed: {_said(error)}.")
    return SourceError(f"The query failed: Snowflake refuses a value ({_number(error)}).")


def _said(error: Any) -> str:
    lines = (getattr(error, "raw_msg", None) or str(error)).strip().splitlines()
    told = [line.strip(" .") for line in lines if line.strip() != "SQL compilation error:"]
    return ", ".join(told[:2]) or _number(error)
