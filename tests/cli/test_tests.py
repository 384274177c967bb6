"""`kpi test` on the command line: exit codes, tables and JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kpi = Callable[..., Any]
HEAD = "example,period,expect,at,amount\n"
GOOD = HEAD + (
    "Monday begins,2026-W46,1,2026-11-09 00:00+00,1\n"
    "Monday begins,,,2026-11-08 23:59:59.999999+00,1\n"
    "Sunday ends,2026-W46,1,2026-11-15 23:59:59.999999+00,1\n"
    "Sunday ends,,,2026-11-16 00:00+00,1\n"
)


@pytest.fixture
def examples(shop: None, scorecards: Path) -> Callable[[str], None]:
    """Writes the examples of sales.orders."""
    return lambda text: (scorecards / "sales" / "kpi_01_orders.csv").write_text(text) and None


def test_one_kpi_is_told_in_full(examples: Callable[[str], None], kpi: Kpi) -> None:
    examples(GOOD)
    answer = kpi("test", "sales.orders")
    assert answer.code == 0
    assert ["●", "Monday", "begins", "2026-W46", "1"] in [line.split() for line in answer.out.splitlines()]
    assert "What each row does to the number" in answer.out
    assert "The half-open rule holds: orders.at." in answer.out
    assert "Mistakes noticed by examples: 11 of 11." in answer.out


def test_many_kpis_are_told_in_a_table(examples: Callable[[str], None], kpi: Kpi) -> None:
    examples(GOOD)
    answer = kpi("test")
    assert answer.code == 0
    assert [line.split()[:3] for line in answer.out.splitlines()[1:]] == [
        ["sales.orders", "2", "pass"],
        ["sales.revenue", "none", "holds"],
    ]
    assert answer.err == "1 KPI without an example: docs/howto/test-a-kpi.md.\n"


def test_an_example_that_fails_fails_the_command_and_is_named(examples: Callable[[str], None], kpi: Kpi) -> None:
    examples(GOOD + "wrong,2026-W46,7,2026-11-10 09:00+00,1\n")
    answer = kpi("test", "sales")
    assert answer.code == 1
    assert 'sales.orders: "wrong" (line 6) expects 7 in 2026-W46, and it is 1.' in answer.out


def test_a_broken_rule_fails_the_command(shop: None, kpi: Kpi, write: Callable[..., None]) -> None:
    query = "select count(*) as value from staging.orders where cast(at as date) >= :start and at < :last_sunday"
    body = f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("{query}"))'
    write("sales", "kpi_03_short.py", body)
    answer = kpi("test", "sales.short")
    assert answer.code == 1
    (fault,) = [line for line in answer.out.splitlines() if "2026-W53" in line and line.startswith("sales.short")]
    assert fault == (
        "sales.short: orders.at a microsecond before it ends, 2027-01-03 23:59:59.999999+00:00, in 2026-W53: "
        "a row does not count, and it should."
    )


def test_mistakes_that_no_example_notices_fail_only_where_that_is_asked_for(
    examples: Callable[[str], None], kpi: Kpi
) -> None:
    examples(HEAD + "noon,2026-W46,1,2026-11-11 12:00+00,1\n")
    assert kpi("test", "sales.orders").code == 0
    answer = kpi("test", "sales.orders", "--strict")
    assert answer.code == 1
    assert "line 1: at < :end → at <= :end" in answer.out
    examples(GOOD)
    assert kpi("test", "sales.orders", "--strict").code == 0


def test_faults_of_a_fixture_are_misuse_for_kpi_test_and_kpi_check(examples: Callable[[str], None], kpi: Kpi) -> None:
    examples(HEAD + "noon,2026-W46,one,2026-11-11 12:00+00,1\n")
    told = 'sales/kpi_01_orders.csv: line 2, column "expect": "one" is none: write a number'
    for command in ("test", "check"):
        answer = kpi(command, "sales.orders")
        assert answer.code == 2, command
        assert told in answer.out, command


def test_everything_is_data_where_that_is_asked_for(examples: Callable[[str], None], kpi: Kpi) -> None:
    examples(GOOD)
    answer = kpi("test", "sales.orders", "--json")
    (found,) = json.loads(answer.out)
    assert (answer.code, answer.err, found["kpi"], found["passed"]) == (0, "", "sales.orders", True)
    assert found["examples"][0] == {
        "name": "Monday begins",
        "place": "line 2",
        "period": "2026-W46",
        "expected": "1",
        "found": "1",
        "passed": True,
    }
    assert found["judged"] == ["orders.at"]
    assert {row["fault"] for row in found["rows"]} == {""}
    assert {m["noticed"] for m in found["mutations"]} == {"example"}


def test_a_word_that_names_nothing_is_misuse(shop: None, kpi: Kpi) -> None:
    assert kpi("test", "sales.order").code == 2


def test_without_a_database_the_command_says_so(shop: None, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_WAREHOUSE_URL", "postgresql://me:hunter2@127.0.0.1:1/gone")
    answer = kpi("test", "sales.orders")
    assert answer.code == 1
    assert "The database at 127.0.0.1:1/gone cannot be reached" in answer.out + answer.err
    assert "hunter2" not in answer.out + answer.err
