"""Roles: one that reads, one that records and cannot alter history, one that only looks at what is masked.

They are brought in line as far as the user may; the rest is SQL that an administrator can paste.
"""

from collections.abc import Callable, Iterator

import psycopg
import sqlalchemy as sa
from psycopg import errors

from core.databases import READER, VIEWER, WRITER, has_role
from core.sql import statements

ROLES = (READER, WRITER, VIEWER)
_READS = {READER: "reader_reads_all", WRITER: "writer_reads_like_reader"}
_NOT_ALLOWED = (errors.InsufficientPrivilege, errors.UndefinedObject)  # or on a role that could not be made
_DONE_BY_ANOTHER = (errors.DuplicateObject, errors.UniqueViolation)  # roles are shared by all databases of a server

Wanted = tuple[str, Callable[[], bool]]
"""A statement, and whether what it would do holds already."""


def grant(connection: sa.Connection) -> list[str]:
    """Bring the roles and their rights in line; the statements that this user may not run, in their order.

    Running it again changes nothing.
    """
    left = []
    for statement, holds in _wanted(connection):
        if not holds() and not _run(connection, statement):
            left.append(f"{statement};")
    return left


def left_to_do(connection: sa.Connection, role: str) -> list[str]:
    """What an administrator has to do once before this user can take the role, and `kpi migrate` do the rest."""
    steps = [] if _true(connection, "is_there", role=role) else [f"create role {role} nologin;"]
    if steps and role in _READS:
        steps.append(f"{statements('roles')[_READS[role]]};")
    if role != VIEWER and not has_role(connection, role):  # nobody runs or records as a viewer
        steps.append(f"grant {role} to {_names(connection)['login']};")
    return steps


def may_record(connection: sa.Connection) -> bool:
    """Whether this user may take the writer's role, and the role may write to this ledger."""
    return has_role(connection, WRITER) and _true(connection, "may_record")


def may_alter_history(connection: sa.Connection) -> bool:
    """Whether the writer's role has rights that it should not have."""
    return _true(connection, "may_alter_history")


def may_view(connection: sa.Connection) -> bool:
    """Whether the viewer's role sees the scorecards and the masked views, and nothing else of ours."""
    return _true(connection, "may_view")


def _wanted(connection: sa.Connection) -> Iterator[Wanted]:
    sql, names = statements("roles"), _names(connection)

    def is_member(member: str, role: str) -> Callable[[], bool]:
        return lambda: _true(connection, "is_member", member=member, role=role)

    for role, create in zip(ROLES, ("create_reader", "create_writer", "create_viewer"), strict=True):
        yield sql[create], lambda role=role: _true(connection, "is_there", role=role)  # type: ignore[misc]
    yield sql["reader_reads_all"], is_member(READER, "pg_read_all_data")
    yield sql["writer_reads_like_reader"], is_member(WRITER, READER)
    yield sql["login_reads"].format(**names), lambda: has_role(connection, READER)
    yield sql["login_records"].format(**names), lambda: has_role(connection, WRITER)
    for name in ("schemas", "reading", "recording", "keeping_history"):
        yield sql[name], lambda: False  # granted anew each time: there may be new tables
    yield sql["tables_to_come"].format(**names), lambda: False


def _names(connection: sa.Connection) -> dict[str, str]:
    """Who is connected, and as whom tables are made: the same, unless the URL's options say otherwise."""
    quote = connection.dialect.identifier_preparer.quote
    login, owner = connection.execute(sa.text("select session_user, current_user")).one()
    return {"login": quote(login), "owner": quote(owner)}


def _run(connection: sa.Connection, statement: str) -> bool:
    """Whether the user may; another program that grants at this moment is waited for once."""
    for last in (False, True):
        try:
            with connection.begin_nested():
                _driver(connection).execute(statement.encode())
            return True
        except _NOT_ALLOWED:
            return False
        except _DONE_BY_ANOTHER:
            return True
        except errors.InternalError_:  # "tuple concurrently updated"
            if last:
                raise
    return False


def _driver(connection: sa.Connection) -> "psycopg.Connection[tuple[object, ...]]":
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _true(connection: sa.Connection, name: str, **values: str) -> bool:
    return bool(connection.execute(sa.text(statements("roles")[name]), values).scalar())
