"""`kpi doctor`: what is set up, what is not, and what to do about it."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.errors import FactoryError
from core.pipeline.findings import Finding
from core.pipeline.session import Session

if TYPE_CHECKING:
    import sqlalchemy as sa

OLDEST = 14  # PostgreSQL


def examine(session: Session) -> list[Finding]:
    """One finding a subject, in the order in which a person would mend them."""
    return [
        *_settings(session),
        *_files(session),
        *_folders(session),
        *_warehouse(session),
        *_other_databases(session),
        *_google(session),
    ]


def _settings(session: Session) -> Iterator[Finding]:
    unknown = session.settings.unknown
    yield Finding("settings", not unknown, " ".join(unknown) or "every KPI_ name is known")


def _files(session: Session) -> Iterator[Finding]:
    catalog = session.catalog
    count = f"{len(catalog.scorecards)} scorecards, {len(catalog.definitions)} KPIs, {len(catalog.datasets)} datasets"
    said = f"{count}; {len(catalog.faults)} faults: `kpi check` tells them" if catalog.faults else count
    yield Finding(
        "definitions", not catalog.faults and bool(catalog.definitions), f"{said} in {session.settings.scorecards}"
    )


def _folders(session: Session) -> Iterator[Finding]:
    for what, folder in (("home", session.settings.home), ("published", session.settings.published)):
        there = next(f for f in (folder, *folder.parents) if f.exists())
        fine = os.access(there, os.W_OK)
        yield Finding(what, fine, f"{folder}" + ("" if fine else f": {there} cannot be written to"))


def _warehouse(session: Session) -> Iterator[Finding]:
    import sqlalchemy as sa

    from core.databases import place
    from core.ledger import schema

    kind = "embedded" if session.settings.embedded else "KPI_WAREHOUSE_URL"
    try:
        with session.writing() as connection:
            version = int(str(connection.execute(sa.text("show server_version_num")).scalar()))
            where = place(session.databases.writer().url)
            said = f"PostgreSQL {version // 10000}.{version % 10000} at {where} ({kind})"
            old = "" if version // 10000 >= OLDEST else f"; {OLDEST} or newer is needed"
            yield Finding("warehouse", not old, said + old)
            revision = schema.revision(connection)
            fine = revision == schema.REVISION
            yield Finding("ledger", fine, f"revision {revision or 'none'}" + ("" if fine else ": run `kpi migrate`"))
            yield from _roles(connection)
    except FactoryError as error:
        yield Finding("warehouse", False, str(error))


def _roles(connection: "sa.Connection") -> Iterator[Finding]:
    """The roles that keep who reads from writing, who records from altering history, who looks from seeing too much."""
    from core.databases import READER, VIEWER, WRITER, has_reader
    from core.ledger import roles

    def finding(what: str, role: str, fine: bool, well: str, ill: str) -> Finding:
        lacks = roles.left_to_do(connection, role)
        how = f"an administrator can run: {' '.join(lacks)} Then run `kpi migrate`" if lacks else "run `kpi migrate`"
        return Finding(what, fine, well if fine else f"{ill}; {how}")

    yield finding(
        *("reader", READER, has_reader(connection)),
        *(f"queries run as {READER}", "queries run read-only, but under your own role"),
    )
    yield finding(
        *("writer", WRITER, roles.may_record(connection) and not roles.may_alter_history(connection)),
        *(f"runs record as {WRITER}, which cannot alter history", "runs record under your own role"),
    )
    yield finding(
        *("viewer", VIEWER, roles.may_view(connection)),
        *(f"{VIEWER} sees the scorecards and masked datasets", "there is no role that only looks"),
    )


def _google(session: Session) -> Iterator[Finding]:
    settings = session.settings
    if settings.google_key or settings.spreadsheets or settings.sheets:
        from core.pipeline import google_doctor

        yield from google_doctor.examine(session)


def _other_databases(session: Session) -> Iterator[Finding]:
    for name in session.settings.database_urls:
        try:
            with session.databases.reader(name, "UTC").connect() as connection:
                connection.ask("select 1 as one", {})
                yield Finding(f"database {name}", True, "answers")
        except Exception as error:
            said = str(error) if isinstance(error, FactoryError) else f"does not answer ({type(error).__name__})"
            yield Finding(f"database {name}", False, said)
