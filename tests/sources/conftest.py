"""Datasets, files and connections for the loader's tests."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pytest

from core import Column, Dataset, Scorecard, rule, unique
from core.catalog import BoundDataset
from core.sources.files import open_duckdb

Warehouse = psycopg.Connection[Any]
Bind = Callable[..., BoundDataset]

SALES = Dataset(
    owner="Sales",
    columns=(
        Column("sale_id", "integer", nulls=0, also=("Number",)),
        Column("customer_email", sensitive=True, pattern=r"^\S+@\S+$"),
        Column("amount", "decimal(9, 2)", at_least=0),
        Column("sold_at", "timestamp", nulls=0),
    ),
    checks=(
        unique("sale_id"),
        rule("amount below 1,000", holds="amount < 1000", columns=("sale_id", "amount"), severity="warn"),
    ),
    watermark="sold_at",
    index=("sold_at", "customer_email, sold_at"),
)
HEADER = "sale_id,customer_email,amount,sold_at"
GOOD = f"{HEADER}\n1,ann@example.com,9.50,2026-11-02 09:00:00\n2,bob@example.com,12,2026-11-03 18:30\n"


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_duckdb(ZoneInfo("Europe/London")) as connection:
        yield connection


@pytest.fixture
def warehouse(ledger_url: str) -> Iterator[Warehouse]:
    """A connection whose caller commits, as the pipeline's is."""
    with psycopg.connect(ledger_url, options="-c lock_timeout=300 -c timezone=UTC") as connection:
        yield connection


@pytest.fixture
def other(ledger_url: str) -> Iterator[Warehouse]:
    """Somebody else at the same database."""
    with psycopg.connect(ledger_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def bind(tmp_path: Path) -> Bind:
    """Binds a dataset as the catalog does."""

    def _bind(
        dataset: Dataset = SALES, name: str = "sales", zone: str = "Europe/London", **changes: Any
    ) -> BoundDataset:
        card = Scorecard(title="Sales", owner="Sales", timezone=zone)
        path = tmp_path / "scorecards" / "shop" / f"dataset_{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        return BoundDataset("shop", name, replace(dataset, **changes), card, "What it holds.", path)

    return _bind


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of text or bytes."""

    def _file(content: str | bytes, name: str = "sales.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _file


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows of cells into a tab, as they are."""
    from xlsxwriter import Workbook

    def _workbook(rows: Sequence[Sequence[Any]], name: str = "report.xlsx", tab: str = "Weekly") -> Path:
        with Workbook(tmp_path / name, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
            book.add_worksheet("Read me")
            sheet = book.add_worksheet(tab)
            for line, row in enumerate(rows):
                for position, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, position, value)
                    else:
                        sheet.write(line, position, value)
        return tmp_path / name

    return _workbook
