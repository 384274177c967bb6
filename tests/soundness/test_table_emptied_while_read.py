"""A sync that deletes and refills shows an empty table for a while: a run that meets it must not record 0."""

import threading
from collections.abc import Callable
from dataclasses import replace
from time import sleep

from core.pipeline.running import run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]


def test_a_table_that_shrinks_during_the_run_holds_what_was_read_from_it(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = 'columns=(Column("at", "timestamptz"),)'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", {columns})')
    slow = "select count(*) as value from staging.nap where :start < :end"
    count = "select count(*) as value from staging.orders where at >= :start and at < :end"
    for number, query in (("01", slow), ("02", count)):
        measure = f'measure=Query("{query}")'
        body = f'kpi = KPI(title="T{number}", owner="O", unit="u", better="higher", {measure})'
        write("sales", f"kpi_{number}_k.py".replace("_k", f"_k{number}"), body)
    sql(
        "create table staging.orders as select timestamptz '2026-11-11 12:00+00' + interval '3 day' * n as at "
        "from generate_series(-9, 2) as n"
    )
    sql("create view staging.nap as select n from generate_series(1, 1) as n where pg_sleep(3) is not null")
    shop = open_shop("2026-11-20")
    shop.settings = replace(shop.settings, pool=1)  # the slow one first, then the count
    reports = []
    running = threading.Thread(target=lambda: reports.append(run(shop, [])))
    running.start()
    while not sql(
        "select 1 from pg_stat_activity where query like '%%staging.nap%%' and state = 'active' "
        "and application_name = 'kpi'"
    ):
        sleep(0.05)
    sql("delete from staging.orders")
    running.join()
    assert sql("select field_value, state from vl_analytics.scorecard where kpi_number = '02'") == [(None, "held")]
    assert "orders shrank from 12 to 0 rows while it was read" in reports[0].troubles[0].note
