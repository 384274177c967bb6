"""Sheets: a tab that people keep by hand, read by its headers; of a Google spreadsheet, or of a workbook."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from core.dataset import Column
from core.measures import Sheet
from core.sources.files import find_file, open_table
from core.sources.google_tabs import NO_TABS, ReadTab, Tabs
from core.sources.raw import Opened, cast_into
from core.sources.scratch import scratch


def read_sheet(
    sheet: Sheet, data_dir: Path, duck: duckdb.DuckDBPyConnection, name: str, tabs: Tabs = NO_TABS
) -> Opened:
    """Brings the tab into the DuckDB table `name` with the columns that the sheet declares, or with all.

    A title above the header, blank rows and numbers typed as text are normal. A word in a number cell is not:
    ContractError names the cell, and not what it holds: no contract says whether that is sensitive.
    """
    columns = [Column(column, kind, sensitive=True) for column, kind in sheet.columns.items()]
    if tabs.knows(sheet):
        return open_tab(duck, name, tabs.read(sheet), columns)
    return open_table(duck, name, find_file(sheet, data_dir), columns, sheet.tab)


def open_tab(duck: duckdb.DuckDBPyConnection, name: str, tab: ReadTab, columns: Sequence[Column]) -> Opened:
    """The same of a tab that was read already. Raises SourceError and ContractError."""
    with scratch() as folder:
        return cast_into(duck, name, tab.raw(columns, folder), columns)
