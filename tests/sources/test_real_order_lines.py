"""The real order lines under the real contract: every row arrives, every fault is counted."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.catalog import BoundDataset
from core.checks import Level
from core.discovery import read_catalog
from core.sources.files import open_table
from core.sources.staging import check_in_place, stage

from .conftest import Warehouse
from .test_files import Duck

pytestmark = pytest.mark.real
TODAY = date(2011, 12, 10)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def order_lines() -> BoundDataset:
    return read_catalog(ROOT / "scorecards").datasets["order_lines"]


def test_the_rows_at_fault_are_those_of_the_specification(
    real_data: Path, order_lines: BoundDataset, warehouse: Warehouse
) -> None:
    done = stage(warehouse, order_lines, real_data / "online_retail.parquet", today=TODAY)
    assert (done.rows, done.level) == (541_909, Level.WARN)
    found = {v.check: v.rows for v in done.verdicts if v.rows}
    assert found["quantity within -10000..10000"] == 5
    assert found["unit_price within 0..10000"] == 12
    assert found["a line is below 100,000"] == 2
    assert next(v.rows for v in done.verdicts if v.check.startswith("unique")) == 5_268
    assert found["no gap above 7 days in invoice_date"] == 1
    assert done.watermark is not None
    assert done.watermark.isoformat() == "2011-12-09T12:50:00+00:00"
    arrived = warehouse.execute(
        "select count(*), sum(quantity), round(sum(quantity * unit_price), 2), count(*) filter (where unit_price < 0) "
        "from staging.order_lines"
    )
    assert arrived.fetchall() == [(541_909, 5_176_450, Decimal("9747747.93"), 2)]
    assert check_in_place(warehouse, order_lines, TODAY).verdicts == done.verdicts


def test_a_csv_and_a_workbook_of_the_same_rows_load_the_same(
    real_data: Path, order_lines: BoundDataset, duck: Duck, tmp_path: Path
) -> None:
    from xlsxwriter import Workbook

    columns = order_lines.dataset.columns
    open_table(duck, "parquet", real_data / "online_retail.parquet", columns)
    duck.execute("create table slice as select * from parquet limit 20000")
    found = duck.execute("select * from slice")
    with Workbook(tmp_path / "Online Retail.xlsx", {"default_date_format": "m/d/yy h:mm"}) as book:
        sheet = book.add_worksheet("Online Retail")
        sheet.write_row(0, 0, ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice"])
        sheet.write_row(0, 6, ["CustomerID", "Country"])
        for line, row in enumerate(found.fetchall(), start=1):
            for position, value in enumerate(row):
                if isinstance(value, str) and not value.isdigit():
                    sheet.write_string(line, position, value)
                elif value is not None:  # the original holds numeric keys as numbers
                    sheet.write(line, position, float(value) if isinstance(value, str) else value)
    duck.execute(f"copy slice to '{tmp_path / 'lines.csv'}' (format csv)")
    open_table(duck, "csv", tmp_path / "lines.csv", columns)
    open_table(duck, "xlsx", tmp_path / "Online Retail.xlsx", columns)
    for table in ("csv", "xlsx"):
        assert duck.execute(f"select count(*) from (from slice except all from {table})").fetchall() == [(0,)]
        assert duck.execute(f"select count(*) from {table}").fetchall() == [(20_000,)]
