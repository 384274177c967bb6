"""A small shop: one table of orders that another system fills, and KPIs over it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from core.periods import parse

Sql = Callable[..., list[tuple[Any, ...]]]
Table = Callable[[], dict[tuple[str, str], tuple[Decimal | None, str]]]


@pytest.fixture
def sales(write: Callable[..., None], sql: Sql) -> None:
    """The scorecard `sales`, the dataset `orders` with its table, and no KPI yet."""
    open_sales(write, sql)


def open_sales(write: Callable[..., None], sql: Sql) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = '(Column("at", "timestamptz", nulls=0), Column("amount", "decimal(12,2)", at_least=0))'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="Sales", watermark="at", columns={columns})')
    sql("create table staging.orders (at timestamptz, amount numeric(12,2))")


@pytest.fixture
def add(sales: None, write: Callable[..., None]) -> Callable[..., None]:
    """Adds a KPI: `add("01_orders", count(), "target=3,")`; text that is no formula is a query."""
    return adding(write)


def adding(write: Callable[..., None]) -> Callable[..., None]:
    def _add(place: str, measure: str, more: str = "", scorecard: str = "sales", unit: str = "orders") -> None:
        measure = measure if measure.startswith(("ref(", "Blend(", "Query(")) else f'Query("{measure}")'
        body = f'kpi = KPI(title="{place}", owner="Sales", unit="{unit}", better="higher", {more} measure={measure})'
        write(scorecard, f"kpi_{place}.py", body)

    return _add


@pytest.fixture
def count() -> Callable[..., str]:
    """A query that counts the orders of a period."""

    def _count(table: str = "staging.orders", chosen: str = "count(*) as value") -> str:
        return f"select {chosen} from {table} where at >= :start and at < :end"

    return _count


@pytest.fixture
def fill(sql: Sql) -> Callable[..., None]:
    """Puts so many orders into each period; `reaches` adds one at that moment, so that periods before it are whole."""
    return filling(sql)


def filling(sql: Sql) -> Callable[..., None]:
    def _fill(reaches: str = "", **orders: int) -> None:
        for label, number in orders.items():
            noon = f"{parse(label.replace('_', '-').removeprefix('w')).start} 12:00+00"
            sql(
                "insert into staging.orders select cast(%s as timestamptz), 10 from generate_series(1, %s)",
                noon,
                number,
            )
        if reaches:
            sql("insert into staging.orders values (%s, 10)", f"{reaches} 12:00+00")

    return _fill


@pytest.fixture
def table(sql: Sql) -> Table:
    """The scorecard tables: by name and period, the number and the state."""

    def _table() -> dict[tuple[str, str], tuple[Decimal | None, str]]:
        rows = sql("select field_name, period, field_value, state from vl_analytics.scorecard order by 1, 2")
        return {(name, period): (value, state) for name, period, value, state in rows}

    return _table


@pytest.fixture
def everything(sql: Sql) -> Callable[[], list[list[tuple[Any, ...]]]]:
    """Every row that this program keeps."""
    tables = ("vl_analytics.scorecard", "kpi.reading", "kpi.run", "kpi.load", "kpi.verdict", "kpi.definition")

    def _everything() -> list[list[tuple[Any, ...]]]:
        return [sql(f"select t::text from {name} as t order by 1") for name in (*tables, "kpi.publication")]

    return _everything
