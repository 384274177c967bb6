"""The ledger's tables: whether they are there, and how they come to be."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from core import write_points
from core.errors import MisuseError
from core.sql import statements

REVISION = "0004"  # a test holds it equal to the newest migration
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def revision(connection: sa.Connection) -> str | None:
    """The revision of the tables; None when there is no ledger."""
    try:
        with connection.begin_nested():
            found = connection.execute(sa.text(statements("runs")["revision"])).scalar()
    except ProgrammingError:
        return None
    return None if found is None else str(found)


def require(connection: sa.Connection) -> None:
    """Raises MisuseError unless the tables are those this version writes."""
    found = revision(connection)
    if found is None:
        raise MisuseError("The warehouse has no ledger yet.", next_step="Run `kpi migrate`.")
    if found < REVISION:
        raise MisuseError(f"The ledger is at revision {found}; {REVISION} is needed.", next_step="Run `kpi migrate`.")
    if found > REVISION:
        raise MisuseError(
            f"The ledger is at revision {found}, newer than this program ({REVISION}).",
            next_step="Update kpi-factory on this machine.",
        )


def migrate(connection: sa.Connection) -> list[str]:
    """Bring the tables to the newest revision; what PostgreSQL said while doing so."""
    from alembic import command
    from alembic.config import Config

    # Two first commands at once: the second waits here, and finds everything done.
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtextextended('kpi migrations', 0))"))
    before = revision(connection)
    with _notices(connection) as notices:
        connection.exec_driver_sql("create schema if not exists kpi")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        write_points.reached("revision applied")
    return [*([] if before == REVISION else [f"ledger at revision {REVISION}"]), *notices]


@contextmanager
def _notices(connection: sa.Connection) -> Iterator[list[str]]:
    """What the server says aloud, without the chatter about things that exist already."""
    heard: list[str] = []
    driver = connection.connection.driver_connection
    assert driver is not None

    def hear(diagnostic: object) -> None:
        text = str(getattr(diagnostic, "message_primary", ""))
        if not text.endswith("skipping") and "already" not in text:
            heard.append(text)

    driver.add_notice_handler(hear)
    try:
        yield heard
    finally:
        driver.remove_notice_handler(hear)
