"""A table is the same in quotes or with spaces: a spelling that hides the dataset would hide how far it reaches."""

from collections.abc import Callable

import pytest

from core.pipeline.running import run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]


@pytest.mark.parametrize(
    "table", ["staging.orders", 'staging.\\"orders\\"', "STAGING . Orders", '\\"staging\\".orders']
)
def test_a_week_that_the_source_has_not_passed_is_provisional_however_the_table_is_written(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session], table: str
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = 'columns=(Column("at", "timestamptz"),)'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", {columns})')
    query = f"select count(*) as value from {table} where at >= :start and at < :end"
    measure = f'measure=Query("{query}")'
    write("sales", "kpi_01_a.py", f'kpi = KPI(title="T", owner="O", unit="u", better="higher", {measure})')
    sql("create table staging.orders as select timestamptz '2026-11-11 12:00+00' as at")
    run(open_shop("2026-11-20"), [])
    assert sql("select field_value, state from vl_analytics.scorecard") == [(1, "provisional")]
