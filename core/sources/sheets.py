"""Sheets: a tab that people keep by hand, read by its headers. For now it is a tab of a workbook."""

from pathlib import Path

import duckdb

from core.dataset import Column
from core.measures import Sheet
from core.sources.files import find_file, open_table
from core.sources.raw import Opened


def read_sheet(sheet: Sheet, data_dir: Path, duck: duckdb.DuckDBPyConnection, name: str) -> Opened:
    """Brings the tab into the DuckDB table `name` with the columns that the sheet declares, or with all.

    A title above the header, blank rows and numbers typed as text are normal. A word in a number cell is not:
    ContractError names the cell, and not what it holds: no contract says whether that is sensitive.
    """
    columns = [Column(column, kind, sensitive=True) for column, kind in sheet.columns.items()]
    return open_table(duck, name, find_file(sheet, data_dir), columns, sheet.tab)
