"""Segments follow their KPI: the same periods, once, and trouble takes no number away."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from core.periods import Week
from core.pipeline.checking import check
from core.pipeline.publishing import publish
from core.pipeline.running import backfill, run
from core.pipeline.segmenting import preview
from core.pipeline.session import Session
from core.pipeline.tabs import tab_grids
from core.pipeline.views import view_now
from core.readings import State

Sql = Callable[..., list[tuple[Any, ...]]]
Add = Callable[..., None]
Open = Callable[[str], Session]
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")  # openpyxl says so when it reads
TODAY = "2026-11-20"  # the last complete week is 2026-W46
SIZES = '{"small": "small (below 50)", "large": "large"}'
BY_SIZE = "case when amount < 50 then 'small' else 'large' end as segment"
COUNTED = "count(*) as orders, sum(amount) as money"
FROM = "from staging.orders where at >= :start and at < :end group by 1"


@pytest.fixture
def split(add: Add, count: Callable[..., str], write: Add) -> Callable[..., None]:
    """A KPI and its segments by size; each part of their query may be another."""
    add("01_orders", count())

    def _split(names: str = SIZES, chosen: str = BY_SIZE, counted: str = COUNTED, where: str = FROM) -> None:
        ratios = '{"money_per_order": ("money", "orders")}'
        body = (
            f'segments = Segments(of="orders", title="By size", owner="S", names={names}, counts=("orders", "money"), '
        )
        write(
            "sales", "segments_size.py", f'{body} ratios={ratios}, measure=Query("select {chosen}, {counted} {where}"))'
        )

    _split()
    return _split


def rows(sql: Sql, metric: str = "orders") -> list[tuple[Any, ...]]:
    return sql(
        "select period, segment, metric_value, state from vl_analytics.segment where metric = %s "
        "order by period_start, place",
        metric,
    )


def everything(sql: Sql) -> list[tuple[Any, ...]]:
    return sql("select s::text from vl_analytics.segment as s order by 1")


def test_the_weeks_of_the_kpi_are_split_once_and_an_empty_segment_is_0(
    split: Add, fill: Add, open_shop: Open, sql: Sql
) -> None:
    fill(reaches="2026-11-17", w2026_W44=2, w2026_W46=4)
    sql("insert into staging.orders values ('2026-11-10 09:00+00', 60)")
    report = backfill(open_shop(TODAY), [], "2026-W44", "last")
    assert report.problems == []
    assert report.remarks == ["sales.size: segments of 3 periods recorded."]
    assert rows(sql) == [
        ("2026-W44", "small", 2, "final"),
        ("2026-W44", "large", 0, "final"),
        ("2026-W45", "small", 0, "final"),
        ("2026-W45", "large", 0, "final"),
        ("2026-W46", "small", 4, "final"),
        ("2026-W46", "large", 1, "final"),
    ]
    assert [value for _, _, value, _ in rows(sql, "orders_share")] == [1, 0, None, None, Decimal("0.8"), Decimal("0.2")]
    assert [value for _, _, value, _ in rows(sql, "money_per_order")] == [10, 0, None, None, 10, 60]
    before = everything(sql)
    again = backfill(open_shop(TODAY), [], "2026-W44", "last", force=True)
    assert (everything(sql), again.remarks) == (before, [])


def test_a_run_fills_the_weeks_that_were_missed_and_settles_what_was_provisional(
    split: Add, fill: Add, open_shop: Open, sql: Sql
) -> None:
    fill(w2026_W43=1)
    run(open_shop("2026-10-26"), [])
    assert [(period, state) for period, _, _, state in rows(sql)][::2] == [("2026-W43", "provisional")]
    fill(reaches="2026-11-17", w2026_W43=1, w2026_W45=3)
    run(open_shop(TODAY), [])
    small = [(period, value, state) for period, segment, value, state in rows(sql) if segment == "small"]
    assert small == [
        ("2026-W43", 2, "final"),
        ("2026-W44", 0, "final"),
        ("2026-W45", 3, "final"),
        ("2026-W46", 0, "final"),
    ]


def test_late_rows_are_found_when_the_kpi_is_looked_at_again(split: Add, fill: Add, open_shop: Open, sql: Sql) -> None:
    fill(reaches="2026-11-17", w2026_W46=4)
    run(open_shop(TODAY), [])
    fill(w2026_W46=1)
    fill(reaches="2026-11-24")
    run(open_shop("2026-11-27"), [])
    assert rows(sql)[:2] == [("2026-W46", "small", 5, "final"), ("2026-W46", "large", 0, "final")]


def test_a_query_that_fails_is_told_and_what_stands_stays(split: Add, fill: Add, open_shop: Open, sql: Sql) -> None:
    fill(reaches="2026-11-17", w2026_W46=4)
    run(open_shop(TODAY), [])
    before = everything(sql)
    split(counted="count(*) as orders, sum(amount / 0) as money")
    report = backfill(open_shop(TODAY), [], "2026-W46", "last", force=True)
    told = "sales.size: segments of 1 period failed, 2026-W46: The query failed: division by zero."
    assert (report.problems, report.exit_code) == ([told], 1)
    assert everything(sql) == before


def test_a_segment_that_is_not_declared_is_an_error_and_never_left_out(
    split: Add, fill: Add, open_shop: Open, sql: Sql
) -> None:
    split(chosen="'huge' as segment")
    fill(reaches="2026-11-17", w2026_W46=4)
    report = run(open_shop(TODAY), [])
    assert 'The segment "huge" is not declared.' in report.problems[0]
    assert rows(sql) == []


def test_a_broken_contract_holds_the_segments_too(split: Add, fill: Add, open_shop: Open, sql: Sql) -> None:
    fill(reaches="2026-11-17", w2026_W46=4)
    run(open_shop(TODAY), [])
    before = everything(sql)
    sql("insert into staging.orders values ('2026-11-10 09:00+00', -1)")
    report = backfill(open_shop(TODAY), [], "2026-W46", "last", force=True)
    assert "sales.size: segments of 1 period held, 2026-W46: orders breaks its contract" in report.problems[0]
    assert everything(sql) == before


def test_a_week_that_the_source_does_not_reach_has_no_segments(
    split: Add, fill: Add, open_shop: Open, sql: Sql
) -> None:
    fill(w2026_W43=1)
    report = run(open_shop(TODAY), [], week="2026-W46")
    assert (report.problems, rows(sql)) == ([], [])


def test_a_segment_that_is_renamed_leaves_no_row_behind(split: Add, fill: Add, open_shop: Open, sql: Sql) -> None:
    fill(reaches="2026-11-17", w2026_W45=1, w2026_W46=4)
    backfill(open_shop(TODAY), [], "2026-W45", "last")
    split(
        names='{"tiny": "tiny", "large": "large"}',
        chosen="case when amount < 50 then 'tiny' else 'large' end as segment",
    )
    backfill(open_shop(TODAY), [], "2026-W46", "last")
    assert [row[:2] for row in rows(sql)] == [
        ("2026-W45", "small"),
        ("2026-W45", "large"),
        ("2026-W46", "tiny"),
        ("2026-W46", "large"),
    ]


def test_a_dry_run_records_none(split: Add, fill: Add, open_shop: Open, sql: Sql) -> None:
    fill(reaches="2026-11-17", w2026_W46=4)
    run(open_shop(TODAY), [], dry_run=True)
    assert rows(sql) == []


def test_the_tab_holds_every_recorded_week_below_the_kpis_and_the_preview_the_week_asked_for(
    split: Add, fill: Add, open_shop: Open
) -> None:
    fill(reaches="2026-11-17", w2026_W45=1, w2026_W46=4)
    session = open_shop(TODAY)
    backfill(session, [], "2026-W45", "last")
    (grid,) = tab_grids(session, view_now(session, "sales"))
    assert grid.kpis[-11:-8] == ("size", "size.small.orders", "size.large.orders")
    assert [grid.cells["size.small.orders", week].value for week in ("2026-W44", "2026-W45", "2026-W46")] == [
        None,
        1,
        4,
    ]
    assert (grid.cells["size", "title"].value, grid.cells["size.small.orders", "title"].value) == (
        "By size",
        "Orders: small (below 50)",
    )
    assert ("size", "2026-W46") not in grid.cells
    definition = session.catalog.one("sales.orders")
    ((bound, found),) = preview(session, definition, Week.of(2026, 44))
    assert (bound.name, found.state) == ("sales.size", State.MISSING)


def test_segments_are_published_once_and_a_hand_edit_of_theirs_stays(split: Add, fill: Add, open_shop: Open) -> None:
    fill(reaches="2026-11-17", w2026_W45=1, w2026_W46=4)
    session = open_shop(TODAY)
    backfill(session, [], "2026-W45", "last")
    (made,) = publish(session, []).outcomes
    assert publish(session, [], check=True).exit_code == 0
    book = openpyxl.load_workbook(made.path)
    rows = {row[0].value: row for row in book["sc2026"].iter_rows()}
    heading, small = rows["size"], rows["size.small.orders"]
    assert (heading[1].value, heading[1].font.b) == ("By size", True)
    assert (small[1].value, small[1].font.b) == ("Orders: small (below 50)", False)
    week = next(cell.column for cell in rows["#"] if cell.value == "W46") - 1
    assert (small[week].value, heading[week].value) == (4, None)
    small[week].value = 9
    book.save(made.path)
    (again,) = publish(session, []).outcomes
    assert [edit.partition(": ")[2] for edit in again.kept] == ["someone wrote 9 where 4 was due; theirs stays."]
    adopted = publish(session, [], adopt="they know better").outcomes[0].adopted
    assert adopted == [
        "not sales.size.small.orders 2026-W46: segments are counted anew in each run and cannot be corrected."
    ]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"counted": "count(*) as orders"}, "the query returns segment, orders. Return segment, orders, money"),
        ({"where": "from staging.orders group by 1"}, "the query names no period"),
        (
            {"where": "from staging.order where at >= :start and at < :end group by 1"},
            'there is no table "staging.order"',
        ),
        ({"where": "from staging.orders where at >= :start and at <= :end group by 1"}, "counts the first moment"),
    ],
)
def test_a_query_that_would_count_wrong_is_told_by_the_check_and_not_asked(
    given: dict[str, str], fault: str, split: Add, fill: Add, open_shop: Open, sql: Sql
) -> None:
    split(**given)
    fill(reaches="2026-11-17", w2026_W46=4)
    session = open_shop(TODAY)
    faults, _ = check(session, [], ask_database=False)
    assert [fault in str(found) for found in faults] == [True]
    assert "segments_size.py" in str(faults[0])
    assert run(session, []).exit_code == 1
    assert rows(sql) == []


def test_kpi_show_tells_the_segments_below_the_weeks(
    split: Add, fill: Add, open_shop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.cli import kpi

    fill(reaches="2026-11-17", w2026_W46=4)
    settings = open_shop(TODAY).settings
    monkeypatch.setenv("KPI_WAREHOUSE_URL", settings.warehouse_url)
    monkeypatch.setenv("KPI_SCORECARDS_DIR", str(settings.scorecards))
    monkeypatch.setenv("KPI_HOME", str(settings.home))
    shown = CliRunner().invoke(kpi, ["--today", TODAY, "show", "sales.orders", "--last", "2"]).output
    lines = [line.strip() for line in shown.splitlines()]
    head = lines.index("By size, 2026-W46") + 1
    assert lines[head : head + 3] == [
        "orders  money  money per order  orders share  money share",
        "small (below 50)       4     40            10.00       100.0 %      100.0 %",
        "large                  0      0             0.00         0.0 %        0.0 %",
    ]
