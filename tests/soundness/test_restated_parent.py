"""A number made of others must follow when one of them is restated: a stale mean beside new parts is wrong."""

from collections.abc import Callable
from decimal import Decimal

from core.pipeline.running import backfill, run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]
QUERY = "select count(*) as value from staging.orders where at >= :start and at < :end"


def test_a_formula_follows_the_next_run_after_its_part_was_restated(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    write(
        "sales",
        "dataset_orders.py",
        'dataset = Dataset(owner="O", watermark="at", columns=(Column("at", "timestamptz"),))',
    )
    common = 'title="T", owner="O", unit="u", better="higher"'
    write("sales", "kpi_01_orders.py", f'kpi = KPI({common}, measure=Query("{QUERY}"))')
    write("sales", "kpi_02_mean.py", f'kpi = KPI({common}, measure=ref("orders").mean(weeks=2))')
    write("sales", "kpi_03_double.py", f'kpi = KPI({common}, measure=ref("mean") * 2)')
    sql(
        "create table staging.orders as select timestamptz '2026-11-17 12:00+00' - interval '1 week' * n as at "
        "from generate_series(0, 9) as n"
    )
    shop = open_shop("2026-11-20")
    backfill(shop, [], "2026-W42", "last")
    sql("insert into staging.orders values ('2026-10-27 12:00+00'), ('2026-10-27 12:00+00')")  # 2026-W44
    backfill(shop, ["sales.orders"], "2026-W44", "2026-W44")

    report = run(shop, [])
    assert report.recorded == {"late data": 4}
    found = sql(
        "select field_name, field_value from vl_analytics.scorecard where period = '2026-W45' order by kpi_number"
    )
    assert found == [("orders", Decimal(1)), ("mean", Decimal(2)), ("double", Decimal(4))]
    again = run(shop, [])
    assert (again.periods, again.recorded) == (again.revisited, {})
