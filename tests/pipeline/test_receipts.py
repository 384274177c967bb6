"""Receipts: a number says from what it was made, what it was before, where it went, and whether it still holds."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from core.errors import MisuseError
from core.pipeline.correcting import annotate, correct
from core.pipeline.past import history
from core.pipeline.publishing import publish
from core.pipeline.receipts import receipt, recompute
from core.pipeline.running import backfill, run
from core.pipeline.session import Session

Add = Callable[..., None]
Open = Callable[[str], Session]
Sql = Callable[..., list[tuple[Any, ...]]]
TODAY = "2026-11-20"
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline")  # openpyxl cannot read them


@pytest.fixture
def shop(add: Add, count: Callable[..., str], fill: Add, open_shop: Open) -> Session:
    add("01_orders", count(), "target=5,")
    add("02_revenue", count(chosen="sum(amount) as numerator, count(*) as denominator"), unit="GBP")
    add("03_mean", 'ref("orders").mean(weeks=4)')
    fill(reaches="2026-11-17", **{f"w2026_W{n:02}": n % 7 + 1 for n in range(20, 47)})
    opened = open_shop(TODAY)
    backfill(opened, [], "2026-W30", "last")
    return opened


def test_a_receipt_names_query_data_run_and_verdict(shop: Session, sql: Sql) -> None:
    found = receipt(shop, "sales.orders", "2026-W46")
    assert "at >= date '2026-11-09' and at < date '2026-11-16'" in found.body
    (rows,) = found.line.evidence.datasets.values()
    assert (rows.within, rows.until) == (5, sql("select count(*) from staging.orders where at < '2026-11-16'")[0][0])
    (load,) = found.loads
    assert (load["dataset"], load["source"], load["level"], len(load["checksum"])) == ("orders", "in place", "pass", 16)
    assert (found.run["command"], found.run["arguments"]) == ("backfill", {"periods": ["2026-W30", "last"]})
    assert (found.status, found.is_todays_query, found.sent) == ("on", True, [])


def test_the_parts_of_a_formula_are_named_and_those_restated_since_are_marked(shop: Session) -> None:
    correct(shop, "sales.orders", "2026-W44", "50", "counted by hand")
    found = receipt(shop, "sales.mean", "2026-W46")
    assert [(p.name, p.reading.reading.period.label, p.still) for p in found.parts] == [
        ("sales.orders", f"2026-W{n}", n != 44) for n in (43, 44, 45, 46)
    ]
    assert [p.reading.reading.value for p in found.parts] == [Decimal(n % 7 + 1) for n in (43, 44, 45, 46)]


def test_the_cell_is_found_where_people_moved_it_and_a_number_written_over_is_told(shop: Session) -> None:
    publish(shop, [])
    path = shop.settings.published / "sales.xlsx"
    (sent,) = receipt(shop, "sales.orders", "2026-W46").sent
    tab, address = sent.cell.split("!")
    book = load_workbook(path)
    assert book[tab][address].value == 5
    assert sent.now == sent.written == "5"
    book[tab][address].value = 6
    book.save(path)
    (sent,) = receipt(shop, "sales.orders", "2026-W46").sent
    assert (sent.written, sent.now) == ("5", "6")
    path.unlink()
    (sent,) = receipt(shop, "sales.orders", "2026-W46").sent
    assert sent.now is None


def test_an_earlier_query_is_shown_as_it_was(
    shop: Session, add: Add, open_shop: Open, count: Callable[..., str]
) -> None:
    add("01_orders", count(chosen="2 * count(*) as value"), "target=5,")
    found = receipt(open_shop(TODAY), "sales.orders", "2026-W46")
    assert found.body.startswith("select count(*) as value")
    assert not found.is_todays_query


def test_recomputing_says_whether_a_number_still_holds(shop: Session, fill: Add, everything: Any) -> None:
    found = receipt(shop, "sales.orders", "2026-W46")
    before = everything()
    assert recompute(shop, found)[1]
    fill(w2026_W46=2)
    again, holds = recompute(shop, found)
    assert (again.value, holds) == (7, False)
    assert everything() == before


def test_every_number_of_a_random_share_holds_or_is_explained_by_a_line_of_history(
    shop: Session, fill: Add, open_shop: Open
) -> None:
    """Changes come after the recording: what does not hold is explained by the next run, line by line."""
    fill(w2026_W46=1, w2026_W43=2)
    chosen = random.Random(20261121).sample(
        [(t.definition.name, t.line.reading.period.label) for t in history(shop, ["sales"])], 25
    )
    chosen += [("sales.orders", "2026-W46"), ("sales.orders", "2026-W43")]
    receipts = {at: receipt(shop, *at) for at in chosen}
    broken = {at for at, found in receipts.items() if not recompute(shop, found)[1]}
    assert {("sales.orders", "2026-W46"), ("sales.orders", "2026-W43")} <= broken
    run(open_shop(TODAY), [])
    for at in chosen:
        now = receipt(shop, *at)
        explained = len(now.lines) > len(receipts[at].lines) and now.line.reason == "late data"
        assert (at in broken) == explained, at
        assert recompute(shop, now)[1], at


def test_notes_and_corrections_are_on_the_receipt(shop: Session) -> None:
    annotate(shop, "sales.orders", "2026-W46", "Easter sale")
    correct(shop, "sales.orders", "2026-W46", "9", "two stores were late")
    found = receipt(shop, "sales.orders", "2026-W46")
    assert [note.body for note in found.notes] == ["Easter sale"]
    assert (found.line.reason, found.line.because) == ("manual correction", "two stores were late")
    assert [line.reading.value for line in found.lines] == [5, 9]


def test_a_period_without_a_number_has_no_receipt(shop: Session) -> None:
    with pytest.raises(MisuseError, match=r"Nothing is recorded for sales.orders 2026-W10\. `kpi backfill"):
        receipt(shop, "sales.orders", "2026-W10")
    with pytest.raises(MisuseError, match="sales.orders is weekly; 2026-10 is not"):
        receipt(shop, "sales.orders", "2026-10")
