"""kpi diff as a person, a program and a pull request meet it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kpi = Callable[..., Any]
Write = Callable[..., None]
BODY = 'kpi = KPI(title="{}", owner="Sales team", unit="{}", better="higher", {} measure=Query("{}"))'
QUERY = "select {} as value from staging.orders where at >= :start and at < :end"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, "-C", folder, *words], check=True, capture_output=True)


@pytest.fixture
def branch(shop: None, kpi: Kpi, scorecards: Path) -> Kpi:
    """The command line on a branch off main, with three weeks on record and published."""
    place = scorecards.parent
    git(place, "init", "--quiet", "--initial-branch", "main")
    git(place, "add", "scorecards")
    git(place, "commit", "--quiet", "--message", "as it is")
    git(place, "checkout", "--quiet", "-b", "change")
    assert kpi("backfill", "--from", "2026-W44").code == 0
    assert kpi("publish").code == 0
    return kpi


def change(write: Write) -> None:
    query = QUERY.format("2 * count(*)")
    write("sales", "kpi_01_orders.py", BODY.format("Orders", "orders", "target=4,", query))


def test_on_a_branch_that_changes_nothing_it_says_so(branch: Kpi) -> None:
    answer = branch("diff", "--exit-code")
    assert (answer.code, answer.out) == (0, "No KPI differs from main.\n")


def test_a_person_reads_kinds_weeks_flips_and_cells(branch: Kpi, write: Write, tmp_path: Path) -> None:
    change(write)
    answer = branch("diff")
    assert answer.code == 0
    assert answer.out == (
        "sales.orders  01 Orders\n"
        "  query changed\n"
        "  target changed: 3 → 4\n"
        "    2026-W44  1 orders  2 orders  +1 orders (+100.0 %)  ◆\n"
        "    2026-W45  2 orders  4 orders  +2 orders (+100.0 %)  ◆ → ● off to on\n"
        "    2026-W46  3 orders  6 orders  +3 orders (+100.0 %)  ●\n"
        f"sc2026 of xlsx:{tmp_path / 'home' / 'published' / 'sales.xlsx'}\n"
        "  row 01: 4 cells: target, 2026-W44, 2026-W45, 2026-W46\n"
        "1 KPI changed; 3 periods would be restated, 1 status would flip, 4 published cells would be touched.\n"
    )
    assert answer.err.startswith("Against main at ")
    assert answer.err.endswith(". Compared were the last 53 recorded periods of each KPI.\n")


def test_a_script_learns_from_the_exit_code_whether_a_number_would_move(branch: Kpi, write: Write) -> None:
    target = BODY.format("Orders", "orders", "target=9,", QUERY.format("count(*)"))
    write("sales", "kpi_01_orders.py", target)
    assert branch("diff", "--exit-code").code == 0
    change(write)
    assert branch("diff", "--exit-code").code == 1
    assert branch("diff").code == 0
    assert branch("diff", "sales.revenue", "--exit-code").code == 0


def test_programs_get_everything_as_json(branch: Kpi, write: Write) -> None:
    change(write)
    answer = branch("diff", "--json")
    found = json.loads(answer.out)
    (kpi,) = found["kpis"]
    assert (kpi["kpi"], kpi["number"], list(kpi["kinds"])) == (
        "sales.orders", "01", ["query changed", "target changed"]
    )  # fmt: skip
    assert kpi["restated"][1] == {
        "period": "2026-W45", "was": 2, "becomes": 4, "change": 2, "state": "final", "status_was": "off", "status": "on"
    }  # fmt: skip
    assert [moved["period"] for moved in kpi["flips"]] == ["2026-W45"]
    (tab,) = found["tabs"]
    assert (tab["tab"], tab["cells"][-1]) == (
        "sc2026", {"row": "01", "column": "2026-W46", "was": "3", "becomes": "6"}
    )  # fmt: skip
    assert (found["against"], len(found["commit"]), found["problems"]) == ("main", 12, [])


def test_a_pull_request_gets_tables_and_folds(branch: Kpi, write: Write) -> None:
    change(write)
    write("sales", "kpi_02_revenue.py", BODY.format("Net | <revenue>", "GBP", "", QUERY.format("sum(amount)")))
    lines = branch("diff", "--markdown").out.splitlines()
    assert lines[0] == "## KPIs against `main`"
    assert lines[2].startswith("2 KPIs changed; 3 periods would be restated, 1 status would flip, ")
    assert "| `sales.orders` | query changed; target changed: 3 → 4 | 3 | 1 |" in lines
    assert "| `sales.revenue` | words changed: title | 0 | 0 |" in lines
    assert "| 2026-W45 | 2 orders | 4 orders | +2 orders (+100.0 %) | off to on |" in lines
    assert "<details><summary>sc2026 of sales: 5 published cells</summary>" in lines
    assert lines.count("</details>") == 1
    assert not any("<revenue>" in line for line in lines)


def test_without_numbers_no_database_is_needed(branch: Kpi, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    change(write)
    monkeypatch.setenv("KPI_WAREHOUSE_URL", "postgresql://nobody@127.0.0.1:9/none")
    answer = branch("diff", "--no-numbers")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "sales.orders  01 Orders")
    assert "Numbers were not compared." in answer.err
    answer = branch("diff")
    assert (answer.code, answer.out.splitlines()[0]) == (1, "sales.orders  01 Orders")
    assert "Numbers were not compared." in answer.err


def test_misuse_is_a_sentence(branch: Kpi) -> None:
    for words, told in (
        (("--against", "nowhere"), 'kpi: git knows no "nowhere" here. Name another branch or commit with --against.\n'),
        (("--json", "--markdown"), "kpi: --json and --markdown contradict each other: take one.\n"),
        (("sales.order",), 'kpi: There is no KPI or scorecard "sales.order". Did you mean "sales.orders"? '
                           "`kpi list` shows them all.\n"),
        (("--from", "2026-W60"), "kpi: There is no week 2026-W60: 2026 has 53 weeks.\n"),
    ):  # fmt: skip
        assert branch("diff", *words) == (2, "", told), words
