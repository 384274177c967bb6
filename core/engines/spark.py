"""Spark: Spark Connect in production (`sc://host:15002`), a cluster's master, or a Spark in this process."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from core.engines.engine import (
    NOT_LOADED,
    TOO_SLOW,
    Answer,
    Connection,
    Terms,
    UnreachableError,
    Values,
    driver,
    within,
)
from core.engines.kinds import kind
from core.engines.parquet import tables_in
from core.errors import SourceError

_NOT_FOUND = ("TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND")


def open_engine(url: str, terms: Terms) -> "SparkEngine":
    """`sc://host:15002/;token=...`, `spark://host:7077` or `spark://local[*]`, with `?parquet=/folder` for its tables.

    What begins with `spark.` behind the question mark is a setting of Spark's.
    """
    driver("pyspark.sql", "spark", "Spark")
    logging.getLogger("SQLQueryContextLogger").disabled = True  # it would print every failure with the values in it
    address, _, query = url.partition("?") if url.startswith("spark:") else (url, "", "")
    named = dict(part.partition("=")[::2] for part in query.split("&") if part)
    local = address.removeprefix("spark://")
    conf = {name: value for name, value in named.items() if name.startswith("spark.")}
    return SparkEngine(local if local.startswith("local") else address, named.get("parquet", ""), conf, terms)


@dataclass
class SparkEngine:
    """A session of our own, made when it is first asked."""

    address: str
    parquet: str
    conf: Mapping[str, str]
    terms: Terms
    dialect: str = "spark"
    kept: dict[object, object] = field(default_factory=dict)
    _session: Any = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def zone(self) -> str:
        return self.terms.zone

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._lock:
            self._session = self._session or self._open()
        yield SparkConnection(self._session, self.terms.timeout)

    def close(self) -> None:
        with self._lock:
            if self._session is not None:
                self._session.stop()
                self._session = None

    def _open(self) -> Any:
        from pyspark.errors import PySparkException

        try:
            session = self._begun()
            for name, value in self._settings().items():
                session.conf.set(name, value)
            return session
        except (PySparkException, RuntimeError, OSError) as error:
            raise UnreachableError(
                f"Spark cannot be reached ({type(error).__name__}).",
                next_step="Is it up? A Spark in this process needs Java 17 or newer.",
            ) from error

    def _begun(self) -> Any:
        from pyspark.sql import SparkSession

        if self.address.startswith("sc://"):
            return _impatient(SparkSession.builder.remote(self.address).create())
        builder = SparkSession.builder.master(self.address).appName("kpi")
        for name, value in {**_QUIET, **self.conf}.items():
            builder = builder.config(name, value)
        root = builder.getOrCreate()
        if self.parquet:
            _name_tables(root, Path(self.parquet))
        return root.newSession()

    def _settings(self) -> Mapping[str, str]:
        """Midnight, and arithmetic that fails rather than answers with a null or a rounded number."""
        return {
            "spark.sql.session.timeZone": self.terms.zone,
            "spark.sql.ansi.enabled": "true",
            "spark.sql.decimalOperations.allowPrecisionLoss": "false",
            "spark.sql.caseSensitive": "false",
        }


def _impatient(session: Any) -> Any:
    """Left alone, a client whose server went away tries again for ten minutes."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=6, initial_backoff=100, max_backoff=5000)])
    return session


_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF"}


def _name_tables(root: Any, folder: Path) -> None:
    for schema, table, path in tables_in(folder):
        root.sql(f"create database if not exists `{schema}`")
        place = str(path.absolute()).replace("\\", "\\\\").replace("'", "\\'")
        root.sql(f"create table if not exists `{schema}`.`{table}` using parquet location '{place}'")


@dataclass(frozen=True)
class SparkConnection:
    session: Any
    timeout: int

    def ask(self, sql: str, values: Values, most: int | None = None) -> Answer:
        from pyspark.errors import PySparkException

        tag = f"kpi-{uuid4().hex}"
        self.session.addTag(tag)
        with within(self.timeout, lambda: self.session.interruptTag(tag)) as stopped:
            try:
                frame = self.session.sql(sql, args=dict(values))
                rows = frame.collect() if most is None else frame.take(most)
                fields = frame.schema.fields
            except PySparkException as error:
                raise _too_slow() if stopped else _failed(error) from error
            except Exception as error:  # the gateway to the JVM speaks of its own troubles
                raise _too_slow() if stopped else _lost(error) from error
            finally:
                self.session.removeTag(tag)
        kinds = tuple(_kind(f.dataType.simpleString()) for f in fields)
        return Answer(tuple(f.name for f in fields), [tuple(row) for row in rows], kinds)


def _kind(native: str) -> str:
    """Spark's plain timestamp is a moment."""
    return "timestamptz" if native == "timestamp" else kind(native)


def _too_slow() -> SourceError:
    return SourceError("The query failed: it took longer than KPI_STATEMENT_TIMEOUT allows.", next_step=TOO_SLOW)


def _lost(error: Exception) -> SourceError:
    return UnreachableError(
        f"The database could not be asked: the connection to Spark failed ({type(error).__name__})."
    )


def _failed(error: Any) -> SourceError:
    """The name of the condition; what else Spark says may quote values."""
    condition = error.getCondition() or type(error).__name__
    if condition == "SparkConnectGrpcException" or condition.startswith("RETRIES_EXCEEDED"):
        return _lost(error)
    step = NOT_LOADED if condition.startswith(_NOT_FOUND) else ""
    return SourceError(f"The query failed: {condition.replace('_', ' ').replace('.', ': ').lower()}.", next_step=step)
