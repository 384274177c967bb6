"""The rows at the edges on PostgreSQL and elsewhere, and what a query says of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from math import isclose
from pathlib import Path

import duckdb
import psycopg
import sqlalchemy as sa

from core.databases import parse_url
from core.engines.engine import Engine, Terms
from core.engines.postgres import PostgresEngine
from core.engines.urls import foreign
from core.measures import binds
from core.periods import parse
from core.sources.database import ask_all

from .snippets import ALIKE, COLUMNS, ROWS, TYPES, WHOLE

ZONES = ("Europe/London", "Asia/Tokyo", "America/New_York", "UTC")
WEEKS = ("2026-W01", "2026-W13", "2026-W27", "2026-W53")
QUERIES = [*(f"select {piece} as value from staging.things" for piece in ALIKE), *WHOLE]
LISTED = ", ".join(f'"{name}" {kind}' for name, kind in zip(COLUMNS, TYPES, strict=True))


@dataclass(frozen=True)
class Pair:
    """The same rows on two engines, each by time zone."""

    postgres: dict[str, Engine]
    other: dict[str, Engine]

    def differences(self, sql: str, zone: str, *, exact: bool = True) -> list[str]:
        found = []
        for week in WEEKS if ":" in sql.replace("::", "") else WEEKS[:1]:
            one, other = _value(self.postgres[zone], sql, week), _value(self.other[zone], sql, week)
            if not _alike(one, other, exact=exact, quotient="avg(" in sql or "/" in sql):
                found.append(f"{zone} {week}: {one!r} and {other!r}")
        return found


@contextmanager
def beside_postgres(postgres: str, url: str, zones: tuple[str, ...] = ZONES) -> Iterator[Pair]:
    """`url` is that of the other engine."""
    with psycopg.connect(postgres) as connection:
        connection.execute("create schema if not exists staging")
        connection.execute(f"create table staging.things ({LISTED})")  # type: ignore[arg-type]
        connection.execute(f"insert into staging.things values {ROWS}")  # type: ignore[arg-type]
    pair = Pair({zone: _postgres(postgres, zone) for zone in zones}, {zone: _other(url, zone) for zone in zones})
    yield pair
    for engine in [*pair.postgres.values(), *pair.other.values()]:
        engine.close()


def fill_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as duck:
        duck.execute("create schema staging")
        duck.execute(f"create table staging.things ({LISTED})")
        duck.execute(f"insert into staging.things values {ROWS}")


def _postgres(url: str, zone: str) -> Engine:
    return PostgresEngine(sa.create_engine(parse_url(url), connect_args={"options": f"-c timezone={zone}"}))


def _other(url: str, zone: str) -> Engine:
    engine = foreign(url, Terms(zone, 60, 2))
    assert engine is not None
    return engine


def _value(engine: Engine, sql: str, week: str) -> object:
    rows = ask_all(engine, sql, binds(parse(week))).rows
    assert len(rows) == 1
    value = rows[0][0]
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return value


def _alike(one: object, other: object, *, exact: bool, quotient: bool) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-12)
    if isinstance(one, Decimal) and isinstance(other, float):  # a quotient, of which PostgreSQL itself rounds the rest
        return (not exact or quotient) and isclose(float(one), other, rel_tol=1e-12)
    if isinstance(one, float) != isinstance(other, float):
        return not exact and isclose(float(str(one)), float(str(other)), rel_tol=1e-12)
    return one == other
