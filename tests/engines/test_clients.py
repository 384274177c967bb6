"""Trino and BigQuery: their real clients take what they are given."""

import pytest

from core.engines.engine import Engine, Terms, UnreachableError
from core.engines.urls import foreign
from core.measures import Query, binds
from core.sources.database import ask

from .parity import WEEKS

pytestmark = [pytest.mark.engines, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def _open(url: str) -> Engine:
    engine = foreign(url, Terms("Asia/Tokyo", 5, 2))
    assert engine is not None
    return engine


def test_trino_is_told_user_catalog_and_zone() -> None:
    engine = _open("trino://ana:pa%40ss@127.0.0.1:9/hive/staging")
    with engine.connect() as connection:
        assert connection.connection._client_session.timezone == "Asia/Tokyo"  # type: ignore[attr-defined]
        assert connection.connection.catalog == "hive"  # type: ignore[attr-defined]
        with pytest.raises(UnreachableError):
            connection.ask("select 1", {})
    engine.close()


def test_a_trino_that_is_not_there_is_a_failure_for_every_period() -> None:
    engine = _open("trino://ana@127.0.0.1:9/hive")
    told = [str(answer) for answer in ask(engine, Query("select count(*) as value from a.b where c >= :start"), WEEKS)]
    assert len(told) == len(WEEKS)
    assert told[0].startswith("The database could not be asked: the connection to Trino failed")


def test_bigquery_is_handed_typed_values_and_the_zone() -> None:
    from core.engines.bigquery import BigQueryConnection, open_engine

    terms = Terms("Asia/Tokyo", 5, 2)
    engine = open_engine("bigquery://my-project/staging?location=EU", terms)
    assert (engine.project, engine.dataset, engine.given) == ("my-project", "staging", {"location": "EU"})

    class Client:
        project = "my-project"

    told = BigQueryConnection(Client(), engine.library, terms, "staging")._config(binds(WEEKS[0])).to_api_repr()
    values = {one["name"]: one["parameterType"]["type"] for one in told["query"]["queryParameters"]}
    assert values == {"start": "DATE", "end": "DATE", "week": "STRING", "year": "INT64", "last_sunday": "DATE"}
    assert told["query"]["connectionProperties"] == [{"key": "time_zone", "value": "Asia/Tokyo"}]
    assert told["query"]["defaultDataset"] == {"projectId": "my-project", "datasetId": "staging"}
