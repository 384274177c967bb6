"""Runs and backfills: what is due is filled once, in order, and nothing that goes wrong stops the rest."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import BusyError, FactoryError, MisuseError, SourceError
from core.pipeline.reading import status
from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.readings import State

Sql = Callable[..., list[tuple[Any, ...]]]
Add = Callable[..., None]
Open = Callable[[str], Session]
TODAY = "2026-11-20"  # the last complete week is 2026-W46
SUNDAYS = ("09_13", "09_20", "09_27", "10_04", "10_11", "10_18", "10_25", "11_01", "11_08", "11_15")


def kept(sql: Sql) -> list[tuple[Any, ...]]:
    return sql("select period, value, state, reason from kpi.reading order by reading_id")


def test_after_three_weeks_off_each_missed_week_is_filled_once_and_in_order(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W43=1, w2026_W44=2, w2026_W46=4)
    run(open_shop("2026-10-26"), [])
    run(open_shop(TODAY), [])
    weeks = [("2026-W43", 1), ("2026-W44", 2), ("2026-W45", 0), ("2026-W46", 4)]
    assert kept(sql) == [(week, Decimal(number), "final", "first") for week, number in weeks]
    again = run(open_shop(TODAY), [])
    assert len(kept(sql)) == 4
    told = "Nothing is due: every complete period has its final number; 3 readings looked at again, nothing new."
    assert again.sentence() == told


def test_whatever_is_wrong_with_one_kpi_the_others_run(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    add("02_no_table", "select count(*) as value from staging.nowhere where at < :end")
    add("03_no_bind", "select count(*) as value from staging.orders where at < :until")
    add("04_no_database", 'Query("select 1 as value where :start < :end", database="crm")')
    add("05_not_sql", "selekt 1")
    add("06_no_rows_at_all", "set statement_timeout = 0")
    add("07_no_file", 'Blend(tables={"x": File("gone.csv")}, sql="select count(*) as value from x")')
    add("08_blend", 'Blend(tables={"x": Query("select 2 as n")}, sql="select n as value from x where :start < :end")')
    fill(reaches="2026-11-17", w2026_W46=4)
    report = run(open_shop(TODAY), [])
    assert report.exit_code == 1
    found = {name: row for (name, _), row in table().items()}
    assert {name for name, (_, state) in found.items() if state == "final"} == {"orders", "blend"}
    assert all(value is None for name, (value, _) in found.items() if name not in ("orders", "blend"))
    notes = {reading.kpi: reading.note for reading in report.troubles}
    assert "kpi load" in notes["sales.02"]
    assert ":until is no bind" in notes["sales.03"]
    assert notes["sales.04"] == 'There is no database "crm". Set KPI_DATABASE_CRM_URL.'
    assert "begins with selekt" in notes["sales.05"]
    assert "gone.csv" in notes["sales.07"]


def test_a_period_that_fails_leaves_those_around_it_alone(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_share", count(chosen="100 / (count(*) - 2) as value"))
    fill(reaches="2026-11-17", w2026_W44=3, w2026_W45=2, w2026_W46=4)
    report = backfill(open_shop(TODAY), [], "2026-W44", "last")
    assert [(r.period.label, r.note) for r in report.troubles] == [("2026-W45", "The query failed: division by zero.")]
    assert table() == {
        ("share", "2026-W44"): (100, "final"),
        ("share", "2026-W45"): (None, "failed"),
        ("share", "2026-W46"): (50, "final"),
    }


def test_parents_come_before_children_in_other_scorecards_too(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, write: Add, table: Callable[[], Any]
) -> None:
    write("all", "scorecard.py", 'scorecard = Scorecard(title="All", owner="All")')
    add("01_doubled", 'ref("all.02") * 2', scorecard="all")
    add("02_copied", 'ref("sales.orders")', scorecard="all")
    add("07_orders", count())
    fill(reaches="2026-11-17", w2026_W46=4)
    assert run(open_shop(TODAY), []).exit_code == 0
    assert {name: value for (name, _), (value, _) in table().items()} == {"orders": 4, "copied": 4, "doubled": 8}


def test_a_formula_reads_what_is_recorded_of_its_parents(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    add("02_doubled", 'ref("orders") * 2')
    fill(reaches="2026-11-17", w2026_W46=4)
    run(open_shop(TODAY), ["sales.01"])
    fill(w2026_W46=5)
    run(open_shop(TODAY), ["sales.02"])
    assert table()["doubled", "2026-W46"] == (8, "final")


def test_parents_that_are_not_recorded_are_evaluated_on_the_way_and_left_unrecorded(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    add("02_mean", 'ref("orders").mean(weeks=4)')
    add("03_doubled", 'ref("mean") * 2')
    fill(reaches="2026-11-17", w2026_W43=2, w2026_W44=4, w2026_W45=6, w2026_W46=8)
    run(open_shop(TODAY), ["sales.mean"])
    assert table() == {("mean", "2026-W46"): (5, "final")}
    run(open_shop(TODAY), ["sales.doubled"])
    assert table()["doubled", "2026-W46"] == (10, "final")
    run(open_shop(TODAY), ["+sales.doubled"])
    assert table()["orders", "2026-W46"] == (8, "final")


def test_days_that_are_not_recorded_are_asked_for_all_weeks_at_once(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    """Also where one formula rests on another, and both on the same days."""
    add("01_orders", count(), 'cadence="daily", kind="stock",')
    add("02_growth", 'ref("orders") - ref("orders").ago(days=1)', 'cadence="daily", kind="stock",')
    add("03_last", 'ref("orders").last(days=1)')
    add("04_growth_last", 'ref("growth").last(days=1)')
    fill(reaches="2026-11-17", w2026_09_01=1, **{f"w2026_{day}": n for n, day in enumerate(SUNDAYS, start=1)})
    session, asked = open_shop(TODAY), list[str]()
    pool = session.databases.reader("warehouse", "UTC").pool  # type: ignore[attr-defined]
    sa.event.listen(pool, "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert backfill(session, ["sales.03", "sales.04"], "2026-W37", "last").exit_code == 0
    assert [table()[name, f"2026-W{week}"][0] for name in ("last", "growth_last") for week in (37, 46)] == [
        1,
        10,
        1,
        10,
    ]
    assert len(table()) == 20
    assert sum("staging.orders" in statement for statement in asked) < 12, "for each of 40 days one would be asked"


def test_a_mean_over_four_weeks_is_unknown_when_one_of_them_is(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_revenue", count(chosen="sum(amount) as value"))
    add("02_mean", 'ref("revenue").mean(weeks=4)')
    fill(reaches="2026-11-17", w2026_W42=1, w2026_W43=1, w2026_W44=1, w2026_W46=1)
    fill(w2026_W41=1)
    backfill(open_shop(TODAY), [], "2026-W44", "last")
    assert table()["mean", "2026-W44"] == (10, "final")
    assert table()["revenue", "2026-W45"] == (None, "final")
    assert table()["mean", "2026-W45"] == table()["mean", "2026-W46"] == (None, "final")


def test_a_broken_contract_holds_the_kpis_keeps_the_last_good_number_and_says_why(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    add("02_doubled", 'ref("orders") * 2')
    fill(reaches="2026-11-13", w2026_W46=4)
    shop = open_shop(TODAY)
    run(shop, [])
    assert table()["orders", "2026-W46"] == (5, "provisional")
    sql("insert into staging.orders values ('2026-11-14 12:00+00', -1)")
    held = run(shop, [])
    assert held.exit_code == 1
    assert table()["orders", "2026-W46"] == (5, "held")
    assert table()["doubled", "2026-W46"] == (10, "held")
    notes = {reading.kpi: reading.note for reading in held.troubles}
    assert notes["sales.01"] == "orders breaks its contract: amount within 0.. (1)"
    assert notes["sales.02"] == f"rests on sales.orders 2026-W46, which is held: {notes['sales.01']}"
    sql("update staging.orders set amount = 1 where amount < 0")
    fill(reaches="2026-11-17")
    assert run(shop, []).exit_code == 0
    assert table()["orders", "2026-W46"] == (6, "final")
    assert table()["doubled", "2026-W46"] == (12, "final")


def test_a_provisional_number_settles_once_when_its_source_has_passed_the_week(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-14", w2026_W46=4)
    shop = open_shop(TODAY)
    assert run(shop, []).exit_code == 0
    fill(reaches="2026-11-17")
    for _ in range(3):
        run(shop, [])
    assert kept(sql) == [
        ("2026-W46", 5, "provisional", "first"),
        ("2026-W46", 5, "final", "settled"),
    ]


def test_a_dry_run_writes_nothing_at_all(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, everything: Callable[[], Any], sql: Sql
) -> None:
    add("01_orders", count())
    add("02_doubled", 'ref("orders") * 2')
    fill(reaches="2026-11-17", w2026_W46=4)
    shop, before = open_shop(TODAY), everything()
    parts = sql("select count(*) from pg_inherits")
    report = run(shop, [], dry_run=True)
    assert (report.evaluated, report.run) == (2, 0)
    assert backfill(shop, [], "2026-W40", "last", dry_run=True).evaluated == 14
    assert everything() == before
    assert sql("select count(*) from pg_inherits") == parts
    assert report.sentence(dry_run=True) == "sales: 2 KPIs, 2 readings evaluated; a dry run records nothing."


def test_a_dry_run_foresees_what_a_run_would_hold(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W46=4)
    shop = open_shop(TODAY)
    run(shop, [])
    sql("insert into staging.orders values ('2026-11-14 12:00+00', -1)")
    dry = backfill(shop, [], "2026-W45", "last", dry_run=True)
    told = [(r.state, r.note) for r in [*dry.troubles, *dry.unvisited]]
    assert told == [(State.HELD, "orders breaks its contract: amount within 0.. (1)")] * 2
    real = backfill(shop, [], "2026-W45", "last")
    assert [(r.state, r.note) for r in [*real.troubles, *real.unvisited]] == told


def test_a_period_that_is_still_open_or_does_not_exist_is_misuse_and_leaves_no_trace(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, everything: Callable[[], Any]
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W46=4)
    shop, before = open_shop(TODAY), everything()
    for week in ("2026-W47", "2026-W50", "2026-13", "soon", "2026-11"):
        with pytest.raises(MisuseError):
            run(shop, [], week=week)
        with pytest.raises(MisuseError):
            backfill(shop, [], "2026-W40", week)
    assert everything() == before


def test_one_week_can_be_asked_for_again(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W44=4)
    shop = open_shop(TODAY)
    run(shop, [], week="2026-W44")
    fill(w2026_W44=1)
    run(shop, [], week="2026-W44")
    add("01_orders", count(chosen="count(*) + 100 as value"))
    run(open_shop(TODAY), [], week="2026-W44")
    assert kept(sql) == [
        ("2026-W44", 4, "final", "first"),
        ("2026-W44", 5, "final", "late data"),
        ("2026-W44", 105, "final", "query change"),
    ]


def test_a_kpi_is_due_from_the_week_it_began_to_the_week_it_was_retired(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_young", count(), 'since="2026-W45",')
    add("02_old", count(), 'since="2026-W43", retired="2026-W44",')
    add("03_unborn", count(), 'since="2027-W01",')
    fill(reaches="2026-11-17", w2026_W43=1)
    shop = open_shop(TODAY)
    assert run(shop, []).exit_code == 0
    due = {("young", "2026-W45"), ("young", "2026-W46"), ("old", "2026-W43"), ("old", "2026-W44")}
    assert set(table()) == due
    backfill(shop, [], "2026-W01", "2026-W46")
    run(shop, [], week="2026-W46")
    assert set(table()) == due
    states = {line.definition.slug: [str(r.state) for r in line.readings] for line in status(shop, [])}
    assert states == {"young": ["final"] * 2, "old": ["final", "final", "retired", "retired"], "unborn": []}


def test_a_file_with_faults_makes_the_run_fail_and_the_others_run(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, write: Add, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    add("02_child", 'ref("broken") * 2')
    write("sales", "kpi_03_broken.py", "kpi = KPI(title='x')")
    fill(reaches="2026-11-17", w2026_W46=4)
    report = run(open_shop(TODAY), [])
    assert report.exit_code == 1
    assert any("kpi_03_broken.py" in str(fault) for fault in report.faults)
    assert table() == {("orders", "2026-W46"): (4, "final"), ("child", "2026-W46"): (None, "failed")}


def test_days_and_months_run_and_backfill_like_weeks(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_daily", count(), 'cadence="daily",')
    add("02_monthly", count(), 'cadence="monthly",')
    add("03_weekly", count())
    add("04_two_days", 'ref("daily").sum(days=2)', 'cadence="daily",')
    sums = {"2026-11-18": 2, "2026-11-19": 3, "2026-10": 5, "2026-W46": 7}
    fill(reaches="2026-11-20", **{f"w{label.replace('-', '_')}": number for label, number in sums.items()})
    shop = open_shop(TODAY)
    assert run(shop, []).exit_code == 0
    assert table() == {
        ("daily", "2026-11-19"): (3, "final"),
        ("monthly", "2026-10"): (5, "final"),
        ("two_days", "2026-11-19"): (5, "final"),
        ("weekly", "2026-W46"): (7, "final"),
    }
    months = backfill(shop, [], "2026-08", "last")
    assert (months.kpis, months.periods) == (1, 3)
    assert months.left_out == ["sales.daily", "sales.weekly", "sales.two_days"]
    backfill(shop, ["sales.daily"], "2026-11-17", "2026-11-18")
    assert [p for name, p in table() if name == "daily"] == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert run(shop, [], week="2026-09").kpis == 1
    with pytest.raises(MisuseError, match=r"sales.weekly is weekly; 2026-08 is not"):
        backfill(shop, ["sales.weekly"], "2026-08", "last")


def test_a_kpi_that_changes_its_kind_of_period_is_due_in_the_new_kind(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, write: Add, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W43=3, w2026_W46=4)
    run(open_shop("2026-10-26"), [])
    add("01_orders", count(), 'cadence="monthly",')
    run(open_shop(TODAY), [])
    assert set(table()) == {("orders", "2026-W43"), ("orders", "2026-10")}


def test_weeks_that_start_on_another_day_are_refused_beside_the_recorded_ones(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, write: Add, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W43=3, w2026_W46=4)
    run(open_shop(TODAY), [])
    before = table()
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales", week_start="sunday")')
    report = run(open_shop(TODAY), [])
    assert report.exit_code == 1
    assert report.problems[0].startswith("sales.01 has weeks on record that start on another day than sunday.")
    assert table() == before


def test_a_query_that_takes_too_long_is_failed_with_a_next_step(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql, table: Callable[[], Any]
) -> None:
    sql("create view staging.slow as select at from staging.orders cross join (select pg_sleep(20)) as nap")
    add("01_orders", count())
    add("02_slow", count("staging.slow"))
    fill(reaches="2026-11-17", w2026_W46=4)
    shop = open_shop(TODAY)
    shop.settings = replace(shop.settings, statement_timeout=1)
    (trouble,) = run(shop, []).troubles
    assert trouble.note == (
        "The query failed: canceling statement due to statement timeout. "
        "Raise KPI_STATEMENT_TIMEOUT or give the table an index."
    )
    assert table()["orders", "2026-W46"] == (4, "final")
    assert table()["slow", "2026-W46"] == (None, "failed")


def test_a_query_cannot_write_even_through_a_function(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql
) -> None:
    sql("create table staging.log (at timestamptz)")
    sql(
        "create function staging.note_down() returns integer language plpgsql as "
        "$$ begin insert into staging.log values (now()); return 1; end $$"
    )
    sql(
        "create function staging.break_out() returns integer language plpgsql as "
        "$$ begin set transaction_read_only = off; insert into staging.log values (now()); return 1; end $$"
    )
    add("01_writes", "select staging.note_down() as value where cast(:start as date) < :end")
    add("02_breaks_out", "select staging.break_out() as value where cast(:start as date) < :end")
    fill(reaches="2026-11-17")
    notes = [reading.note for reading in run(open_shop(TODAY), []).troubles]
    assert len(notes) == 2
    assert any("read-only transaction" in note for note in notes)
    assert sql("select count(*) from staging.log") == [(0,)]


def test_a_database_that_is_down_is_one_sentence_without_the_password(add: Add, open_shop: Open) -> None:
    add("01_orders", "select 1 as value")
    shop = open_shop(TODAY)
    url = "postgresql://analyst:hunter2@127.0.0.1:1/warehouse"
    shop.settings = replace(shop.settings, warehouse_url=url)
    with pytest.raises(SourceError) as told:
        run(shop, [])
    assert told.value.exit_code == 1
    assert str(told.value).startswith("The database at 127.0.0.1:1/warehouse cannot be reached: ")
    assert "hunter2" not in str(told.value)
    assert "\n" not in str(told.value)


STANDING_FAULTS = {
    "no table": ("drop table staging.orders", "There is no table staging.orders."),
    "a column is gone": (
        "alter table staging.orders drop column amount",
        'staging.orders: column "amount" is missing.',
    ),
    "a column is text": (
        "alter table staging.orders alter column amount type text",
        'column "amount" is text where the contract says decimal(12,2)',
    ),
    "no rows": ("truncate staging.orders", "it has rows"),
}


@pytest.mark.parametrize("fault", STANDING_FAULTS)
def test_a_standing_table_that_is_not_as_its_contract_holds_what_rests_on_it(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql, fault: str, table: Callable[[], Any]
) -> None:
    change, said = STANDING_FAULTS[fault]
    add("01_orders", count())
    add("02_else", "select 1 as value where cast(:start as date) < :end")
    fill(reaches="2026-11-17", w2026_W45=3, w2026_W46=4)
    run(open_shop("2026-11-10"), [])
    sql(change)
    report = run(open_shop(TODAY), [])
    assert report.exit_code == 1
    assert [(r.kpi, r.state) for r in report.troubles] == [("sales.01", State.HELD)]
    assert said in report.troubles[0].note
    assert table() == {
        ("else", "2026-W45"): (1, "final"),
        ("else", "2026-W46"): (1, "final"),
        ("orders", "2026-W45"): (3, "final"),
        ("orders", "2026-W46"): (None, "held"),
    }


def test_more_scorecards_than_connections_run_all_the_same(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, write: Add, table: Callable[[], Any]
) -> None:
    fill(reaches="2026-11-17", w2026_W46=4)
    for n in range(8):
        write(f"card_{n}", "scorecard.py", 'scorecard = Scorecard(title="C", owner="C")')
        add(f"01_orders_{n}", count(), scorecard=f"card_{n}")
    shop = open_shop(TODAY)
    shop.settings = replace(shop.settings, pool=1)
    assert run(shop, []).exit_code == 0
    assert len(table()) == 8


def test_of_two_runs_at_once_the_second_is_told_and_does_nothing(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W46=4)
    first, second = open_shop(TODAY), open_shop(TODAY)
    with first.locked("other", "sales"), pytest.raises(BusyError, match="working on sales") as told:
        run(second, [])
    assert told.value.exit_code == 75
    assert sql("select count(*) from kpi.run") == [(0,)]
    assert run(second, []).exit_code == 0


def test_a_run_that_is_stopped_is_on_record_as_failed(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W46=4)
    shop = open_shop(TODAY)
    sql("alter table kpi.reading rename to away")
    with pytest.raises(FactoryError, match="The warehouse refused"):
        run(shop, [])
    sql("alter table kpi.away rename to reading")
    assert sql("select state, report -> 'problems' ->> 0 like 'Stopped: The warehouse refused%%' from kpi.run") == [
        ("failed", True)
    ]
    run(shop, [])
    assert table() == {("orders", "2026-W46"): (4, "final")}


def test_faults_of_the_files_of_other_scorecards_are_not_this_runs(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, write: Add, scorecards: Path
) -> None:
    add("01_orders", count())
    write("other", "scorecard.py", "scorecard = 3")
    fill(reaches="2026-11-17", w2026_W46=4)
    assert run(open_shop(TODAY), ["sales"]).exit_code == 0


def test_a_week_that_was_due_and_had_no_data_stays_due_until_it_has(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-05", w2026_W44=2)
    assert len(run(open_shop("2026-11-16"), []).waiting) == 1
    assert table() == {}
    fill(reaches="2026-11-24", w2026_W46=4)
    run(open_shop("2026-11-24"), [])
    assert set(table()) == {("orders", "2026-W46"), ("orders", "2026-W47")}


def test_a_retired_parent_gives_no_number_after_its_end(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    add("01_old", count(), 'retired="2026-W45",')
    add("02_kid", 'ref("old") * 2')
    fill(reaches="2026-11-17", w2026_W45=3, w2026_W46=4)
    report = backfill(open_shop(TODAY), [], "2026-W45", "last")
    assert set(table()) == {("old", "2026-W45"), ("kid", "2026-W45")}
    assert "rests on sales.old 2026-W46, which is missing: it begins later or is retired" in report.waiting[-1].note


def test_the_children_of_a_refused_number_are_refused_too(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, scorecards: Path, table: Callable[[], Any]
) -> None:
    add("01_old", count())
    fill(reaches="2026-11-17", w2026_W46=4)
    run(open_shop(TODAY), [])
    (scorecards / "sales" / "kpi_01_old.py").unlink()
    add("01_new", count(chosen="sum(amount) as value"))
    add("02_kid", 'ref("new") * 2')
    report = run(open_shop(TODAY), [])
    assert report.exit_code == 1
    assert set(table()) == {("old", "2026-W46")}


def test_a_blend_that_never_ends_is_stopped_by_the_statement_timeout(
    add: Add, open_shop: Open, table: Callable[[], Any]
) -> None:
    endless = "select sum(a.n * b.n) as value from x as a, x as b, x as c where :start < :end"
    add("01_endless", f'Blend(tables={{"x": Query("select generate_series(1, 100000) as n")}}, sql="{endless}")')
    shop = open_shop(TODAY)
    shop.settings = replace(shop.settings, statement_timeout=1)
    report = run(shop, [])
    assert report.troubles[0].note == "The blend failed: it took longer than KPI_STATEMENT_TIMEOUT allows."
