"""URLs of other engines: which engine, which driver is missing, and no secret in a message."""

import sys

import pytest

from core.engines.engine import Terms
from core.engines.urls import dialect_of, foreign
from core.errors import MisuseError

TERMS = Terms("UTC", 300, 4)


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("duckdb:///shop.duckdb", "duckdb"),
        ("md:shop", "duckdb"),
        ("snowflake://me@account/db/schema", "snowflake"),
        ("sc://spark.example:15002", "spark"),
        ("spark://local[*]", "spark"),
        ("trino://me@host/hive", "trino"),
        ("bigquery://project/dataset", "bigquery"),
        ("postgresql://me@host/db", ""),
        ("", ""),
    ],
)
def test_the_beginning_of_a_url_names_the_engine(url: str, dialect: str) -> None:
    assert dialect_of(url) == dialect
    if not dialect:
        assert foreign(url, TERMS) is None


@pytest.mark.parametrize(
    ("url", "module", "line"),
    [
        ("snowflake://me:hunter2@account/db", "snowflake.connector", "kpi-factory[snowflake]"),
        ("sc://spark.example/;token=hunter2", "pyspark.sql", "kpi-factory[spark]"),
        ("trino://me:hunter2@host/hive", "trino", "kpi-factory[trino]"),
        ("bigquery://project/dataset", "google.cloud.bigquery", "kpi-factory[bigquery]"),
    ],
)
def test_a_missing_driver_is_named_with_the_line_that_installs_it(
    url: str, module: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MisuseError) as told:
        foreign(url, TERMS)
    assert f"pip install '{line}'" in str(told.value)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("url", ["trino://me:hunter@2@host/hive", "trino://me:hunter2@host:port/hive"])
def test_a_url_that_cannot_be_read_is_not_repeated(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trino", sys)  # whatever it is, it is not asked
    with pytest.raises(MisuseError, match="A database URL cannot be read") as told:
        foreign(url, TERMS)
    assert "hunter" not in str(told.value)
