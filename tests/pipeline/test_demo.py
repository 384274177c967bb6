"""`kpi demo`: the whole job on sample rows, for a scorecard of its own; again, it changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core.errors import MisuseError
from core.pipeline.demo import load_samples, publish_all, run_two_years, summary
from core.pipeline.session import Session

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says so when it reads
Sql = Callable[..., list[tuple[Any, ...]]]
MADE = (
    "select $first + interval (n) day + interval 12 hour as at, 5 as amount "
    "from range(0, date_diff('day', $first, $last)) as r(n)"
)


@pytest.fixture
def shop(
    add: Callable[..., None], count: Callable[..., str], sql: Sql, scorecards: Path, open_shop: Callable[[str], Session]
) -> Session:
    add("01_orders", count(), "target=8,")
    add("02_mean", 'ref("orders").mean(weeks=4)', "target=7,")
    sql("drop table staging.orders")
    (scorecards / "sales" / "dataset_orders.sql").write_text(MADE)
    return open_shop("2026-11-20")


def demo(shop: Session) -> list[str]:
    loaded = list(load_samples(shop))
    report = run_two_years(shop, None)
    assert report.exit_code == 0
    return [*loaded, *summary(shop, report, publish_all(shop))]


def test_the_summary_says_what_was_done_and_what_is_off_and_a_second_demo_changes_nothing(
    shop: Session, sql: Sql
) -> None:
    told = demo(shop)
    assert told[0].startswith("orders: ")
    assert "2 KPIs, 104 weeks, 2024-W47 to 2026-W46: 208 readings." in told
    assert [line for line in told if "sales.orders" in line] == ["  sales.orders: 7 orders"]
    assert not [line for line in told if "sales.mean:" in line]
    assert any(line.endswith("sales.xlsx") for line in told)
    everything = (
        "select t::text from kpi.reading as t union all select t::text from vl_analytics.scorecard as t order by 1"
    )
    before, book = sql(everything), (shop.settings.published / "sales.xlsx").read_bytes()
    assert len(before) == 2 * 208
    demo(shop)
    assert sql(everything) == before
    assert (shop.settings.published / "sales.xlsx").read_bytes() == book


def test_what_went_wrong_is_told(add: Callable[..., None], shop: Session, open_shop: Callable[[str], Session]) -> None:
    broken = "select sum(amount) / 0.0 as value from staging.orders where at >= :start and at < :end"
    add("03_broken", broken)
    session = open_shop("2026-11-20")
    list(load_samples(session))
    report = run_two_years(session, None)
    told = list(summary(session, report, publish_all(session)))
    at = told.index("Went wrong:")
    assert told[at + 1].startswith("  104 readings failed or held, the last sales.03 2026-W46: ")
    assert "division by zero" in told[at + 1]


def test_days_and_months_are_run_and_published_beside_the_weeks(
    add: Callable[..., None], count: Callable[..., str], shop: Session, open_shop: Callable[[str], Session]
) -> None:
    add("03_daily", count(), 'cadence="daily", target=2,')
    add("04_monthly", count(), 'cadence="monthly", target=2,')
    told = demo(open_shop("2026-11-20"))
    assert "4 KPIs, 104 weeks, 2024-W47 to 2026-W46: 324 readings." in told, "208 weeks, 92 days, 24 months"
    assert load_workbook(shop.settings.published / "sales.xlsx").sheetnames == [
        "sc2024", "sc2024 months", "sc2025", "sc2025 months",
        "sc2026", "sc2026 months", "sc2026-08", "sc2026-09", "sc2026-10", "sc2026-11",
    ]  # fmt: skip


def test_a_demo_never_replaces_real_rows(shop: Session, sql: Sql) -> None:
    sql("create table staging.orders as select now() as at, 3 as amount")
    with pytest.raises(MisuseError, match="Sample rows would replace orders"):
        list(load_samples(shop))
    assert sql("select amount from staging.orders") == [(3,)]
