"""A number that is used again must not inherit the rows of the KPI that had it before."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from core.pipeline.publishing import publish
from core.pipeline.running import run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]


def kpi(title: str, value: int, more: str = "") -> str:
    return (
        f'kpi = KPI(title="{title}", owner="O", unit="u", better="higher", {more} '
        f'measure=Query("select {value} as value where cast(:start as date) < :end"))'
    )


@pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says so when it reads
def test_another_kpi_under_an_old_number_is_neither_recorded_nor_published(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    write("sales", "kpi_07_orders.py", kpi("Orders", 13, "target=10,"))
    write("sales", "kpi_08_other.py", kpi("Other", 8))
    before = open_shop("2026-11-13")
    run(before, [])
    publish(before, [])
    (before.settings.scorecards / "sales" / "kpi_07_orders.py").unlink()
    write("sales", "kpi_07_visits.py", kpi("Visits", 13_000, "target=10_000,"))
    after = open_shop("2026-11-20")
    report = run(after, [])
    assert report.exit_code == 1
    assert report.problems[0].startswith('sales.07 has rows of "Orders" (orders), another KPI than visits.')
    assert sql("select field_name, field_value from vl_analytics.scorecard where kpi_number = '07'") == [
        ("orders", Decimal(13))
    ]
    assert sql("select count(*) from vl_analytics.scorecard where kpi_number = '08'") == [(2,)]  # the other went on
    published = publish(after, [])
    assert published.problems == report.problems
    sheet = load_workbook(published.outcomes[0].path)["sc2026"]
    rows = {row[0].value: [cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows(min_row=5)}
    assert rows["08"][-2:] == [8, 8], "the other is published"
    assert (rows["07"][1], rows["07"][-1]) == ("Orders", 13), "the old row stays as it was"
    judged = sql("select status, target from vl_analytics.status where kpi_number = '07'")
    assert judged == [("on", Decimal(10))], "the old number is not judged by the new one's target"
    assert sql("select count(*) from kpi.described where description ->> 'title' = 'Visits'") == [(0,)]
