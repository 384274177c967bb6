"""Many weeks at once: one statement for all of them, proved against the loop; what is final is not asked again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.pipeline.loading import load
from core.pipeline.planned import Planned, planned
from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.rewrite.shape import Form

Sql = Callable[..., list[tuple[Any, ...]]]
Add = Callable[..., None]
Open = Callable[[str], Session]
Table = Callable[[], dict[tuple[str, str], tuple[Any, str]]]
TODAY = "2026-11-20"


@pytest.fixture
def shop(add: Add, count: Callable[..., str], fill: Add) -> None:
    """Five KPIs over orders: three of one kin, one that looks back, one that fails in a week of two orders."""
    add("01_orders", count())
    add("02_revenue", count(chosen="sum(amount) as value"), unit="GBP")
    add("03_large", count(chosen="count(*) as value") + " and amount > 9")
    add("04_ever", "select count(*) as value from staging.orders where at < :end")
    add("05_share", count(chosen="100 / (count(*) - 2) as value"))
    fill(reaches="2026-11-17", w2026_W02=1, w2026_W30=2, w2026_W43=3, w2026_W46=4)


@pytest.mark.parametrize("form", [None, "loop", "lateral", "scan", "shared"])
def test_every_form_records_the_same(
    shop: None, open_shop: Open, table: Table, form: Form | None, settings: Any
) -> None:
    report = backfill(open_shop(TODAY), [], "2026-W02", "last", form=form)
    found = table()
    assert {(r.kpi, r.period.label) for r in report.troubles} == {("sales.05", "2026-W30")}
    assert [found["orders", f"2026-W{week:02}"][0] for week in (2, 3, 30, 46)] == [1, 0, 2, 4]
    assert [found["revenue", f"2026-W{week:02}"][0] for week in (2, 3, 46)] == [10, None, 40]
    assert [found["ever", f"2026-W{week:02}"][0] for week in (2, 30, 43)] == [1, 3, 6]
    assert found["share", "2026-W43"] == (100, "final")
    assert len(found) == 5 * 45


def test_a_form_that_is_not_possible_is_told_and_the_loop_is_asked(shop: None, open_shop: Open, table: Table) -> None:
    report = backfill(open_shop(TODAY), ["sales.ever"], "2026-W40", "last", form="scan")
    assert report.exit_code == 0
    (told,) = report.remarks
    assert told.startswith("sales.04: asked period by period, not as scan: no column is compared as")
    assert table()["ever", "2026-W46"] == (10, "final")


def test_a_statement_that_says_something_else_falls_back_to_the_loop(
    add: Add, fill: Add, open_shop: Open, sql: Sql, table: Table
) -> None:
    """A view that shows each statement only the newest week of those it asks for: right for one, wrong for many."""
    sql(
        """
        create function staging.newest(at timestamptz) returns boolean language sql volatile
        return current_query() !~* 'union|lateral'
        """
    )
    sql("create view staging.shy as select * from staging.orders where staging.newest(at)")
    where = "where at >= :start and at < :end"
    add("01_shy", f"select count(*) as value from staging.shy {where}")
    fill(reaches="2026-11-17", **{f"w2026_W{week}": week for week in range(30, 47)})
    report = backfill(open_shop(TODAY), [], "2026-W30", "2026-W46", form="scan")
    assert any("says something else than asked for that period alone" in remark for remark in report.remarks)
    assert [table()["shy", f"2026-W{week}"][0] for week in range(30, 47)] == list(range(30, 47))


@pytest.fixture
def loaded(add: Add, count: Callable[..., str], write: Callable[..., None], settings: Any) -> Callable[..., None]:
    """Orders that `kpi load` brings from a file; each call writes the file anew."""
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = '(Column("at", "timestamptz", nulls=0), Column("amount", "decimal(12,2)", at_least=0))'
    body = f'dataset = Dataset(owner="Sales", source=File("orders.csv"), watermark="at", columns={columns})'
    write("sales", "dataset_orders.py", body)
    add("01_orders", count())

    def _loaded(session: Session, *days: str) -> None:
        path: Path = settings.data / "orders.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("at,amount\n" + "".join(f"{day}T12:00:00+00:00,10\n" for day in days), encoding="utf-8")
        load(session, ["orders"], files={})

    return _loaded


def test_what_is_final_from_the_same_rows_is_not_asked_again(
    loaded: Callable[..., None], open_shop: Open, sql: Sql
) -> None:
    session = open_shop(TODAY)
    sql("drop table staging.orders")
    loaded(session, "2026-10-05", "2026-11-03", "2026-11-17")
    assert backfill(session, [], "2026-W41", "last").evaluated == 6
    again = backfill(open_shop(TODAY), [], "2026-W41", "last")
    assert (again.evaluated, again.exit_code) == (0, 0)
    assert again.sentence().startswith("Nothing is asked: every number there is final")
    forced = backfill(open_shop(TODAY), [], "2026-W41", "last", force=True)
    assert (forced.evaluated, sum(forced.recorded.values())) == (6, 0)


def test_rows_that_were_loaded_since_are_looked_at(loaded: Callable[..., None], open_shop: Open, sql: Sql) -> None:
    session = open_shop(TODAY)
    sql("drop table staging.orders")
    loaded(session, "2026-10-05", "2026-11-03", "2026-11-17")
    backfill(session, [], "2026-W41", "last")
    loaded(open_shop(TODAY), "2026-10-05", "2026-11-03", "2026-11-03", "2026-11-17")
    report = backfill(open_shop(TODAY), [], "2026-W41", "last")
    assert dict(report.recorded) == {"late data": 1}


def test_a_table_that_another_system_fills_is_always_looked_at(
    shop: None, open_shop: Open, sql: Sql, fill: Add
) -> None:
    backfill(open_shop(TODAY), ["sales.orders"], "2026-W40", "last")
    fill(w2026_W45=2)
    assert dict(backfill(open_shop(TODAY), ["sales.orders"], "2026-W40", "last").recorded) == {"late data": 1}


def test_the_weekly_run_asks_kin_together_and_proves_it_once(shop: None, open_shop: Open, table: Table) -> None:
    session = open_shop(TODAY)
    run(session, [])
    assert {name: value for (name, _), (value, _) in table().items()} == {
        "orders": 4,
        "revenue": 40,
        "large": 4,
        "ever": 10,
        "share": 50,
    }
    plan = planned(session, session.catalog.one("sales.orders"))
    assert isinstance(plan, Planned)
    assert set(plan.beside) == {"sales.revenue", "sales.large", "sales.share"}


def test_a_plan_is_told_in_sentences(shop: None, open_shop: Open) -> None:
    session = open_shop(TODAY)
    plan = planned(session, session.catalog.one("sales.ever"))
    assert isinstance(plan, Planned)
    form, engine, refusal = plan.sentences()
    assert form.startswith(("loop: ", "lateral: "))  # by how far away the engine is
    assert engine.startswith("The engine says: the whole table is read each time; about ")
    assert refusal.startswith("Not as scan: no column is compared as")
    assert planned(session, session.catalog.one("sales.orders")).form == "scan"  # type: ignore[union-attr]


def test_a_formula_and_a_blend_have_no_plan(add: Add, count: Callable[..., str], open_shop: Open) -> None:
    add("01_orders", count())
    add("02_twice", 'ref("orders") * 2')
    add("03_mixed", 'Blend(tables={"x": Query("select 2 as n")}, sql="select n as value from x where :start < :end")')
    session = open_shop(TODAY)
    assert planned(session, session.catalog.one("sales.twice")).startswith("A formula asks no database")  # type: ignore[union-attr]
    assert planned(session, session.catalog.one("sales.mixed")).startswith("A Blend")  # type: ignore[union-attr]
