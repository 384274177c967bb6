"""Profiles: rows and digests by day, the same whatever the order, other when a row says something else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core import Column, Dataset, File
from core.catalog import BoundDataset
from core.kpi import Scorecard
from core.sources.staging import check_in_place, stage

Warehouse = psycopg.Connection[Any]
DATASET = Dataset(
    owner="Sales",
    source=File("orders.csv"),
    watermark="at",
    columns=(Column("at", "timestamptz"), Column("amount", "decimal(9,2)"), Column("place")),
)
ROWS = ("2026-03-28T23:30:00+00:00,10.00,North", "2026-03-29T22:59:00+00:00,20.00,South",
        "2026-03-29T23:01:00+00:00,30.00,South", ",5.00,North")  # fmt: skip


@pytest.fixture(params=["loaded", "in place"])
def days(
    request: pytest.FixtureRequest,
    warehouse: Warehouse,
    bind: Callable[..., BoundDataset],
    file: Callable[..., Path],
) -> Callable[..., dict[str, tuple[int, int]]]:
    """The profile of some rows, in London, by the way of a load or where they stand."""
    london = Scorecard(title="S", owner="S", timezone="Europe/London")

    def _days(*rows: str) -> dict[str, tuple[int, int]]:
        bound = replace(bind(DATASET, "orders"), card=london)
        load = stage(warehouse, bound, file("\n".join(["at,amount,place", *rows]) + "\n"), today=date(2026, 11, 20))
        if request.param == "in place":
            load = check_in_place(warehouse, bound, today=date(2026, 11, 20))
        return dict(load.days)

    return _days


def test_rows_are_counted_by_the_days_of_the_scorecards_zone(days: Callable[..., Any]) -> None:
    counted = {day: rows for day, (rows, _) in days(*ROWS).items()}
    assert counted == {"": 1, "2026-03-28": 1, "2026-03-29": 1, "2026-03-30": 1}  # the clocks change on the 29th


def test_order_makes_no_difference_and_every_cell_does(days: Callable[..., Any]) -> None:
    before = days(*ROWS)
    assert days(*reversed(ROWS)) == before
    for old, new in (("10.00", "10.01"), ("North", "north"), ("23:30:00", "23:30:01")):
        changed = days(*(row.replace(old, new, 1) if n == 0 else row for n, row in enumerate(ROWS)))
        assert {day for day in before if changed[day] != before[day]} == {"2026-03-28"}
    assert days(*ROWS, ROWS[0])["2026-03-28"][0] == 2
