"""Restatements: a source changes, the next run says so once, with the right reason, and nothing else moves."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from core import write_points
from core.errors import SourceError
from core.pipeline.correcting import annotate, correct, withdraw
from core.pipeline.past import history
from core.pipeline.publishing import publish
from core.pipeline.running import backfill, run
from core.pipeline.session import Session

Add = Callable[..., None]
Open = Callable[[str], Session]
Sql = Callable[..., list[tuple[Any, ...]]]
TODAY = "2026-11-20"
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline")  # openpyxl cannot read them
LINES = "select period, value, state, reason from kpi.reading where kpi_number = '01' order by reading_id"


@pytest.fixture
def shop(add: Add, count: Callable[..., str], fill: Add, open_shop: Open) -> Session:
    """Weeks 30 to 46 recorded; 46 was the last complete one."""
    add("01_orders", count())
    fill(reaches="2026-11-17", **{f"w2026_W{n:02}": 3 for n in range(29, 47)})
    opened = open_shop(TODAY)
    backfill(opened, [], "2026-W30", "last")
    return opened


def restated(sql: Sql) -> list[tuple[Any, ...]]:
    return sql(f"select * from ({LINES}) as lines where reason not in ('first')")


@pytest.mark.parametrize(("week", "found"), [("2026-W46", True), ("2026-W45", True), ("2026-W43", True),
                                             ("2026-W34", True), ("2026-W42", False), ("2026-W33", False)])  # fmt: skip
def test_a_late_row_is_found_by_the_run_that_looks_at_its_week_again(
    shop: Session, open_shop: Open, fill: Add, sql: Sql, week: str, found: bool
) -> None:
    fill(**{f"w{week.replace('-', '_')}": 1})
    run(shop, [])
    assert restated(sql) == ([(week, Decimal(4), "final", "late data")] if found else [])


def test_weeks_whose_turn_passed_while_nobody_ran_are_looked_at_once_somebody_does(
    shop: Session, open_shop: Open, fill: Add, sql: Sql
) -> None:
    run(shop, [])
    fill(reaches="2026-12-15", w2026_W41=1, w2026_W32=1)  # ages 6 and 15 on the 20th of November, 10 and 19 later
    later = open_shop("2026-12-17")
    run(later, [])
    assert restated(sql) == []
    fill(w2026_W45=1, w2026_W46=1, w2026_W37=1)  # ages 6, 5 and 14 then: their turns at 4 and 13 have passed
    sql("update kpi.definition set visited = '2026-11-09'")
    run(open_shop("2026-12-17"), [])
    assert {(week, reason) for week, _, _, reason in restated(sql)} == {
        ("2026-W45", "late data"), ("2026-W46", "late data"), ("2026-W37", "late data")
    }  # fmt: skip


def test_a_row_that_says_something_else_is_a_source_fix(
    add: Add, open_shop: Open, fill: Add, sql: Sql, count: Callable[..., str]
) -> None:
    add("01_revenue", count(chosen="sum(amount) as value"))
    fill(reaches="2026-11-17", w2026_W44=2, w2026_W45=2, w2026_W46=2)
    shop = open_shop(TODAY)
    backfill(shop, [], "2026-W45", "last")
    sql("update staging.orders set amount = 11 where at = '2026-11-02 12:00+00'")
    fill(w2026_W47=5)  # and new rows came with it, as they do every day
    run(shop, [])
    assert restated(sql) == [("2026-W45", Decimal(22), "final", "source fix")]


def test_another_query_is_a_query_change_even_while_data_comes_late(
    shop: Session, add: Add, open_shop: Open, count: Callable[..., str], fill: Add, sql: Sql
) -> None:
    add("01_orders", count(chosen="2 * count(*) as value"))
    fill(w2026_W46=1)
    run(open_shop(TODAY), [])
    assert ("2026-W46", Decimal(8), "final", "query change") in restated(sql)


def test_a_formula_takes_over_the_reason_of_its_part(
    shop: Session, add: Add, open_shop: Open, fill: Add, sql: Sql
) -> None:
    add("02_mean", 'ref("orders").mean(weeks=4)')
    backfill(open_shop(TODAY), ["sales.mean"], "2026-W40", "last")
    fill(w2026_W43=4)
    run(open_shop(TODAY), [])
    reasons = sql("select period, reason from kpi.reading where kpi_number = '02' and reason <> 'first' order by 1")
    assert reasons == [(f"2026-W{n}", "late data") for n in (43, 44, 45, 46)]
    correct(open_shop(TODAY), "sales.orders", "2026-W46", "100", "counted by hand")
    run(open_shop(TODAY), [])
    assert sql("select reason from kpi.reading where kpi_number = '02' order by reading_id desc limit 1") == [
        ("manual correction",)
    ]


def test_a_source_that_drops_its_past_takes_no_number_with_it(
    add: Add, count: Callable[..., str], fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", count())
    fill(reaches="2026-11-17", w2026_W40=1, w2026_W45=1, w2026_W46=4)
    shop = open_shop(TODAY)
    backfill(shop, [], "2026-W45", "last")
    sql("insert into staging.orders values ('2026-11-14 12:00+00', 10)")
    sql("delete from staging.orders where at < '2026-11-14'")  # retention: half of 2026-W46 is gone too
    report = run(shop, [])
    assert (restated(sql), report.exit_code) == ([], 0)


def test_one_restatement_is_one_line_one_note_and_no_other_cell_moves(shop: Session, fill: Add, sql: Sql) -> None:
    publish(shop, [])
    path = shop.settings.published / "sales.xlsx"
    before = cells(path)
    fill(w2026_W43=1)
    run(shop, [])
    publish(shop, [])
    after = cells(path)
    changed = {at for at in after if after[at] != before.get(at)}
    (cell,) = {at for at in changed if after[at][0] == 4}
    assert after[cell][1] is not None
    assert after[cell][1].startswith("was 3 orders until ")
    assert after[cell][1].endswith(": late data")
    assert changed - {cell} <= {"A2"}  # the line below the title says when
    assert len(restated(sql)) == 1


def test_a_correction_stands_against_every_run_until_it_is_withdrawn(
    shop: Session, open_shop: Open, fill: Add, sql: Sql
) -> None:
    said = correct(shop, "sales.01", "2026-W46", "12", "two stores forgot to report")
    assert said.sentence() == "sales.orders 2026-W46: 12 orders, was 3 orders (manual correction)."
    fill(w2026_W46=2)
    run(shop, [])
    backfill(shop, [], "2026-W46", "last")
    (told,) = history(shop, ["sales.01"], "2026-W46")
    assert told.line.reading.value == 12
    assert told.line.reading.note == "corrected by hand: two stores forgot to report"
    assert correct(shop, "sales.01", "2026-W46", "12", "again").entry is None
    withdraw(shop, "sales.01", "2026-W46", "they did report")
    run(shop, [])
    assert sql(f"select * from ({LINES}) as lines where period = '2026-W46'") == [
        ("2026-W46", Decimal(3), "final", "first"),
        ("2026-W46", Decimal(12), "final", "manual correction"),
        ("2026-W46", Decimal(3), "final", "correction withdrawn"),
        ("2026-W46", Decimal(5), "final", "late data"),
    ]


def test_a_correction_of_a_week_that_was_never_evaluated_leaves_it_open_when_withdrawn(
    shop: Session, fill: Add, sql: Sql
) -> None:
    correct(shop, "sales.01", "2026-W29", "7", "from the old system")
    withdraw(shop, "sales.01", "2026-W29", "the old system was wrong")
    run(shop, [])
    lines = sql(f"select * from ({LINES}) as lines where period = '2026-W29'")
    assert [(value, state) for _, value, state, _ in lines] == [(7, "final"), (None, "provisional"), (3, "final")]


def test_the_history_as_of_an_instant_is_what_stood_there_then(
    shop: Session, open_shop: Open, fill: Add, sql: Sql
) -> None:
    then = datetime.now(UTC)
    fill(w2026_W46=1)
    run(shop, [])
    annotate(shop, "sales.01", "2026-W46", "one came late")
    (now,) = history(shop, ["sales.01"], "2026-W46")
    (before,) = history(shop, ["sales.01"], "2026-W46", at=then)
    assert (now.line.reading.value, [n.body for n in now.notes]) == (4, ["one came late"])
    assert (before.line.reading.value, before.notes) == (3, ())


def test_every_past_publication_can_be_made_again_as_of_its_time(
    shop: Session, add: Add, open_shop: Open, fill: Add, count: Callable[..., str], sql: Sql
) -> None:
    archived: list[tuple[datetime, dict[str, Any], bytes]] = []
    for change in ("nothing", "late", "note", "target", "correct", "dropped"):
        session = open_shop(TODAY)
        if change == "late":
            fill(w2026_W43=2)
            run(session, [])
        elif change == "note":
            annotate(session, "sales.01", "2026-W44", "Easter sale")
        elif change == "target":
            add("01_orders", count(), "target=4,")
        elif change == "correct":
            correct(session, "sales.01", "2026-W40", "9", "counted twice")
        elif change == "dropped":
            (session.settings.scorecards / "sales" / "kpi_01_orders.py").unlink()
            add("02_more", count())
        session = open_shop(TODAY)
        run(session, [])
        publish(session, [])
        publish(session, [], target="csv")
        at = sql("select max(read_at) from kpi.publication")[0][0]
        folder = session.settings.published
        archived.append((at, cells(folder / "sales.xlsx"), (folder / "sales" / "sc2026.csv").read_bytes()))
    assert len({text for _, _, text in archived}) == len(archived)
    session = open_shop(TODAY)
    for at, workbook, text in archived:
        publish(session, [], as_of=at)
        publish(session, [], as_of=at, target="csv")
        name = f"sales.as-of-{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z"
        folder = session.settings.published
        assert (folder / name / "sc2026.csv").read_bytes() == text
        again, saw = shown(cells(folder / f"{name}.xlsx")), shown(workbook)
        assert not again - saw
        gone = saw - again  # publishing leaves the row of a KPI that is gone in the file it edits
        assert not gone or at == archived[-1][0]


def test_a_clock_set_back_mixes_nothing_up(shop: Session, open_shop: Open, fill: Add, sql: Sql) -> None:
    publish(shop, [])
    at = sql("select max(read_at) from kpi.publication")[0][0]
    back = replace(shop, fixed_now=datetime(2020, 1, 1, tzinfo=UTC))
    fill(w2026_W46=1)
    run(back, [])
    back.close()
    (then,) = history(shop, ["sales.01"], "2026-W46", at=at)
    assert then.line.reading.value == 3
    assert sql("select count(*) from kpi.reading where recorded_at < timestamptz '2021-01-01'") == [(0,)]


def cells(path: Any) -> dict[str, tuple[Any, str | None]]:
    book = load_workbook(path)
    return {
        cell.coordinate: (cell.value, cell.comment.text if cell.comment else None)
        for row in book["sc2026"].iter_rows()
        for cell in row
        if cell.value is not None or cell.comment
    }


def shown(found: dict[str, Any]) -> Counter[str]:
    """Values and notes, wherever their row came to stand."""
    return Counter(map(str, found.values()))


def test_the_same_note_again_is_one_note(shop: Session, sql: Sql) -> None:
    for _ in range(2):
        annotate(shop, "sales.01", "2026-W44", "Easter sale")
    annotate(shop, "sales.01", "2026-W44", "and rain")
    assert sql("select body from kpi.note order by note_id") == [("Easter sale",), ("and rain",)]


def test_a_run_whose_lock_was_cut_records_nothing_more(shop: Session, fill: Add, sql: Sql) -> None:
    fill(w2026_W46=1)
    lines = sql("select count(*) from kpi.reading")

    def cut() -> None:
        sql(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' "
            "and database = (select oid from pg_database where datname = current_database())"
        )

    write_points.arm("run opened", 1, cut)
    with pytest.raises(SourceError, match="The connection that held the lock on sales was cut"):
        run(shop, [])
    write_points.disarm()
    assert sql("select count(*) from kpi.reading") == lines
    assert run(shop, []).recorded == {"late data": 1}


def test_a_look_back_before_the_first_number_is_refused_and_owes_nothing(shop: Session, sql: Sql) -> None:
    report = publish(shop, [], as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert report.problems == ["sales: nothing was published or recorded by then. Choose a later --as-of."]
    assert sql("select count(*) from kpi.outbox") == [(0,)]
