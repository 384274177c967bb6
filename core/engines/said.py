"""What a PostgreSQL said went wrong, told without any value of a row."""

import re

from sqlalchemy.exc import SQLAlchemyError


def first_line(error: SQLAlchemyError) -> str:
    """What the database said, without the statement, its parameters and any value of a row."""
    return said_by(getattr(error, "orig", None) or error, getattr(error, "statement", None) or "")


def said_by(error: BaseException, statement: str = "") -> str:
    """The first line of what a database says; where it may quote a row, only the words around what it quotes.

    What it says of the connection, of rights and locks, and of the text of the statement is repeated as it is.
    """
    text = (getattr(getattr(error, "diag", None), "message_primary", None) or str(error)).strip()
    if not text or _made_of_a_row(error):
        return _condition(error)
    if not _quotes_no_row(error, text, statement):
        text = _VALUE.sub("…", text).partition(":")[0].replace(" …", "")
    return (text.splitlines() or [""])[0].strip(" .") or _condition(error)


_VALUE = re.compile(r"""["'].*["']|["'].*|\d[\d.,]*""", re.DOTALL)
_WITHOUT_ROWS = ("08", "25", "28", "3D", "40", "53", "55", "57", "42501", "42701", "42710", "42809", "42P07", "42P16")
"""Conditions of the connection, the transaction, the server, of rights, and of tables that are there already."""
_CONSTRAINTS = "23"  # the first line names them and their tables; the row stands in the detail, which is not told


def _made_of_a_row(error: BaseException) -> bool:
    """Said of a value by a function of somebody's own, or by the driver, in words of their own."""
    state, context = getattr(error, "sqlstate", None), getattr(getattr(error, "diag", None), "context", None) or ""
    if state == "P0001":
        return not context.startswith("PL/pgSQL function kpi.")
    return state is None and type(error).__name__ in ("DataError", "IntegrityError")


def _quotes_no_row(error: BaseException, text: str, statement: str) -> bool:
    state, diagnostic = getattr(error, "sqlstate", None), getattr(error, "diag", None)
    if isinstance(error, SQLAlchemyError) or state == "P0001":
        return True
    if diagnostic is None or state is None:
        return type(error).__module__.startswith("psycopg")  # it could not connect, or was cut off
    if state == "42601":  # a value that is cast to the name of a type is parsed too
        return text.partition('"')[2].rpartition('"')[0] in statement
    of_the_text = state.startswith("42") and diagnostic.statement_position is not None
    return of_the_text or state.startswith((_CONSTRAINTS, *_WITHOUT_ROWS))


def _condition(error: BaseException) -> str:
    """The kind of an error in words: NumericValueOutOfRange is "numeric value out of range"."""
    if getattr(error, "sqlstate", None) == "P0001":
        return "a function of the database refused a value"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
