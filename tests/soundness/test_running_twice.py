"""Running twice must change nothing: doubled rows are counted twice by every average after them."""

from collections.abc import Callable

from core.pipeline.running import backfill, run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]
QUERY = "select count(*) as value from staging.orders where at >= :start and at < :end"


def test_a_second_run_changes_nothing_but_the_run_log(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    write(
        "sales",
        "dataset_orders.py",
        'dataset = Dataset(owner="O", watermark="at", columns=(Column("at", "timestamptz"),))',
    )
    write(
        "sales",
        "kpi_01_orders.py",
        f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("{QUERY}"))',
    )
    write(
        "sales",
        "kpi_02_mean.py",
        'kpi = KPI(title="M", owner="O", unit="u", better="higher", measure=ref("orders").mean(weeks=4))',
    )
    sql("create table staging.orders as select now() - interval '1 day' * n as at from generate_series(-3, 400) as n")
    shop = open_shop("2026-11-20")

    def everything() -> list[tuple[object, ...]]:
        return sql("select * from vl_analytics.scorecard order by kpi_number, period") + sql(
            "select * from kpi.reading order by reading_id"
        )

    backfill(shop, [], "2026-W40", "last")
    run(shop, [])
    once = everything()
    assert sql("select count(*) from vl_analytics.scorecard_sales") == [(14,)]
    backfill(shop, [], "2026-W40", "last")
    run(shop, [])
    run(shop, ["sales"], week="2026-W43")
    assert everything() == once
    assert sql("select command, state from kpi.run order by run_id") == [
        ("backfill", "done"),
        ("run", "done"),
        ("backfill", "done"),
        ("run", "done"),
        ("run", "done"),
    ]
