"""Files of a scorecard: always all of them, as of the end of the last complete day, with the numbers of its KPIs."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import MisuseError
from core.pipeline.checking import check
from core.pipeline.publish_report import PublishReport
from core.pipeline.publishing import publish
from core.pipeline.running import backfill
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
Write = Callable[..., None]
Shop = Callable[..., Session]
TODAY = "2026-11-20"
FILES = """
    Extract("regions.csv", by=("region",), columns={
        "orders": ref("orders"), "share_pct": 100 * ref("large"), "of": Figure(ref("large"), "denominator"),
    }),
    Extract("trend.csv", last=3, columns={
        "orders": ref("orders"), "before": ref("orders").ago(days=1), "growth": ref("growth"),
        "high": Figure(ref("orders"), "is_off"),
    }),
    Extract("list.csv", last=1, by=("id", "region"), rows=ref("orders")),
    Extract("north.csv", columns={"orders": ref("orders"), "north": Figure(ref("orders"), where={"region": "north"})}),
    Extract("summary.csv"),
    Extract("summary.txt"),
"""
NAMES = ["list.csv", "north.csv", "regions.csv", "summary.csv", "summary.txt", "trend.csv"]


@pytest.fixture
def shop(write: Write, sql: Sql, open_shop: Callable[[str], Session]) -> Shop:
    """Three days of orders on record, the last of them 19 November; more of the scorecard as a test wants it."""

    def _shop(files: str = FILES, today: str = TODAY, recorded: bool = True) -> Session:
        write("sales", "scorecard.py", f'scorecard = Scorecard(title="Sales", owner="Sales", files=({files}))')
        columns = 'Column("id"), Column("region"), Column("at", "timestamptz"), Column("amount", "integer")'
        write("sales", "dataset_orders.py", f'dataset = Dataset(owner="S", watermark="at", columns=({columns}))')
        words = 'owner="S", better="lower", cadence="daily"'
        dims = 'dimensions=("region", "id")'
        source = "from staging.orders where at >= :start and at < :end"
        write(
            "sales",
            "kpi_01_orders.py",
            'kpi = KPI(title="Orders", unit="orders", kind="flow", target=2, limits=(Limit(0.5, severity="high"),), '
            f'{words}, {dims}, measure=Query("select count(*) as value {source}"))',
        )
        counted = "count(*) filter (where amount > 10) as numerator, count(*) as denominator"
        write(
            "sales",
            "kpi_02_large.py",
            f'kpi = KPI(title="Large", unit="%", {words}, {dims}, measure=Query("select {counted} {source}"))',
        )
        formula = 'ref("orders") / ref("orders").ago(days=1) - 1'
        write("sales", "kpi_03_growth.py", f'kpi = KPI(title="Growth", unit="%", {words}, measure={formula})')
        session = open_shop(today)
        if recorded:
            assert backfill(session, ["sales"], "2026-11-18", "last").exit_code == 0
        return session

    sql("create table staging.orders (id text, region text, at timestamptz, amount integer)")
    for id_, region, moment, amount in (
        ("A-1", "north", "2026-11-17 09:00+00", 5),
        ("A-2", "north", "2026-11-18 09:00+00", 20),
        ("A-3", "south", "2026-11-18 23:59+00", 5),
        ("A-4", "=1+1", "2026-11-19 09:00+00", 20),
        ("A-5", "north", "2026-11-19 09:00+00", 5),
        ("A-6", "north", "2026-11-19 10:00+00", 15),
        ("A-7", None, "2026-11-19 23:59:59+00", 5),
        ("A-8", "north", "2026-11-20 00:00+00", 5),
    ):
        sql("insert into staging.orders values (%s, %s, %s, %s)", id_, region, moment, amount)
    return _shop


def to_files(session: Session, **asked: Any) -> PublishReport:
    return publish(session, ["sales"], target="files", **asked)


def folder(session: Session) -> Path:
    return session.settings.published / "sales" / "files"


def rows(session: Session, name: str) -> list[list[str]]:
    with (folder(session) / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_slices_make_rows_and_a_formula_over_kpis_makes_a_column(shop: Shop) -> None:
    session = shop()
    assert to_files(session).exit_code == 0
    assert sorted(p.name for p in folder(session).iterdir()) == NAMES
    assert rows(session, "regions.csv") == [
        ["region", "orders", "share_pct", "of"],
        ["'=1+1", "1", "100", "1"],
        ["north", "2", "50", "2"],
        ["", "1", "0", "1"],
    ]
    assert rows(session, "north.csv") == [["orders", "north"], ["4", "2"]]


def test_rows_may_be_the_slices_themselves_with_their_day(shop: Shop) -> None:
    session = shop()
    to_files(session)
    assert rows(session, "list.csv") == [
        ["day", "id", "region"],
        ["2026-11-19", "A-4", "'=1+1"],
        ["2026-11-19", "A-5", "north"],
        ["2026-11-19", "A-6", "north"],
        ["2026-11-19", "A-7", ""],
    ]


def test_a_trend_tells_what_is_on_record_and_leaves_the_rest_unknown(shop: Shop) -> None:
    session = shop()
    to_files(session)
    assert rows(session, "trend.csv") == [
        ["day", "orders", "before", "growth", "high"],
        ["2026-11-17", "", "", "", ""],
        ["2026-11-18", "2", "", "1", "false"],
        ["2026-11-19", "4", "2", "1", "true"],
    ]


def test_the_summary_tells_every_kpi_as_the_tabs_do(shop: Shop) -> None:
    session = shop()
    to_files(session)
    head, orders, large, growth = rows(session, "summary.csv")
    assert head == ["kpi", "title", "period", "value", "unit", "previous", "target", "status", "alert", "state"]
    assert orders == ["orders", "Orders", "2026-11-19", "4", "orders", "2", "2", "off", "high", "final"]
    assert large == ["large", "Large", "2026-11-19", "0.5", "%", "0.5", "", "", "", "final"]
    assert growth[3:6] == ["1", "%", "1"]
    assert (folder(session) / "summary.txt").read_text().splitlines() == [
        "Sales, 2026-11-19",
        "As of 2026-11-20 00:00 UTC, the end of the period.",
        "",
        "        2026-11-19    before",
        "Orders    4 orders  2 orders  off target; alert: high",
        "Large       50.0 %    50.0 %",
        "Growth     100.0 %   100.0 %",
    ]


def test_a_summary_of_days_leaves_out_the_weeks(shop: Shop, write: Write) -> None:
    words = 'title="Orders, week", owner="S", unit="orders", better="lower"'
    write("sales", "kpi_11_weekly_orders.py", f'kpi = KPI({words}, measure=ref("orders").sum(days=7))')
    session = shop('Extract("all.csv"), Extract("days.csv", cadence="daily"), Extract("days.txt", cadence="daily")')
    to_files(session)
    assert [row[0] for row in rows(session, "all.csv")[1:]] == ["orders", "large", "growth", "weekly_orders"]
    assert [row[0] for row in rows(session, "days.csv")[1:]] == ["orders", "large", "growth"]
    assert "week" not in (folder(session) / "days.txt").read_text()


def test_the_day_is_the_last_complete_one_of_the_day_that_is_played(shop: Shop) -> None:
    session = shop(today="2026-11-19")
    to_files(session)
    assert [row[1] for row in rows(session, "list.csv")[1:]] == ["A-2", "A-3"]


def test_publishing_twice_touches_no_file(shop: Shop) -> None:
    session = shop()
    assert to_files(session).lines() == [f"sales: {folder(session)}: 6 changes made"]
    before = {p.name: p.stat().st_ino for p in folder(session).iterdir()}
    assert to_files(session).lines() == [f"sales: {folder(session)}: up to date"]
    assert {p.name: p.stat().st_ino for p in folder(session).iterdir()} == before


def test_a_dry_run_and_a_check_tell_the_files_and_write_none(shop: Shop) -> None:
    session = shop()
    assert to_files(session, dry_run=True).lines()[0].endswith("6 changes to make")
    assert not folder(session).exists()
    assert to_files(session, check=True).exit_code == 1
    to_files(session)
    assert to_files(session, check=True).exit_code == 0
    (folder(session) / "list.csv").unlink()
    told = to_files(session, check=True)
    assert (told.exit_code, told.outcomes[0].steps) == (1, ["list.csv"])


def test_an_empty_day_has_all_files_with_their_heads(shop: Shop, sql: Sql) -> None:
    sql("delete from staging.orders where at >= '2026-11-19' and at < '2026-11-20'")
    session = shop()
    assert to_files(session).exit_code == 0
    assert sorted(p.name for p in folder(session).iterdir()) == NAMES
    assert rows(session, "regions.csv") == [["region", "orders", "share_pct", "of"]]
    assert rows(session, "list.csv") == [["day", "id", "region"]]
    assert rows(session, "north.csv")[1] == ["0", "0"]


def test_without_a_number_on_record_a_file_has_its_head_alone(shop: Shop) -> None:
    session = shop(recorded=False)
    report = to_files(session)
    assert report.exit_code == 1
    assert report.problems[0] == (
        "sales: regions.csv stays as it was: sales.orders 2026-11-19 is missing. "
        "Run `kpi run sales`, then publish again."
    )
    assert sorted(p.name for p in folder(session).iterdir()) == NAMES
    assert rows(session, "list.csv") == [["day", "id", "region"]]
    assert [row[-1] for row in rows(session, "summary.csv")] == ["state", "missing", "missing", "missing"]


def test_an_outage_is_no_empty_file(shop: Shop, sql: Sql) -> None:
    """The last good rows stay, and the summary says what is amiss."""
    session = shop()
    to_files(session)
    before = {name: (folder(session) / name).read_bytes() for name in NAMES}
    sql("alter table staging.orders rename to elsewhere")
    report = to_files(session)
    assert report.exit_code == 1
    assert "regions.csv stays as it was: sales.orders 2026-11-19 is held: orders could not be checked" in str(
        report.problems
    )
    assert {name: (folder(session) / name).read_bytes() for name in NAMES} == before


def test_one_broken_kpi_does_not_keep_the_others_from_their_files(shop: Shop, sql: Sql) -> None:
    session = shop()
    to_files(session)
    sql("alter table staging.orders drop column region")
    report = to_files(session)
    assert [problem.split(" stays")[0] for problem in report.problems] == [
        *("sales: regions.csv", "sales: list.csv", "sales: north.csv"),
    ]
    assert rows(session, "trend.csv")[-1][1] == "4"


def test_rows_that_changed_since_they_were_recorded_are_told(shop: Shop, sql: Sql) -> None:
    session = shop()
    sql("insert into staging.orders values ('A-9', 'south', '2026-11-19 12:00+00', 5)")
    (outcome,) = to_files(session).outcomes
    assert outcome.remarks[0] == (
        "sales.orders 2026-11-19 is 4 orders on record and 5 orders by the rows as they are now: "
        "`kpi backfill sales.orders --from 2026-11-19 --to 2026-11-19`."
    )
    assert rows(session, "trend.csv")[-1][1] == "4", "the whole is what the tabs say"


def test_what_the_words_leave_open_is_told_by_the_kpis(shop: Shop) -> None:
    session = shop(
        """
        Extract("a.csv", columns={"n": ref("ordres")}),
        Extract("b.csv", by=("regoin",), columns={"n": ref("orders")}),
        Extract("c.csv", columns={"n": Figure(ref("large"), "is_off")}),
        Extract("d.csv", columns={"n": Figure(ref("growth"), where={"country": "x"})}),
        Extract("e.csv", cadence="monthly"),
        """,
        recorded=False,
    )
    told = [fault.what for fault in check(session, ["sales"], ask_database=False)[0]]
    assert told == [
        'file "a.csv": ref("ordres") names no KPI. Did you mean "sales.orders"?',
        'file "b.csv": sales.orders has no dimension "regoin". Did you mean "region"?',
        'file "c.csv": column "n": sales.large has no target that it could be off',
        'file "d.csv": column "n": sales.growth has no dimension "country". It has region, id.',
        'file "e.csv": no KPI of this scorecard is monthly',
    ]
    with pytest.raises(MisuseError, match="names no KPI"):
        to_files(session)


def test_a_scorecard_without_files_is_refused_by_name_and_passed_over_by_itself(shop: Shop, write: Write) -> None:
    write("other", "scorecard.py", 'scorecard = Scorecard(title="Other", owner="O")')
    words = 'title="T", owner="O", unit="u", better="higher", cadence="daily"'
    write("other", "kpi_01_t.py", f'kpi = KPI({words}, measure=ref("sales.orders"))')
    session = shop()
    with pytest.raises(MisuseError, match=r"other declares no files\. Write files="):
        publish(session, ["other"], target="files")
    assert [o.scorecard for o in publish(session, [], target="files").outcomes] == ["sales"]


@pytest.mark.parametrize("asked", [{"years": (2026,)}, {"take": "ours"}, {"adopt": "because"}])
def test_files_have_no_years_and_no_hand_edits(asked: dict[str, Any], shop: Shop) -> None:
    with pytest.raises(MisuseError, match="Files are of the last complete period"):
        to_files(shop(recorded=False), **asked)


def test_files_that_could_not_be_written_wait_in_the_outbox(shop: Shop) -> None:
    session = shop()
    folder(session).parent.mkdir(parents=True)
    folder(session).write_text("a file in the place of the folder")
    assert "cannot be" in to_files(session).problems[0]
    folder(session).unlink()
    report = publish(session, [], owed=True)
    assert report.lines() == [f"sales: {folder(session)}: 6 changes made"]
    assert publish(session, [], owed=True).outcomes == []
