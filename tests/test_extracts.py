"""Extracts tell every fault of their own words at once."""

from dataclasses import replace
from typing import Any

import pytest

from core.expressions import ref
from core.extracts import Extract, Figure
from core.kpi import Scorecard

ORDERS = ref("orders")
TREND = Extract("trend.csv", last=28, columns={"orders": ORDERS, "off": Figure(ORDERS, "is_off")})


def test_a_sound_extract_has_no_problems() -> None:
    assert TREND.problems() == []
    assert Extract("summary.txt", cadence="daily").problems() == []
    assert Extract("list.csv", by=("id",), rows=ORDERS).problems() == []
    assert Scorecard(title="S", owner="S", files=(TREND, Extract("summary.csv"))).problems() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"by": "region"}, 'by is not a list of dimensions: write by=("priority", "region")'),
        ({"last": -1}, "last=-1 is not a number of periods from 0 to 1000"),
        ({"last": True}, "last=True is not a number of periods from 0 to 1000"),
        ({"rows": "orders"}, 'rows is no formula: write rows=ref("open_backlog")'),
        (
            {"columns": {1: ORDERS}},
            'columns are written with their formulas: columns={"open_cases": ref("open_backlog")}',
        ),
        ({"columns": {"n": "orders"}}, 'column "n": is no formula: write ref(...), or Figure(ref(...), part=...)'),
        ({"columns": {"n": ORDERS - ORDERS}, "by": ("n",)}, 'column "n" has the name of a dimension'),
        ({"columns": {}, "by": ("n",)}, 'nothing is split by its dimensions: write rows=ref("open_backlog")'),
        (
            {"columns": {}, "last": 0, "cadence": "dayly"},
            'cadence="dayly" is none of daily, weekly, monthly. Did you mean "daily"?',
        ),
        (
            {"cadence": "daily"},
            "cadence is for a file that tells every KPI: the periods of this one are those of its KPIs",
        ),
        ({"name": "trend.txt"}, "a .txt tells every KPI in a line: write the columns into a .csv"),
        (
            {"columns": {"n": Figure(ORDERS, "numertor")}},  # type: ignore[arg-type]
            'column "n": part="numertor" is none of value, numerator, denominator, is_off. Did you mean "numerator"?',
        ),
        (
            {"columns": {"n": Figure(ORDERS / 2, "numerator")}},
            'column "n": part="numerator" is that of one KPI: write Figure(ref("name"), part="numerator")',
        ),
        (
            {"columns": {"n": Figure(ORDERS, where={"region": 3})}},  # type: ignore[dict-item]
            'column "n": where is not a slice: write where={"priority": "P1"}',
        ),
    ],
)
def test_every_fault_is_told(changes: dict[str, Any], told: str) -> None:
    extract = replace(TREND, **changes)
    assert extract.problems() == [f'file "{extract.name}": {told}']


@pytest.mark.parametrize("name", ["../trend.csv", "trend", "a b.csv", ".csv", "trend.csv\n", 3])
def test_a_file_has_a_plain_name(name: Any) -> None:
    assert replace(TREND, name=name).problems() == [
        f'file {name!r} is not the name of a CSV file: write "backlog_summary.csv"'
    ]


def test_two_files_of_one_name_are_told() -> None:
    card = Scorecard(title="S", owner="S", files=(TREND, TREND))
    assert card.problems() == ['file "trend.csv" stands twice']
    assert replace(card, files=TREND).problems() == [  # type: ignore[arg-type]
        'files is not a list of extracts: write files=(Extract("backlog.csv", columns={...}),)'
    ]
