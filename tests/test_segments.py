"""Segments: every one stands in every period, and their shares are exactly one whole."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.discovery import read_catalog
from core.errors import ShapeError
from core.measures import Query
from core.periods import Week
from core.readings import Number, State
from core.segment_rows import block_cells
from core.segments import Block, Segmented, Segments, shares, spoken
from core.sources.database import Answer
from core.sources.shape import counts_of

SIZES = Segments(
    of="value",
    title="By size",
    owner="Sales",
    names={"small": "small (1-3)", "large": "large (4+)"},
    counts=("orders", "items"),
    ratios={"items_per_order": ("items", "orders")},
    measure=Query("select 1"),
)
counts = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


def numbers(**found: tuple[int, int]) -> dict[tuple[str, str], Number]:
    counted = {
        segment: {"orders": Decimal(orders), "items": Decimal(items)} for segment, (orders, items) in found.items()
    }
    return {(segment, metric.name): number for segment, metric, number in SIZES.numbers(counted)}


@given(counts)
def test_shares_are_exactly_one_whole_and_each_is_as_near_as_its_places_allow(parts: list[int]) -> None:
    found = shares([Decimal(part) for part in parts])
    if not sum(parts):
        assert found == [None] * len(parts)
        return
    known = [share for share in found if share is not None]
    assert sum(known) == 1
    for part, share in zip(parts, known, strict=True):
        assert abs(share - Decimal(part) / sum(parts)) < Decimal("1e-12")
        assert (share == 0) == (part == 0)


def test_thirds_are_shared_out_by_the_largest_remainder() -> None:
    third = Decimal("0.333333333333")
    assert shares([Decimal(1), Decimal(1), Decimal(1)]) == [third + Decimal("1e-12"), third, third]


def test_a_segment_that_nobody_is_in_is_0_in_every_number() -> None:
    found = numbers(small=(4, 10))
    assert {metric: n.value for (segment, metric), n in found.items() if segment == "large"} == {
        "orders": 0,
        "items": 0,
        "items_per_order": 0,
        "orders_share": 0,
        "items_share": 0,
    }
    assert found["large", "items_per_order"] == Number(Decimal(0), Decimal(0), Decimal(0))
    assert found["small", "items_per_order"] == Number(Decimal("2.5"), Decimal(10), Decimal(4))
    assert found["small", "orders_share"] == Number(Decimal(1), Decimal(4), Decimal(4))


def test_where_nothing_was_found_at_all_there_is_nothing_to_share() -> None:
    found = numbers()
    assert found["small", "orders"].value == 0
    assert found["small", "orders_share"].value is None
    assert found["small", "items_per_order"].value is None


def test_a_block_has_a_heading_and_every_segment_below_each_metric() -> None:
    week = Week.of(2026, 46)
    recorded = Segmented(week, State.PROVISIONAL, "", numbers(small=(3, 6), large=(1, 9)))
    block = Block.of("sizes", SIZES, "What it means.", [recorded])
    heading, *rows = block.rows
    assert (heading.key, heading.title, heading.unit, heading.note) == ("sizes", "By size", "", "What it means.")
    assert [(row.key, row.title, row.unit) for row in rows[4:8]] == [
        ("sizes.small.items_per_order", "Items per order: small (1-3)", "items / orders"),
        ("sizes.large.items_per_order", "Items per order: large (4+)", "items / orders"),
        ("sizes.small.orders_share", "Share of orders: small (1-3)", "%"),
        ("sizes.large.orders_share", "Share of orders: large (4+)", "%"),
    ]
    assert rows[5].numbers == {week: (Number(Decimal(9), Decimal(9), Decimal(1)), State.PROVISIONAL)}
    assert spoken("vpac") == "Vpac"


def test_rows_of_segments_bear_numbers_marks_and_holes_but_no_status() -> None:
    first, last = Week.of(2026, 44), Week.of(2026, 46)
    found = numbers(small=(3, 6), large=(1, 9))
    recorded = [Segmented(first, State.FINAL, "", found), Segmented(last, State.PROVISIONAL, "", found)]
    block = Block.of("sizes", SIZES, "What it means.", recorded)
    weeks = [first.shift(-1), first, first.shift(1), last, last.shift(1)]
    cells = block_cells(block, ("number", "title", "unit", "trend"), weeks, last)
    found = [cells["sizes.small.orders", week.label] for week in weeks]
    assert [cell.value for cell in found] == [None, 3, None, 3, None]
    assert [cell.look.mark for cell in found] == ["", "", "", "~", ""]
    assert [cell.state for cell in found] == [None, "final", "missing", "provisional", None]
    assert "its segments were not recorded" in found[2].note
    assert cells["sizes.small.orders_share", "2026-W44"].look.format == "0.0%"
    assert {column for row, column in cells if row == "sizes"} == {"number", "title"}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"names": {}}, "names are the segments"),
        ({"names": {"Small": "small"}}, '"Small" is no name'),
        ({"counts": "orders"}, "counts is not a list of columns"),
        ({"counts": ("segment",), "ratios": {}}, '"segment" is the column that names the segment'),
        ({"counts": ("orders", "orders"), "ratios": {}}, '"orders" stands twice'),
        ({"ratios": {"a": ("orders", "pieces")}}, 'a is made of "pieces", which is none of counts'),
        ({"ratios": {"orders": ("items", "orders")}}, '"orders" stands twice'),
        ({"ratios": {"a": ("items",)}}, "ratios are made of two counts"),
        ({"measure": "select 1"}, "measure is not a Query(...)"),
        ({"owner": ""}, "owner is missing"),
    ],
)
def test_faults_of_a_definition_are_sentences(changed: dict[str, Any], fault: str) -> None:
    assert SIZES.problems() == []
    assert any(told.startswith(fault) for told in replace(SIZES, **changed).problems())


@pytest.mark.parametrize(
    ("columns", "rows", "fault"),
    [
        (("segment", "orders"), [], "answers with the columns segment, orders"),
        (("segment", "orders", "items"), [("huge", 1, 1)], '"huge" is not declared'),
        (("segment", "orders", "items"), [(None, 1, 1)], '"None" is not declared'),
        (("segment", "orders", "items"), [("small", 1, 1), ("small", 2, 2)], '"small" has two rows'),
        (("segment", "orders", "items"), [("small", -1, 1)], "is below 0"),
        (("segment", "orders", "items"), [("small", "one", 1)], "is text, not a number"),
    ],
)
def test_an_answer_of_another_shape_is_refused(
    columns: tuple[str, ...], rows: list[tuple[object, ...]], fault: str
) -> None:
    with pytest.raises(ShapeError, match=fault):
        counts_of(Answer(columns, rows), "segment", SIZES.names, SIZES.counts)


CARD = 'scorecard = Scorecard(title="Sales", owner="Sales")'
VALUE = (
    'kpi = KPI(title="V", owner="S", unit="u", better="higher", measure=Query("select count(*) as value from '
    'staging.orders where at >= :start and at < :end"))'
)
FILE = 'segments = Segments(of="{of}", title="T", owner="S", names={{"a": "A"}}, counts=("rows",), measure=Query("q"))'


def test_segments_are_bound_to_a_kpi_of_their_own_scorecard(write: Callable[..., None], scorecards: Path) -> None:
    write("sales", "scorecard.py", CARD)
    write("sales", "kpi_01_value.py", VALUE)
    write("sales", "kpi_02_broken.py", "kpi = KPI(")
    write("sales", "segments_size.py", FILE.format(of="value"))
    write("sales", "segments_other.py", FILE.format(of="valu"))
    write("sales", "segments_broken.py", FILE.format(of="broken"))
    catalog = read_catalog(scorecards)
    assert [(bound.name, bound.of.name) for bound in catalog.segments] == [("sales.size", "sales.value")]
    told = [str(fault) for fault in catalog.faults if "segments" in str(fault)]
    assert told == ['sales/segments_other.py: of="valu" names no KPI of this scorecard. Did you mean "value"?']
