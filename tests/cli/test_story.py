"""kpi why, correct, note, audit, history: the story of a number, as people and programs ask for it."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Kpi = Callable[..., Answer]
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def run(shop: None, kpi: Kpi) -> Kpi:
    """The shop with its three weeks recorded."""
    assert kpi("backfill", "--from", "2026-W44").code == 0
    return kpi


def test_a_correction_is_set_shown_and_taken_back(run: Kpi) -> None:
    said = run("correct", "sales.01", "2026-W45", "7", "--because", "two stores forgot")
    assert said == (0, "sales.orders 2026-W45: 7 orders, was 2 orders (manual correction).\n", "")
    shown = run("history", "sales.01", "--from", "2026-W45", "--to", "2026-W45").out
    assert "corrected by hand: two stores forgot; was 2 orders until " in shown
    assert run("run").code == 0
    taken = run("correct", "sales.01", "2026-W45", "--withdraw", "--because", "they did not")
    assert taken.out == "sales.orders 2026-W45: 2 orders, was 7 orders (correction withdrawn).\n"
    revisions = run("history", "sales.01", "--from", "2026-W45", "--to", "2026-W45", "--revisions").out.splitlines()
    assert [line.split("  ")[-1].strip().startswith("run") or "hand" in line for line in revisions] == [True] * 3
    assert [("first" in a, "manual correction" in b, "withdrawn" in c) for a, b, c in [revisions]] == [(True,) * 3]


def test_a_dry_correction_writes_nothing(run: Kpi, sql: Sql) -> None:
    answer = run("correct", "sales.01", "2026-W45", "7", "--because", "x", "--dry-run", "--json")
    assert json.loads(answer.out)["value"] == 7
    assert sql("select count(*) from kpi.reading where reason = 'manual correction'") == [(0,)]


def test_a_note_shows_in_the_history_until_it_is_removed(run: Kpi) -> None:
    assert run("note", "sales.01", "2026-W45", "Easter sale").out == 'sales.orders 2026-W45: noted "Easter sale".\n'
    assert '"Easter sale" (' in run("history", "sales.01").out
    assert run("note", "sales.01", "2026-W45", "--remove").out == "sales.orders 2026-W45: took back 1 of its notes.\n"
    assert "Easter" not in run("history", "sales.01").out
    assert "Easter sale" in run("audit", "--log").out


def test_why_prints_a_receipt_and_recomputing_answers_with_its_exit_code(run: Kpi, sql: Sql) -> None:
    answer = run("why", "sales.revenue", "2026-W46", "--recompute")
    assert answer.code == 0
    assert answer.out.startswith("sales.revenue 2026-W46: 37.50 GBP")
    for said in ("at >= date '2026-11-09'", "3 rows dated in the period, 6 up to its end", "contract pass", "holds"):
        assert said in answer.out
    sql("insert into staging.orders values ('2026-11-10 12:00+00', 1)")
    again = run("why", "sales.revenue", "2026-W46", "--recompute")
    assert again.code == 1
    assert "Evaluated again: 38.50 GBP. It does not hold any more. `kpi run sales.revenue --week 2026-W46`" in again.out
    told = json.loads(run("why", "sales.revenue", "2026-W46", "--recompute", "--json").out)
    assert (told["value"], told["recomputed"]["value"], told["recomputed"]["holds"]) == (37.5, 38.5, False)


def test_the_past_is_shown_as_it_was_or_said_to_be_unknown(run: Kpi) -> None:
    assert run("history", "sales.01", "--as-of", "2020-01-01").code == 2
    assert "2 orders" in run("history", "sales.01", "--as-of", "2100-01-01T00:00Z").out
    wrong = run("history", "sales.01", "--as-of", "yesterday")
    assert (wrong.code, wrong.out) == (2, "")
    assert '"yesterday" is not an instant: write it as 2026-03-02T09:00Z.' in wrong.err


def test_the_audit_is_whole_until_somebody_writes_over_a_number(run: Kpi, sql: Sql) -> None:
    fine = run("audit")
    assert (fine.code, fine.err) == (0, "")
    assert fine.out.startswith("sales: 6 lines, whole, digest ")
    digest = fine.out.split()[-1]
    assert run("audit", "--expect", f"sales={digest}").code == 0
    assert run("audit", "--expect", f"sales={'0' * 16}").code == 1
    sql("update vl_analytics.scorecard_sales set field_value = 99 where period = '2026-W45' and kpi_number = '01'")
    broken = run("audit", "sales")
    assert broken.code == 1
    assert "sales.01 2026-W45: the scorecard table is not as the history says" in broken.err
    assert run("audit", "sales", "--rebuild").code == 0
    assert sql("select field_value from vl_analytics.scorecard where period = '2026-W45' and kpi_number = '01'") == [
        (2,)
    ]


def test_the_log_says_who_did_what_with_which_filters_and_how_it_ended(run: Kpi, sql: Sql) -> None:
    run("publish", "sales", "--year", "2026")
    run("publish", "sales", "--year", "2019")
    sql("insert into staging.orders values ('2026-11-10 12:00+00', -1)")
    run("run", "sales.01")
    run("load", "orders")
    rows = json.loads(run("audit", "sales", "--log", "--json").out)
    told = [(r["command"], r["state"], r["arguments"].get("years") or r["arguments"].get("selectors")) for r in rows]
    assert told == [
        ("load", "done", None),
        ("run", "failed", ["sales.01"]),
        ("publish", "failed", [2019]),
        ("publish", "done", [2026]),
        ("backfill", "done", None),
    ]
    assert all(row["actor"] for row in rows)


def test_a_publication_that_failed_waits_and_says_so_until_it_lands(run: Kpi, environment: dict[str, str]) -> None:
    from pathlib import Path

    published = Path(environment["KPI_HOME"]) / "published"
    published.mkdir(parents=True)
    (published / "sales.xlsx").write_bytes(b"no workbook")
    assert run("publish", "sales").code == 1
    waiting = run("status").err
    assert "sales: not published to xlsx:" in waiting
    assert "Next: kpi publish sales" in waiting
    (published / "sales.xlsx").unlink()
    assert run("publish", "sales").code == 0
    assert "not published" not in run("status").err


MISUSE = [
    (["correct", "sales.01", "2026-W45", "7"], "Missing option '--because'"),
    (["correct", "sales.01", "2026-W45", "--because", "x"], "Give a number, or --withdraw"),
    (["correct", "sales.01", "2026-W45", "seven", "--because", "x"], '"seven" is no number of orders: write 1234.5'),
    (["correct", "sales.01", "2026-W45", "7%", "--because", "x"], '"7%" is no number of orders'),
    (["correct", "sales.01", "2026-W45", "nan", "--because", "x"], '"nan" is no number of orders'),
    (["correct", "sales.01", "2026-W45", "7", "--because", " "], "--because is empty"),
    (["correct", "sales.01", "2026-W47", "7", "--because", "x"], "2026-W47 is not complete"),
    (["correct", "sales.01", "2026-10", "7", "--because", "x"], "sales.orders is weekly; 2026-10 is not."),
    (["correct", "sales", "2026-W45", "7", "--because", "x"], '"sales" names 2 KPIs'),
    (["correct", "sales.01", "2026-W45", "--withdraw", "--because", "x"], "is not corrected: there is nothing to"),
    (["note", "sales.01", "2026-W45"], "Give a note, or --remove"),
    (["note", "sales.01", "2026-W45", "--remove"], "sales.orders 2026-W45 bears no note."),
    (["why", "sales.01", "2026-W30"], "Nothing is recorded for sales.orders 2026-W30."),
    (["audit", "sails"], 'There is no scorecard "sails". Did you mean "sales"?'),
    (["audit", "--expect", "sales"], "write it as SCORECARD=DIGEST"),
]


def test_misuse_exits_with_2_and_changes_nothing(run: Kpi, sql: Sql) -> None:
    before = sql("select count(*) from kpi.reading"), sql("select count(*) from kpi.run")
    for words, said in MISUSE:
        answer = run(*words)
        assert (answer.code, answer.out) == (2, ""), words
        assert said in " ".join(answer.err.split()), words
    assert (sql("select count(*) from kpi.reading"), sql("select count(*) from kpi.run")) == before
