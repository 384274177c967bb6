"""The wrong number: a week of last year in this year's tab, because 3 January is "2027".

Every number that the ledger holds around the turn of a year is published, read back from the workbook, and must
stand under its own week in the tab of the year that the week belongs to, and nowhere else.
"""

from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from core.pipeline.publishing import publish
from core.pipeline.running import backfill
from core.pipeline.session import Session

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says so when it reads
LAST_SUNDAY = "select to_char(cast(:last_sunday as date), 'YYYYMMDD')::int as value where :start < :end"


@pytest.mark.parametrize("week_start", ["monday", "sunday", "saturday"])
def test_each_week_stands_once_in_the_tab_of_its_own_year(
    write: Callable[..., None],
    open_shop: Callable[[str], Session],
    sql: Callable[..., list[tuple[Any, ...]]],
    week_start: str,
) -> None:
    write("sales", "scorecard.py", f'scorecard = Scorecard(title="S", owner="S", week_start="{week_start}")')
    body = f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("{LAST_SUNDAY}"))'
    write("sales", "kpi_01_last_day.py", body)
    shop = open_shop("2027-01-20")
    backfill(shop, [], "2025-W50", "last")
    publish(shop, [])
    book = load_workbook(shop.settings.published / "sales.xlsx")
    found = {}
    for sheet in book.worksheets:
        heads = [cell.value for cell in sheet[5]]
        for head, cell in zip(heads, sheet[6], strict=True):
            if head and str(head).startswith("W") and cell.value is not None:
                found[f"{sheet.title.removeprefix('sc')}-{head}"] = int(str(cell.value))
    book.close()
    kept = {week: int(value) for week, value in sql("select period, field_value from vl_analytics.scorecard")}
    assert found == kept
    assert {week[:4] for week in found} == {"2025", "2026", "2027"}
    assert str(found["2026-W53"]).startswith("202701")
    assert "2026-W01" in found
    assert "2027-W53" not in found
