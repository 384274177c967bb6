"""Blends: a file, a sheet and a database joined for one number, period by period."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from core.databases import Databases
from core.errors import FactoryError, SourceError
from core.measures import Blend, File, Query, Sheet
from core.periods import Period, Week
from core.sources.blend import blend
from core.sources.database import Answer

Sql = Callable[..., list[tuple[Any, ...]]]
WEEKS = [Week.of(2026, number) for number in (44, 45, 46)]
ORDERS = Query("select client_id, at, amount from staging.orders where at >= :start and at < :end")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Plans in a CSV file, fees in a Parquet file, regions in a tab that people keep."""
    (tmp_path / "plans.csv").write_text("client_id,plan\n1,basic\n2,full\n3,full\n")
    with duckdb.connect() as duck:
        fees = "select * from (values ('basic', 1.5::decimal(6,2)), ('full', 2.25)) as f(plan, fee)"
        duck.execute(f"copy ({fees}) to '{tmp_path / 'fees.parquet'}' (format parquet)")
    with xlsxwriter.Workbook(tmp_path / "clients.xlsx") as book:
        sheet = book.add_worksheet("Regions")
        for n, row in enumerate(
            [["Our regions"], [], ["Client ID", "Region"], [1, "north"], [2, "north"], [3, "south"]]
        ):
            sheet.write_row(n, 0, row)
    return tmp_path


@pytest.fixture
def ask(databases: Databases, data: Path) -> Callable[..., list[Any]]:
    """The blend's answers: the only row's cells, or the error."""

    def _ask(measure: Blend, periods: list[Week] = WEEKS, zone: str = "UTC") -> list[Any]:
        asked: list[Period] = list(periods)
        found = list(blend(measure, asked, databases=databases, data=data, zone=zone))
        return [list(answer.rows[0]) if isinstance(answer, Answer) and answer.rows else answer for answer in found]

    return _ask


@pytest.fixture
def orders(sql: Sql) -> None:
    sql("create table staging.orders (client_id bigint, at timestamptz, amount numeric(12,2), note text)")
    for client, day in ((1, "10-28"), (2, "11-03"), (3, "11-04"), (1, "11-10"), (2, "11-11"), (3, "11-12")):
        sql("insert into staging.orders values (%s, %s, 10.10, null)", client, f"2026-{day} 12:00+00")


def test_four_kinds_of_input_are_joined_week_by_week(ask: Callable[..., Any], orders: None) -> None:
    measure = Blend(
        tables={
            "plans": File("plans.csv", columns={"client_id": "integer", "plan": "text"}),
            "fees": File("fees.parquet"),
            "regions": Sheet("clients", tab="Regions", columns={"client_id": "integer", "region": "text"}),
            "orders": ORDERS,
        },
        sql="""
            select sum(amount * fee) as numerator, count(*) filter (where region = 'north') as denominator
            from   orders
                   join plans using (client_id)
                   join fees using (plan)
                   join regions using (client_id)
            where  orders.at >= :start
            and    orders.at <  :end
        """,
    )
    assert ask(measure) == [[Decimal("15.15"), 1], [Decimal("45.45"), 1], [Decimal("60.60"), 2]]


def test_every_name_of_a_period_can_be_used(ask: Callable[..., Any]) -> None:
    names = ":week || ' ' || :year || ' ' || :last_sunday || ' ' || (cast(:end as date) - :start)"
    measure = Blend(tables={"plans": File("plans.csv")}, sql=f"select {names} as value from plans limit 1")
    assert ask(measure, [Week.of(2026, 53)]) == [["2026-W53 2026 2027-01-03 7"]]


def test_dates_mean_midnight_in_the_scorecards_zone(ask: Callable[..., Any], sql: Sql) -> None:
    sql("create table staging.orders (client_id bigint, at timestamptz, amount numeric)")
    sql("insert into staging.orders values (1, '2026-11-08 20:00+00', 1)")  # Monday already in Tokyo
    measure = Blend(
        tables={"orders": Query("select at as placed_at from staging.orders")},
        sql="select count(*) as value from orders where placed_at >= :start and placed_at < :end",
    )
    assert ask(measure, [Week.of(2026, 46)], "Asia/Tokyo") == [[1]]
    assert ask(measure, [Week.of(2026, 46)], "UTC") == [[0]]


def test_inputs_that_no_period_changes_are_read_once(ask: Callable[..., Any], orders: None) -> None:
    once = Blend(tables={"drawn": Query("select random() as n")}, sql="select n as value from drawn")
    each = Blend(
        tables={"drawn": Query("select random() as n where :start < :end")}, sql="select n as value from drawn"
    )
    assert len({n for (n,) in ask(once)}) == 1
    assert len({n for (n,) in ask(each)}) == 3


def test_a_column_of_nulls_alone_can_be_asked(ask: Callable[..., Any], orders: None) -> None:
    measure = Blend(
        tables={"orders": Query("select note, amount from staging.orders where at >= :start and at < :end")},
        sql="select count(*) as value from orders where coalesce(note, 'x') = 'x'",
    )
    assert ask(measure) == [[1], [2], [3]]


def test_a_week_without_rows_is_an_empty_table_that_counts_0_and_sums_to_unknown(
    ask: Callable[..., Any], orders: None
) -> None:
    weeks = [Week.of(2026, 40), Week.of(2026, 46)]
    tables = {"orders": ORDERS}
    assert ask(Blend(tables=tables, sql="select count(*) as value from orders"), weeks) == [[0], [3]]
    empty, full = ask(Blend(tables=tables, sql="select sum(amount) as value from orders"), weeks)
    assert empty == [None]
    assert full[0] > 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (File("gone.csv"), "There is no gone.csv"),
        (Sheet("gone", tab="x"), "There is no gone.xlsx"),
        (Sheet("clients", tab="Gone"), "Gone"),
        (File("plans.csv", columns={"price": "integer"}), "price"),
        (Query("select 1 as n", database="crm"), 'There is no database "crm".'),
        (Query("select n from staging.nowhere"), "staging.nowhere"),
        (Query("select 1 as n where 1 < :until"), "until"),
    ],
)
def test_an_input_that_cannot_be_had_is_an_error_for_every_period(
    ask: Callable[..., Any], source: Any, said: str
) -> None:
    found = ask(Blend(tables={"x": source}, sql="select 1 as value from x"))
    assert len(found) == 3
    assert all(isinstance(answer, FactoryError) and said in str(answer) for answer in found)


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(cast(plan as integer)) as value from plans",
        "select strptime(plan, '%Y') as value from plans",
        "select error(plan) as value from plans",
        "select max(regexp_matches('a', '(' || plan)) as value from plans",
    ],
)
def test_what_duckdb_says_of_a_value_is_not_repeated(ask: Callable[..., Any], sql: str) -> None:
    found = ask(Blend(tables={"plans": File("plans.csv")}, sql=sql))
    assert all(isinstance(answer, SourceError) for answer in found)
    assert not any(word in str(answer) for answer in found for word in ("basic", "full"))


def test_what_duckdb_says_of_names_and_grammar_is_told(ask: Callable[..., Any]) -> None:
    for sql, said in (
        ("select price as value from plans", "price"),
        ("selekt 1", "syntax error"),
        ("select 1 from x", "x"),
    ):
        found = ask(Blend(tables={"plans": File("plans.csv")}, sql=sql))
        assert all(said in str(answer) for answer in found)


def test_a_query_of_a_blend_cannot_write(ask: Callable[..., Any], orders: None, sql: Sql) -> None:
    found = ask(
        Blend(tables={"x": Query("delete from staging.orders returning 1 as n")}, sql="select 1 as value from x")
    )
    assert all(isinstance(answer, SourceError) for answer in found)
    assert sql("select count(*) from staging.orders") == [(6,)]
