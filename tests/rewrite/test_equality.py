"""Every form of every generated KPI says what the loop says, and what plain Python works out of the rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from math import isclose
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pytest

from core.databases import parse_url
from core.engines.duckdb import open_engine
from core.engines.engine import Engine, Terms
from core.engines.postgres import PostgresEngine, alchemy
from core.measures import Query, binds
from core.periods import Period
from core.rewrite.anatomy import anatomy
from core.rewrite.forms import NOTHING, Asked, lateral, scan, shared, text_of
from core.rewrite.shape import Anatomy, Shape
from core.sources.database import Answer, ask, ask_all, ask_on
from tests.rewrite.generated import Generated, generated
from tests.rewrite.generated_deep import Deep, deep
from tests.rewrite.generated_rows import CUSTOMERS, SALES, WEEKS, Tables, drawn, statements

ZONES = ("Europe/London", "America/New_York")
MANY, DEEP = 110, 60
BESIDE_HOLES = [week for n, week in enumerate(WEEKS) if n % 7 not in (2, 3)]
TYPES = {name: kind for name, kind in {**CUSTOMERS, **SALES}.items() if name != "id"}
Said = Mapping[str, Any]


@cache
def the_tables(zone: str) -> Tables:
    return drawn(ZoneInfo(zone))


@pytest.fixture(scope="session")
def warehouses(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Engines of both kinds over the same rows, made when first asked for."""
    opened: dict[tuple[str, str], Engine] = {}

    def warehouse(kind: str, zone: str) -> Engine:
        if (kind, zone) not in opened:
            make = _postgres if kind == "postgres" else _duckdb
            opened[kind, zone] = make(zone, new_database, tmp_path_factory)
        return opened[kind, zone]

    yield warehouse
    for engine in opened.values():
        engine.close()


def _postgres(zone: str, new_database: Callable[[str], str], folder: pytest.TempPathFactory) -> Engine:
    url = new_database("template1")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create schema staging")
        for statement in statements(the_tables(zone)):
            connection.execute(statement)
        for column in ("sold", "noted", "day"):
            connection.execute(f"create index on staging.sales ({column})")
        connection.execute("analyze")
    pool = alchemy(parse_url(url), f"-c timezone={zone}", 2)
    return PostgresEngine(pool.execution_options(isolation_level="AUTOCOMMIT"))


def _duckdb(zone: str, new_database: Callable[[str], str], folder: pytest.TempPathFactory) -> Engine:
    path = Path(folder.mktemp("duck")) / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema staging")
        for statement in statements(the_tables(zone)):
            connection.execute(statement)
    return open_engine(f"duckdb:///{path}", Terms(zone, 60, 2))


@pytest.mark.parametrize("kind", ["postgres", "duckdb"])
@pytest.mark.parametrize("share", range(4))
def test_every_form_says_what_the_loop_and_plain_python_say(
    warehouses: Callable[[str, str], Engine], kind: str, share: int
) -> None:
    zone = ZONES[share % 2]
    _prove(warehouses(kind, zone), zone, range(share, MANY, 4))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["postgres", "duckdb"])
@pytest.mark.parametrize("share", range(20))
def test_a_thousand_more_say_it_too(warehouses: Callable[[str, str], Engine], kind: str, share: int) -> None:
    zone = ZONES[share % 2]
    _prove(warehouses(kind, zone), zone, range(MANY + share, MANY + 1_000, 20), whole=True)


@pytest.mark.parametrize("kind", ["postgres", "duckdb"])
@pytest.mark.parametrize("share", [0, pytest.param(1, marks=pytest.mark.long)])
def test_what_groups_below_says_it_for_all_periods_at_once(
    warehouses: Callable[[str, str], Engine], kind: str, share: int
) -> None:
    """Groups, ranks and distinct rows are those of one period, however many are asked at once."""
    _prove(warehouses(kind, ZONES[share]), ZONES[share], range(share, DEEP, 2), deep)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["postgres", "duckdb"])
@pytest.mark.parametrize("share", range(10))
def test_five_hundred_more_that_group_below(warehouses: Callable[[str, str], Engine], kind: str, share: int) -> None:
    zone = ZONES[share % 2]
    _prove(warehouses(kind, zone), zone, range(DEEP + share, DEEP + 500, 10), deep, whole=True)


@pytest.mark.parametrize("kind", ["postgres", "duckdb"])
def test_what_is_asked_together_says_what_each_says_alone(warehouses: Callable[[str, str], Engine], kind: str) -> None:
    """Families of up to eight, as a run makes them."""
    zone = ZONES[0]
    engine, tables, families = warehouses(kind, zone), the_tables(zone), _families(range(MANY))
    assert len(families) > 5
    for family in families:
        together = shared([shape for _, shape in family])
        told = {}
        if not together.binds and together.moment:
            asked = scan(together, WEEKS, by="search" if kind == "postgres" else "steps")
            told["scan"] = _placed(engine, asked, WEEKS)
        told["lateral"] = _placed(engine, lateral(text_of(together), WEEKS), WEEKS, translated=False)
        few = _sample(family[0][0].number, 2)
        alone = {n: _said(ask_all(engine, text_of(together), binds(WEEKS[n]))) for n in few}
        for member, (kpi, _) in enumerate(family):
            for n, expected in enumerate(kpi.answers(tables, ZoneInfo(zone), WEEKS)):
                for form, answers in (*told.items(), ("shared", alone)):
                    if form != "shared" or n in alone:
                        found = {name: answers[n][f"kpi_{member}_{name}"] for name in expected}
                        _compare(kpi, form, WEEKS[n], found, expected)


def _families(numbers: range) -> list[list[tuple[Generated, Shape]]]:
    found: dict[object, list[tuple[Generated, Shape]]] = {}
    for kpi in map(generated, numbers):
        if shape := anatomy(kpi.sql, TYPES).shape:
            found.setdefault(shape.kin, []).append((kpi, shape))
    return [family[:8] for family in found.values() if len(family) > 1]


def _prove(
    engine: Engine,
    zone: str,
    numbers: range,
    drawn: Callable[[int], Generated | Deep] = generated,
    *,
    whole: bool = False,
) -> None:
    tables = the_tables(zone)
    for kpi in map(drawn, numbers):
        read = anatomy(kpi.sql, TYPES)
        assert "lateral" not in read.refusals, (kpi.sql, read)
        assert (read.shape is not None and "scan" not in read.refusals) is kpi.scans, (kpi.sql, read)
        expected = kpi.answers(tables, ZoneInfo(zone), WEEKS)
        looped = [*range(len(WEEKS))] if whole else _sample(kpi.number, 9)
        for n, answer in zip(looped, ask(engine, Query(kpi.sql), [WEEKS[n] for n in looped]), strict=True):
            assert isinstance(answer, Answer), (kpi.sql, answer)
            _compare(kpi, "loop", WEEKS[n], _said(answer), expected[n])
        for form, asked, periods in _forms(kpi, read, engine.dialect == "postgres"):
            wanted = dict(zip(WEEKS, expected, strict=True))
            translated = whole or kpi.number % 27 == 0 or "/ 7" in asked.sql  # the rest is dropped in PostgreSQL alone
            for period, said in zip(periods, _placed(engine, asked, periods, translated=translated), strict=True):
                _compare(kpi, form, period, said, wanted[period])


def _forms(kpi: Generated | Deep, read: Anatomy, postgres: bool) -> Iterator[tuple[str, Asked, Sequence[Period]]]:
    periods = BESIDE_HOLES if kpi.number % 3 == 0 else WEEKS
    yield "lateral", lateral(kpi.sql, periods), periods
    if read.shape and kpi.scans:
        yield "scan by a join", scan(read.shape, periods, by="join"), periods
        yield "scan by steps", scan(read.shape, periods, by="steps"), periods
        if postgres:
            yield "scan by a search", scan(read.shape, periods, by="search"), periods


def _placed(engine: Engine, asked: Asked, periods: Sequence[Period], *, translated: bool = True) -> list[Said]:
    """What a statement says of each period; where a period has no row, what it says of no rows at all.

    To translate hundreds of periods for another engine takes longer than to ask it. Where that is not to be tried, it
    is given the statement as it is: DuckDB understands these.
    """
    with engine.connect() as connection:
        answer = ask_on(engine, connection, asked.sql, {}) if translated else connection.ask(asked.sql, {})
    rows = {int(str(place)): dict(zip(answer.columns[1:], row, strict=True)) for place, *row in answer.rows}
    found = {asked.places[place]: said for place, said in rows.items() if place in asked.places}
    assert len(rows) == len(answer.rows)
    return [found[n] if n in found else rows[NOTHING] for n in range(len(periods))]


def _said(answer: Answer) -> Said:
    (row,) = answer.rows
    return dict(zip(answer.columns, row, strict=True))


def _sample(number: int, count: int) -> list[int]:
    """Weeks by chance, and always the first, the last, week 53 and the one after it."""
    drawn_ = Random(number).sample(range(len(WEEKS)), count)
    turn = [n for n, week in enumerate(WEEKS) if week.label in ("2020-W53", "2021-W01")]
    return sorted({0, len(WEEKS) - 1, *turn, *drawn_})


def _compare(kpi: Generated | Deep, form: str, period: Period, found: Said, expected: Said) -> None:
    assert found.keys() == expected.keys(), (form, kpi.sql)
    for name, right in expected.items():
        said = found[name]
        if kpi.approximate and isinstance(right, float | int) and isinstance(said, float | int):
            same = isclose(said, right, rel_tol=1e-9, abs_tol=1e-9)
        else:
            same = said == right and (right is None or isinstance(said, int | Decimal))
        assert same, f"{form}, {period.label}: {name} is {said!r}, not {right!r}, of\n{kpi.sql}"
