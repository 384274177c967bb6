"""A ledger that the first revision's own program left: brought to this one, it goes on as if nothing had happened."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.cli import _outcome

from .first_shop import NOW, fill_first_ledger, write_shop

Sql = Callable[..., list[tuple[Any, ...]]]
Kpi = Callable[..., tuple[int, str]]
OLD = 53  # lines of history that the first revision left


@pytest.fixture
def ledger_url(warehouse_url: str, tmp_path: Path) -> str:
    """Here, a ledger of the first revision; `sql` asks it too."""
    fill_first_ledger(warehouse_url, tmp_path / "shop")
    return warehouse_url


@pytest.fixture
def kpi(ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kpi:
    """Calls the command line in this process, in the shop; its exit code and what it told."""
    for name, value in {**write_shop(tmp_path / "shop"), "KPI_WAREHOUSE_URL": ledger_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def _kpi(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = _outcome(["--clock", NOW, *words])
        return code, capsys.readouterr().out

    return _kpi


def test_the_same_files_say_nothing_new_after_the_upgrade(kpi: Kpi, sql: Sql) -> None:
    assert kpi("migrate")[0] == 0
    whole = kpi("audit")
    assert whole[1].startswith(f"shop: {OLD} lines, whole")
    assert kpi("load")[0] == 0
    for command in (["run"], ["backfill", "shop", "--from", "2026-W01"]):
        code, told = kpi(*command)
        assert code == 1, "the weeks in which a query divides by zero still fail"
        assert "of them again; recorded: nothing new" in told
    assert kpi("audit") == whole
    assert sql("select count(*) from kpi.reading") == [(OLD,)]


def test_the_publication_that_was_killed_before_the_upgrade_is_made_up_for(kpi: Kpi, sql: Sql) -> None:
    assert sql("select command from kpi.run where state = 'running'") == [("publish",)]
    kpi("migrate")
    assert "1 change made" in kpi("publish")[1]
    assert "up to date" in kpi("publish")[1]
    assert sql("select count(*) from kpi.run where state = 'running'") == [(0,)]
    assert sql("select count(*) from kpi.outbox") == [(0,)]


def test_a_late_row_after_the_upgrade_follows_what_stood_before_it(kpi: Kpi, sql: Sql, tmp_path: Path) -> None:
    kpi("migrate")
    with (tmp_path / "shop" / "data" / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("10001,2026-01-28T12:00:00+00:00,10\n")  # 2026-W05
    kpi("load")
    kpi("run")
    lines = sql(
        "select r.kpi_number, r.period, r.value::float, r.reason, before.value::float from kpi.reading as r "
        "left join kpi.reading as before on before.reading_id = r.follows and before.reading_id <= %s "
        "where r.reading_id > %s order by r.reading_id",
        OLD,
        OLD,
    )
    assert sorted(lines) == [
        ("01", "2026-W05", 15, "late data", 14),
        ("03", "2026-W05", pytest.approx((762 + 10) / 15), "late data", pytest.approx(762 / 14)),
        ("04", "2026-W05", 14.5, "late data", 14),
        ("04", "2026-W06", 14.5, "late data", 14),
        ("05", "2026-W05", 100, "recovered", None),
    ]
    assert kpi("audit")[1].startswith(f"shop: {OLD + 5} lines, whole")
