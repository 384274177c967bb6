"""The ledger's tables: they come by migration, and guard themselves."""

import psycopg
import pytest
import sqlalchemy as sa

from core.databases import parse_url
from core.errors import MisuseError
from core.ledger import schema


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    newest = max(path.name[:4] for path in (schema.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest == schema.REVISION


def test_a_database_without_a_ledger_is_told_to_migrate(warehouse_url: str) -> None:
    engine = sa.create_engine(parse_url(warehouse_url))
    with engine.begin() as connection, pytest.raises(MisuseError, match="no ledger yet. Run `kpi migrate`"):
        schema.require(connection)
    engine.dispose()


def test_migrating_twice_changes_nothing(warehouse_url: str) -> None:
    engine = sa.create_engine(parse_url(warehouse_url))
    with engine.begin() as connection:
        assert schema.migrate(connection)[0] == f"ledger at revision {schema.REVISION}"
    with engine.begin() as connection:
        assert schema.migrate(connection) == []
        schema.require(connection)
    engine.dispose()


@pytest.mark.parametrize(
    "attempt", ["update kpi.reading set value = 0", "delete from kpi.reading", "truncate kpi.reading cascade"]
)
def test_the_history_refuses_every_change(ledger_url: str, attempt: str) -> None:
    with psycopg.connect(ledger_url) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute(attempt)


def test_the_reader_reads_everything_and_writes_nothing(ledger_url: str) -> None:
    with psycopg.connect(ledger_url) as connection:
        connection.execute("create table staging.anything as select 1 as one")
        connection.execute("set local role kpi_reader")
        assert connection.execute("select one from staging.anything").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("insert into staging.anything values (2)")
