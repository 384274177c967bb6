"""Every KPI file of the repository gives equal numbers wherever its rows are."""

from datetime import timedelta

import pytest

from core.readings import Number

from .conftest import Open, Shop
from .parity import REFUSED, WEEKS, asking_the_warehouse, differences, numbers, refused


def test_the_weeks_compared_hold_numbers_and_no_numbers(shop: Shop, opened: Open) -> None:
    found = numbers(shop.catalog, opened())
    assert len(found) == len(WEEKS) * (len(asking_the_warehouse(shop.catalog)) - len(REFUSED))
    assert len(asking_the_warehouse(shop.catalog)) >= 85
    told = [number for (_, label), number in found.items() if label != "2026-W47" and number.value is not None]
    assert len(told) > len(found) / 2
    assert found["ecommerce.01", "2026-W47"] == Number(None)
    assert WEEKS[-1].start + timedelta(days=7) == WEEKS[-1].end


@pytest.mark.parametrize("place", ["file", "parquet"])
def test_duckdb_gives_the_numbers_of_postgresql(shop: Shop, opened: Open, place: str) -> None:
    url = f"duckdb:///{shop.duckdb if place == 'file' else shop.parquet}"
    assert differences(numbers(shop.catalog, opened()), numbers(shop.catalog, opened(warehouse=url))) == []


WITHOUT_PERCENTILES = {
    "applications.05",
    "lending.23",
    "recruitment.07",
    "support.03",
    "support.13",
    "team_stats.02",
    "team_stats.03",
}
ROWS_AT_ONCE = {"team_stats.05"}


@pytest.mark.parametrize(
    ("dialect", "more"),
    [
        ("duckdb", set()),
        ("spark", set()),
        ("snowflake", ROWS_AT_ONCE),
        ("trino", WITHOUT_PERCENTILES | ROWS_AT_ONCE | {"support.02"}),
        ("bigquery", WITHOUT_PERCENTILES | ROWS_AT_ONCE),
    ],
)
def test_what_would_mean_something_else_is_refused_and_nothing_more(shop: Shop, dialect: str, more: set[str]) -> None:
    """A KPI file that is refused belongs on this list, or is written in words that mean the same everywhere."""
    assert refused(shop.catalog, dialect) == REFUSED | more
