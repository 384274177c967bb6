"""Each command's answer: data on stdout, talk on stderr, an exit code that scripts can trust."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
import pytest

Sql = Callable[..., list[tuple[Any, ...]]]
Kpi = Callable[..., Any]


@pytest.fixture
def run(shop: None, kpi: Kpi) -> Kpi:
    """The command line, once three weeks are on record."""
    assert kpi("backfill", "--from", "2026-W44").code == 0
    return kpi


def test_a_run_says_in_a_line_what_it_did(shop: None, kpi: Kpi) -> None:
    first = kpi("run")
    assert first == (0, "sales: 2 KPIs, 2 readings evaluated; recorded: 2 first.\n", "")
    assert kpi("run", "sales").out == (
        "Nothing is due: every complete period has its final number; 2 readings looked at again, nothing new.\n"
    )


def test_readings_as_json_carry_the_fields_that_programs_rely_on(run: Kpi) -> None:
    answer = run("history", "sales.orders", "--json")
    rows = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert [(r["kpi"], r["number"], r["period"], r["value"], r["state"]) for r in rows] == [
        ("sales.orders", "01", "2026-W44", 1, "final"),
        ("sales.orders", "01", "2026-W45", 2, "final"),
        ("sales.orders", "01", "2026-W46", 3, "final"),
    ]
    assert all(r["recorded_at"].endswith("+00:00") for r in rows)
    assert [r["status"] for r in rows] == ["off", "off", "on"]


JSON = {
    "run": (("run", "--week", "2026-W46"), "state", "done"),
    "backfill": (("backfill", "--from", "last"), "kpis", 2),
    "dry run": (("run", "--week", "2026-W46", "--dry-run"), "run", 0),
    "load": (("load",), "problems", []),
    "publish": (("publish",), "dry_run", False),
    "show": (("show", "sales.01"), "kpi", "sales.orders"),
}


def test_reports_are_json_objects_where_that_is_asked_for(run: Kpi) -> None:
    for name, (words, key, value) in JSON.items():
        answer = run(*words, "--json")
        assert (answer.code, json.loads(answer.out)[key], answer.err) == (0, value, ""), name


def test_lists_are_json_arrays_where_that_is_asked_for(run: Kpi) -> None:
    assert [row["period"] for row in json.loads(run("status", "sales.02", "--json").out)] == [
        "2026-W44",
        "2026-W45",
        "2026-W46",
    ]
    assert [row["kpi"] for row in json.loads(run("list", "--json").out)] == ["sales.orders", "sales.revenue"]
    assert json.loads(run("check", "--json").out) == []
    doctor = {row["what"]: row["fine"] for row in json.loads(run("doctor", "--json").out)}
    assert doctor["ledger"] is doctor["definitions"] is doctor["settings"] is True


def test_failures_are_json_too_and_still_exit_with_1(run: Kpi, write: Callable[..., None], sql: Sql) -> None:
    body = 'kpi = KPI(title="B", owner="O", unit="u", better="higher", measure=Query("{}"))'
    write("sales", "kpi_03_broken.py", body.format("select 1 / 0 as value where cast(:start as date) < :end"))
    answer = run("run", "--json")
    report = json.loads(answer.out)
    assert (answer.code, report["state"]) == (1, "failed")
    assert report["troubles"] == [
        {"kpi": "sales.03", "period": "2026-W46", "state": "failed", "note": "The query failed: division by zero."}
    ]
    plain = run("run", "sales.broken")
    assert plain.code == 1
    assert "sales.03 2026-W46 failed: The query failed: division by zero." in plain.err
    assert run("check", "sales.broken").code == 2


def test_what_is_held_exits_with_1(run: Kpi, sql: Sql) -> None:
    sql("insert into staging.orders values ('2026-11-17 12:00+00', -1)")
    answer = run("run", "--week", "2026-W46")
    assert answer.code == 1
    assert "was not looked at again: orders breaks its contract: amount within 0.. (1)" in answer.err
    assert run("load", "orders").code == 1


MISUSE = [
    (["rnu"], 'There is no command "rnu". Did you mean "run"?'),
    (["run", "--jsn"], "No such option"),
    (["run", "sales.ordres"], 'There is no KPI or scorecard "sales.ordres". Did you mean "sales.orders"?'),
    (["show", "sales"], '"sales" names 2 KPIs (sales.orders, sales.revenue, ...).'),
    (["run", "--week", "2026-W47"], "2026-W47 is not complete: the last one is 2026-W46."),
    (["run", "--week", "2026-W54"], "There is no week 2026-W54: 2026 has 53 weeks."),
    (["run", "--week", "2026-11"], "sales.orders is weekly; 2026-11 is not."),
    (["backfill", "--from", "2026-W46", "--to", "2026-W44"], "2026-W46 is later than 2026-W44."),
    (["backfill"], "Missing option '--from'"),
    (["load", "--file", "orders"], "write it as NAME=PATH"),
    (["load", "ordres"], 'Did you mean "orders"?'),
    (["new", "sails", "X"], 'There is no scorecard "sails". Did you mean "sales"?'),
    (["publish", "--to", "pdf"], "'pdf' is not one of"),
    (["--today", "someday", "run"], "someday"),
    (["--today", "0001-01-01", "run"], "--today 0001-01-01 is out of reach: periods lie between 1900 and 2200."),
    (["--today", "1899-12-31", "status"], "--today 1899-12-31 is out of reach"),
    (["--today", "9999-12-31", "run"], "--today 9999-12-31 is out of reach"),
]


def test_misuse_exits_with_2_and_a_next_step_and_leaves_stdout_empty(shop: None, kpi: Kpi, sql: Sql) -> None:
    for words, said in MISUSE:
        answer = kpi(*words)
        assert (answer.code, answer.out) == (2, ""), words
        assert said in " ".join(answer.err.split())
        assert "Traceback" not in answer.err
    assert sql("select count(*) from kpi.run") == [(0,)]


def test_settings_that_are_wrong_are_told_all_at_once(shop: None, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_POOL", "many")
    monkeypatch.setenv("KPI_WAREHOUSE_URL", "mysql://me:hunter2@host/db")
    answer = kpi("run")
    assert answer.code == 2
    assert "KPI_POOL" in answer.err
    assert "KPI_WAREHOUSE_URL" in answer.err
    assert "hunter2" not in answer.err


def test_the_doctor_knows_settings_that_nothing_reads(shop: None, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_WAREHOUSE_UR", "x")
    answer = kpi("doctor")
    assert answer.code == 1
    assert 'KPI_WAREHOUSE_UR: no such setting. Did you mean "KPI_WAREHOUSE_URL"?' in answer.out
    monkeypatch.delenv("KPI_WAREHOUSE_UR")
    Path(".env").write_text("KPI_POOOL=2\n")
    assert 'KPI_POOOL: no such setting. Did you mean "KPI_POOL"?' in kpi("doctor").out


def test_an_empty_folder_of_scorecards_is_misuse_and_not_a_healthy_nothing(kpi: Kpi, scorecards: Path) -> None:
    said = f"kpi: There are no scorecards in {scorecards}. Make a folder with a scorecard.py in it,"
    for words in (["run"], ["backfill", "--from", "2026-W44"], ["status"], ["list"], ["check"], ["history", "sales"]):
        answer = kpi(*words)
        assert (answer.code, answer.out) == (2, ""), words
        assert answer.err.startswith(said), words


def test_where_every_scorecard_is_broken_the_faults_are_the_answer(kpi: Kpi, write: Callable[..., None]) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="")')
    for words in (["run"], ["list"], ["check"]):
        answer = kpi(*words)
        assert answer.code == 2, words
        assert 'sales/scorecard.py: line 5: Scorecard lacks the field "owner"' in answer.out + answer.err
        assert "sales/scorecard.py: title is missing" in answer.out + answer.err


def test_a_number_of_the_wrong_kind_is_told_by_check_and_kills_no_run(
    shop: None, kpi: Kpi, write: Callable[..., None]
) -> None:
    body = 'kpi = KPI(title="T", owner="O", unit="u", better="higher", {}, measure=Query({}))'
    write("sales", "kpi_03_tolerant.py", body.format('tolerance="abc"', '"select 1 as value"'))
    write("sales", "kpi_04_query.py", body.format("empty=0", "5"))
    checked = kpi("check", "--no-explain")
    assert checked.code == 2
    assert checked.out.splitlines() == [
        'sales/kpi_03_tolerant.py: tolerance="abc" is not a number of 0 or more',
        "sales/kpi_04_query.py: sql is of type int, not a text",
    ]
    ran = kpi("run")
    assert ran.code == 1
    assert "2 readings evaluated" in ran.out


def test_a_file_that_would_end_the_program_ends_nothing(shop: None, kpi: Kpi, write: Callable[..., None]) -> None:
    write("sales", "kpi_03_leaves.py", "raise SystemExit(3)")
    write("sales", "kpi_04_stays.py", "while True: pass")
    checked = kpi("check", "--no-explain")
    assert checked.code == 2
    assert checked.out.count("line 5: a definition holds data: imports and assignments only") == 2
    assert "2 readings evaluated" in kpi("run").out


def test_a_warehouse_that_is_down_is_one_line_without_the_password(
    shop: None, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_WAREHOUSE_URL", "postgresql://me:hunter2@127.0.0.1:1/gone")
    for words in (["run"], ["status"], ["migrate"], ["load"], ["history", "sales"], ["show", "sales.01"]):
        answer = kpi(*words)
        assert (answer.code, answer.out) == (1, ""), words
        assert answer.err.startswith("kpi: The database at 127.0.0.1:1/gone cannot be reached: ")
        assert answer.err.count("\n") == 1
        assert "hunter2" not in answer.err
    assert kpi("doctor").code == 1
    assert kpi("publish").code == 1


def test_a_fault_of_the_program_itself_is_one_sentence_and_its_report_holds_no_data(
    shop: None, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = "row 7: " + "s3cr3t"

    def cause() -> None:
        raise ValueError(row)

    def explode(*_: object, **__: object) -> None:
        try:
            cause()
        except ValueError as error:
            raise KeyError(row) from error

    monkeypatch.setattr("core.pipeline.running.run", explode)
    answer = kpi("run")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    assert "a fault of the program itself (KeyError). What was recorded until now is whole: report " in answer.err
    assert "s3cr3t" not in answer.err
    report = Path(answer.err.rpartition("report ")[2].strip().rstrip("."))
    places = report.read_text()
    assert places.index("in cause\n") < places.index("ValueError\n") < places.rindex("in explode\n")
    assert places.endswith("KeyError\n")
    assert "s3cr3t" not in places
    report.unlink()


def test_a_database_without_a_ledger_says_kpi_migrate_and_migrating_twice_changes_nothing(
    shop: None, kpi: Kpi, warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_WAREHOUSE_URL", warehouse_url)
    for words in (["run"], ["status"], ["load"]):
        assert kpi(*words) == (2, "", "kpi: The warehouse has no ledger yet. Run `kpi migrate`.\n")
    assert kpi("migrate").out.startswith("ledger at revision ")
    assert kpi("migrate") == (0, "Nothing to do: the ledger is up to date.\n", "")
    assert kpi("history", "sales").code == 0


def test_nothing_moves_and_nothing_is_coloured_where_nobody_watches(run: Kpi) -> None:
    for words in (["status"], ["list"], ["show", "sales.01"], ["history", "sales"], ["backfill", "--from", "2026-W40"]):
        answer = run(*words)
        assert "\x1b" not in answer.out + answer.err
        assert "%" not in answer.err


def test_status_shows_one_mark_for_each_week(run: Kpi) -> None:
    answer = run("status", today="2026-11-24")
    assert "01  Orders   ■■■·" in answer.out
    assert "Sales, to 2026-W47" in answer.out
    assert "■ final" in answer.err
    assert run("status", "--from", "2027-W01").code == 0


def test_status_tells_a_broken_limit_and_columns_that_changed(
    shop: None, kpi: Kpi, sql: Sql, write: Callable[..., None]
) -> None:
    query = 'Query("select count(*) as value from staging.orders where at >= :start and at < :end")'
    said = f'kpi = KPI(title="T", owner="O", unit="u", better="higher", target=3, {{}} measure={query})'
    write("sales", "kpi_01_orders.py", said.format('limits=(Limit(0.4, severity="high"), Limit(0.2)),'))
    kpi("backfill", "--from", "2026-W44", "sales.01")
    sql("alter table staging.orders add column region text")
    kpi("load", "orders")
    answer = kpi("status", "sales.01")
    assert "3 u  ●  rose by 50.0 % from the week before: high severity" in answer.out
    assert "orders: columns since the load before: added region" in answer.err
    rows = json.loads(kpi("status", "sales.01", "--json").out)
    assert [(r["value"], r["target"], r["alert"]) for r in rows] == [(1, 3, None), (2, 3, "high"), (3, 3, "high")]
    assert rows[-1]["alarm"] == "rose by 50.0 % from the week before: high severity"


def test_show_tells_the_meaning_and_the_last_weeks_and_records_nothing(shop: None, kpi: Kpi, sql: Sql) -> None:
    answer = kpi("show", "sales.orders", "--last", "3")
    assert answer.code == 0
    assert "What it stands for." in answer.out
    assert [line.split()[:4] for line in answer.out.splitlines()[-3:]] == [
        ["2026-W44", "1", "orders", "██████"],
        ["2026-W45", "2", "orders", "████████████"],
        ["2026-W46", "3", "orders", "██████████████████"],
    ]
    assert sql("select count(*) from kpi.reading") == [(0,)]


def test_history_of_nothing_says_what_to_do_on_stderr(shop: None, kpi: Kpi) -> None:
    answer = kpi("history", "sales")
    assert (answer.code, answer.out) == (0, "")
    assert "kpi run" in answer.err


def test_a_file_with_faults_fails_the_run_and_is_told_by_list_and_check(
    shop: None, kpi: Kpi, write: Callable[..., None]
) -> None:
    write("sales", "kpi_03_broken.py", 'kpi = KPI(titel="x")')
    ran = kpi("run")
    assert ran.code == 1
    assert 'KPI has no field "titel". Did you mean "title"?' in ran.err
    assert "2 readings evaluated" in ran.out
    assert "kpi_03_broken.py" in kpi("list").err
    checked = kpi("check")
    assert checked.code == 2
    assert "sales/kpi_03_broken.py: line 5: KPI lacks the field" in checked.out


def test_loading_and_publishing_say_what_they_did_on_stdout(run: Kpi, tmp_path: Path) -> None:
    loaded = run("load", "orders")
    assert loaded.code == 0
    assert loaded.out.startswith("orders: 7 rows (in place) in ")
    refused = run("load", "orders", "--sample")
    assert refused.code == 2
    assert "Sample rows would replace orders" in refused.err
    published = run("publish", "sales")
    assert published.code == 0
    assert "sales.xlsx" in published.out
    assert (tmp_path / "home" / "published" / "sales.xlsx").exists()
    assert run("publish", "sales").out.strip().endswith("up to date")


def test_help_and_version_exit_with_0(kpi: Kpi) -> None:
    for words in (["--help"], ["--version"], ["run", "--help"]):
        answer = kpi(*words)
        assert answer.code == 0
        assert answer.out


def test_sigterm_is_heeded_like_ctrl_c_and_leaves_with_143(
    shop: None, environment: dict[str, str], ledger_url: str, sql: Sql, tmp_path: Path
) -> None:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    with psycopg.connect(ledger_url) as other:
        other.execute("lock table staging.orders in access exclusive mode")
        with subprocess.Popen(
            [sys.executable, "-c", "from core.cli import main; main()", "--today", "2026-11-20", "run"],
            env={**os.environ, **environment},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as command:
            while sql(waiting) == [(0,)] and command.poll() is None:
                sleep(0.05)
            command.send_signal(signal.SIGTERM)
            other.rollback()  # what is under way is waited for
            out, err = command.communicate(timeout=60)
    assert (command.returncode, out) == (143, "")
    assert err.strip() == "kpi: stopped. What was recorded until now is whole."
    assert sql("select count(*) from kpi.reading") == [(0,)]
