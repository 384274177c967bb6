"""An outage, an empty table or a null must never stand in a scorecard as 0: 0 % churn would be good news."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from core.pipeline.running import backfill, run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]
CARD = 'scorecard = Scorecard(title="Sales", owner="Sales")'
COLUMNS = '(Column("at", "timestamptz"), Column("amount", "decimal(12,2)"))'
DATASET = f'dataset = Dataset(owner="O", watermark="at", columns={COLUMNS})'
COUNT = "select count(*) as value from staging.orders where at >= :start and at < :end"
SUM = "select sum(amount) as value from staging.orders where at >= :start and at < :end"
SHARE = (
    "select count(*) filter (where amount > 10) as numerator, count(*) as denominator "
    "from staging.orders where at >= :start and at < :end"
)


def kpi(query: str, more: str = "") -> str:
    return f'kpi = KPI(title="T", owner="O", unit="u", better="higher", {more} measure=Query("{query}"))'


@pytest.fixture
def shop(write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]) -> Session:
    write("sales", "scorecard.py", CARD)
    write("sales", "dataset_orders.py", DATASET)
    write("sales", "kpi_01_count.py", kpi(COUNT))
    write("sales", "kpi_02_sum.py", kpi(SUM))
    write("sales", "kpi_03_share.py", kpi(SHARE))
    sql("create table staging.orders (at timestamptz, amount numeric(12,2))")
    return open_shop("2026-11-20")


def table(sql: Sql) -> dict[str, tuple[object, object]]:
    """By KPI: the number and the state of 2026-W46."""
    rows = sql("select field_name, field_value, state from vl_analytics.scorecard where period = '2026-W46'")
    return {str(name): (value, state) for name, value, state in rows}


def test_a_sync_that_stopped_before_the_week_leaves_no_number(shop: Session, sql: Sql) -> None:
    sql("insert into staging.orders values ('2026-10-30 12:00+00', 20)")
    report = run(shop, [])
    assert table(sql) == {}
    assert {r.note for r in report.waiting} == {"orders reaches only 2026-10-30 12:00: nothing of 2026-W46 is there"}


def test_an_empty_week_counts_0_but_its_sums_and_shares_are_unknown(shop: Session, sql: Sql) -> None:
    sql("insert into staging.orders values ('2026-11-06 12:00+00', 20), ('2026-11-16 12:00+00', 20)")
    run(shop, [])
    assert table(sql) == {"count": (Decimal(0), "final"), "sum": (None, "final"), "share": (None, "final")}


def test_weeks_before_the_data_begins_leave_no_number(shop: Session, sql: Sql) -> None:
    sql("insert into staging.orders values ('2026-11-10 12:00+00', 20), ('2026-11-16 12:00+00', 20)")
    report = backfill(shop, [], "2026-W44", "last")
    assert sql("select distinct period from vl_analytics.scorecard") == [("2026-W46",)]
    assert "orders begins only 2026-11-10 12:00: 2026-W44 lies before it" in {r.note for r in report.waiting}


def test_a_row_dated_in_the_future_does_not_complete_the_weeks_before_it(shop: Session, sql: Sql) -> None:
    sql("insert into staging.orders values ('2026-11-10 12:00+00', 20), ('2062-01-01 12:00+00', 20)")
    run(shop, [])
    assert table(sql)["count"] == (Decimal(1), "provisional")


def test_a_query_that_gives_a_wrong_number_away_is_not_asked(
    shop: Session, sql: Sql, write: Callable[..., None]
) -> None:
    sql("insert into staging.orders values ('2026-11-10 12:00+00', 20), ('2026-11-16 12:00+00', 20)")
    write(
        "sales",
        "kpi_07_closed.py",
        kpi("select count(*) as value from staging.orders where at between :start and :end"),
    )
    write("sales", "kpi_08_undated.py", kpi("select count(*) as value from staging.orders"))
    report = run(shop, [])
    assert [(r.kpi, r.state) for r in report.troubles] == [("sales.07", "failed"), ("sales.08", "failed")]
    assert all(r.note.startswith("The query is not asked: ") for r in report.troubles)
    assert table(sql)["closed"] == (None, "failed")


def test_a_query_that_fails_is_failed_and_not_0(shop: Session, sql: Sql, write: Callable[..., None]) -> None:
    sql("insert into staging.orders values ('2026-11-06 12:00+00', 20), ('2026-11-16 12:00+00', 20)")
    write("sales", "kpi_04_gone.py", kpi("select count(*) as value from staging.nowhere where at < :end"))
    report = run(shop, [])
    assert report.exit_code == 1
    assert table(sql)["gone"] == (None, "failed")
    assert table(sql)["count"] == (Decimal(0), "final")  # the others went on


def test_a_dropped_table_keeps_the_numbers_that_were_recorded(shop: Session, sql: Sql) -> None:
    sql("insert into staging.orders values ('2026-11-10 12:00+00', 20), ('2026-11-16 12:00+00', 20)")
    run(shop, [])
    before = table(sql)
    sql("drop table staging.orders")
    report = backfill(shop, [], "2026-W46", "last")
    assert report.exit_code == 1
    assert table(sql) == before
    assert before["count"] == (Decimal(1), "final")


def test_nothing_found_is_0_only_where_the_kpi_says_so(shop: Session, sql: Sql, write: Callable[..., None]) -> None:
    write("sales", "kpi_05_said.py", kpi(SUM, "empty=0,"))
    sql("insert into staging.orders values ('2026-11-06 12:00+00', 20), ('2026-11-16 12:00+00', 20)")
    run(shop, [])
    assert table(sql)["said"] == (Decimal(0), "final")
    assert table(sql)["sum"] == (None, "final")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select amount as value from staging.orders where at < :end", "more than one row"),
        ("select 'NaN'::float as value from staging.orders where at < :end limit 1", "`value` is nan"),
        ("select 'infinity'::float as value from staging.orders where at < :end limit 1", "`value` is inf"),
        ("select 'x' as value from staging.orders where at < :end limit 1", "`value` is text"),
        ("select true as value from staging.orders where at < :end limit 1", "`value` is a truth value"),
        ("select count(*) from staging.orders where at < :end", "returns a column without a name"),
        ("select 1 as value, 2 as other from staging.orders where at < :end limit 1", "returns value, other"),
        ("select 1/0 as value from staging.orders where at < :end limit 1", "division by zero"),
    ],
)
def test_rows_of_the_wrong_shape_are_a_failure_of_this_kpi_alone(
    shop: Session, sql: Sql, write: Callable[..., None], query: str, said: str
) -> None:
    write("sales", "kpi_06_odd.py", kpi(query))
    for day in (10, 11, 16):
        sql(f"insert into staging.orders values ('2026-11-{day} 12:00+00', 20)")
    report = run(shop, [])
    assert [(r.kpi, r.state) for r in report.troubles] == [("sales.06", "failed")]
    assert said in report.troubles[0].note
    assert table(sql)["odd"] == (None, "failed")
    assert table(sql)["count"] == (Decimal(2), "final")
