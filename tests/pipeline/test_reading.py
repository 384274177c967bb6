"""Status, history and preview: the grid has no hole, and looking writes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import MisuseError
from core.pipeline.past import history
from core.pipeline.reading import last_runs, preview, status
from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.readings import State


@pytest.fixture
def shop(
    add: Callable[..., None], count: Callable[..., str], fill: Callable[..., None], open_shop: Callable[[str], Session]
) -> Session:
    add("01_orders", count(), "target=3,")
    add("02_mean", 'ref("orders").mean(weeks=2)')
    fill(reaches="2026-11-17", w2026_W40=4, w2026_W41=2, w2026_W42=0, w2026_W45=5)
    return open_shop("2026-11-20")


def test_the_grid_has_every_due_week_in_exactly_one_state(shop: Session) -> None:
    backfill(shop, ["sales.orders"], "2026-W41", "2026-W42")
    run(shop, ["sales.orders"], week="2026-W45")
    grid = {line.definition.slug: line for line in status(shop, [])}
    assert [(r.period.label, str(r.state)) for r in grid["orders"].readings] == [
        ("2026-W41", "final"),
        ("2026-W42", "final"),
        ("2026-W43", "missing"),
        ("2026-W44", "missing"),
        ("2026-W45", "final"),
        ("2026-W46", "missing"),
    ]
    assert [(r.period.label, r.state) for r in grid["mean"].readings] == [("2026-W46", State.MISSING)]
    assert [str(grid["orders"].status(r)) for r in grid["orders"].readings[:3]] == ["off", "off", "unknown"]
    run(shop, [])
    assert all(r.state is State.FINAL for line in status(shop, []) for r in line.readings)


def test_history_gives_the_rows_of_a_range_in_order(shop: Session) -> None:
    backfill(shop, [], "2026-W40", "last")
    found = history(shop, ["sales.orders"], "2026-W41", "2026-W43")
    assert [(t.definition.name, t.line.reading.period.label, t.line.reading.value) for t in found] == [
        ("sales.orders", "2026-W41", 2),
        ("sales.orders", "2026-W42", 0),
        ("sales.orders", "2026-W43", 0),
    ]
    assert len(history(shop, [], last="last")) == 13
    assert history(shop, [], first="2027-W01") == []


def test_a_preview_evaluates_the_last_weeks_and_records_nothing(shop: Session, everything: Callable[[], Any]) -> None:
    before = everything()
    orders, mean = (shop.catalog.one(f"sales.{slug}") for slug in ("orders", "mean"))
    line = preview(shop, orders, 3, "2026-W42")
    assert [(r.period.label, r.value) for r in line.readings] == [("2026-W40", 4), ("2026-W41", 2), ("2026-W42", 0)]
    assert [r.value for r in preview(shop, mean, 2, "2026-W42").readings] == [3, 1]
    assert len(preview(shop, orders).readings) == 13
    assert everything() == before
    with pytest.raises(MisuseError):
        preview(shop, orders, week="2026-11")


def test_last_runs_tell_how_each_scorecard_ended(shop: Session, add: Callable[..., None]) -> None:
    assert last_runs(shop) == []
    run(shop, ["sales.orders"])
    (ran,) = last_runs(shop)
    assert (ran.scorecard, ran.command, ran.state) == ("sales", "run", "done")


def test_a_limit_is_tried_on_the_period_before_also_where_a_range_begins(
    shop: Session, add: Callable[..., None], count: Callable[..., str]
) -> None:
    add("03_limited", count(), 'limits=(Limit(-0.05, severity="high"), Limit(0.1)),')
    shop = Session(shop.settings, shop.fixed_today)
    backfill(shop, ["sales.limited"], "2026-W40", "2026-W46")
    (line,) = status(shop, ["sales.limited"], "2026-W41", "2026-W43")
    assert [(line.alert(r), line.alarm(r)) for r in line.readings] == [
        ("high", "fell by 50.0 % from the week before: high severity"),
        ("high", "fell by 100.0 % from the week before: high severity"),
        ("", ""),  # nothing to change from
    ]
    (whole,) = status(shop, ["sales.limited"])
    assert [whole.alert(r) for r in whole.readings] == ["", "high", "high", "", "", "", "high"]
    shop.close()
