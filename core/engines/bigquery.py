"""BigQuery, by Google's own client."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import Any

from core.engines.engine import NOT_LOADED, TOO_SLOW, Answer, Connection, Terms, UnreachableError, Values, driver
from core.engines.urls import options, plain, split
from core.errors import SourceError

_EXAMPLE = "bigquery://project/dataset?location=EU"


def open_engine(url: str, terms: Terms) -> "BigQueryEngine":
    """`bigquery://project/dataset?location=EU`; who asks is told by GOOGLE_APPLICATION_CREDENTIALS."""
    library = driver("google.cloud.bigquery", "bigquery", "BigQuery")
    parts = split(url, _EXAMPLE)
    return BigQueryEngine(library, plain(parts.hostname), plain(parts.path.strip("/")), options(parts), terms)


@dataclass
class BigQueryEngine:
    library: ModuleType
    project: str
    dataset: str
    given: Mapping[str, str]
    terms: Terms
    dialect: str = "bigquery"
    kept: dict[object, object] = field(default_factory=dict)
    _client: Any = None

    @property
    def zone(self) -> str:
        return self.terms.zone

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        self._client = self._client or self._open()
        yield BigQueryConnection(self._client, self.library, self.terms, self.dataset)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self) -> Any:
        from google.auth.exceptions import GoogleAuthError

        try:
            return self.library.Client(project=self.project, location=self.given.get("location"))
        except (GoogleAuthError, OSError) as error:
            raise UnreachableError(
                f"BigQuery cannot be asked: nobody is named who asks ({type(error).__name__}).",
                next_step="Set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account.",
            ) from error


@dataclass(frozen=True)
class BigQueryConnection:
    client: Any
    library: ModuleType
    terms: Terms
    dataset: str

    def ask(self, sql: str, values: Values, most: int | None = None) -> Answer:
        from google.api_core.exceptions import GoogleAPIError

        try:
            job = self.client.query(sql, job_config=self._config(values), timeout=self.terms.timeout)
            found = job.result(max_results=most, timeout=self.terms.timeout)
            return Answer(tuple(f.name for f in found.schema), [tuple(r.values()) for r in found], _kinds(found.schema))
        except TimeoutError as error:
            raise SourceError(
                "The query failed: it took longer than KPI_STATEMENT_TIMEOUT allows.", next_step=TOO_SLOW
            ) from error
        except GoogleAPIError as error:
            raise _failed(error) from error

    def _config(self, values: Values) -> Any:
        kinds = {date: "DATE", int: "INT64", str: "STRING"}
        parameters = [
            self.library.ScalarQueryParameter(name, kinds[type(value)], value) for name, value in values.items()
        ]
        return self.library.QueryJobConfig(
            query_parameters=parameters,
            connection_properties=[self.library.ConnectionProperty("time_zone", self.terms.zone)],
            default_dataset=f"{self.client.project}.{self.dataset}" if self.dataset else None,
            job_timeout_ms=self.terms.timeout * 1000,
            labels={"asked-by": "kpi"},
        )


_WORDS = {
    **{"INTEGER": "integer", "INT64": "integer", "FLOAT": "float", "FLOAT64": "float", "STRING": "text"},
    **{"DATE": "date", "DATETIME": "timestamp", "TIMESTAMP": "timestamptz", "BOOLEAN": "boolean", "BOOL": "boolean"},
}


def _kinds(schema: Any) -> tuple[str, ...]:
    return tuple("" if one.mode == "REPEATED" else _kind(one) for one in schema)


def _kind(one: Any) -> str:
    if one.field_type in ("NUMERIC", "BIGNUMERIC"):
        digits, places = (38, 9) if one.field_type == "NUMERIC" else (76, 38)
        return f"decimal({one.precision or digits},{one.scale or (0 if one.precision else places)})"
    return _WORDS.get(one.field_type, "")


def _failed(error: Any) -> SourceError:
    """What it says of the text of a statement is told; what else it says may quote values."""
    code = getattr(error, "code", None)
    if code == 404:
        return SourceError("The query failed: a table or dataset is not there.", next_step=NOT_LOADED)
    if code in (401, 403):
        return UnreachableError("The database could not be asked: BigQuery refuses who asks.")
    reasons = {one.get("reason", "") for one in getattr(error, "errors", None) or ()}
    return SourceError(f"The query failed: BigQuery refuses it ({', '.join(sorted(reasons - {''})) or code}).")
