"""The command line as a person or cron meets it: words in, text on two streams and an exit code out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.cli import _outcome

Sql = Callable[..., list[tuple[Any, ...]]]
TODAY = "2026-11-20"


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Kpi = Callable[..., Answer]


@pytest.fixture
def environment(ledger_url: str, scorecards: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "KPI_WAREHOUSE_URL": ledger_url,
        "KPI_SCORECARDS_DIR": str(scorecards),
        "KPI_HOME": str(tmp_path / "home"),
    }


@pytest.fixture
def kpi(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Kpi:
    """Calls the command line in this process, on 20 November 2026."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def _kpi(*arguments: str, today: str = TODAY) -> Answer:
        capsys.readouterr()
        code = _outcome(["--today", today, *arguments])
        return Answer(code, *capsys.readouterr())

    return _kpi


@pytest.fixture
def shop(write: Callable[..., None], sql: Sql, scorecards: Path) -> None:
    """Two KPIs over a table that another system fills; three weeks of orders."""
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales team")')
    columns = '(Column("at", "timestamptz"), Column("amount", "decimal(12,2)", at_least=0))'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", columns={columns})')
    (scorecards / "sales" / "dataset_orders.sql").write_text("select $first::timestamptz as at, 1 as amount")
    query = "select {} as value from staging.orders where at >= :start and at < :end"
    body = 'kpi = KPI(title="{}", owner="Sales team", unit="{}", better="higher", {} measure=Query("{}"))'
    write("sales", "kpi_01_orders.py", body.format("Orders", "orders", "target=3,", query.format("count(*)")))
    write("sales", "kpi_02_revenue.py", body.format("Revenue", "GBP", "", query.format("sum(amount)")))
    sql("create table staging.orders (at timestamptz, amount numeric(12,2))")
    for day in ("10-28", "11-04", "11-04", "11-10", "11-11", "11-12", "11-17"):
        sql("insert into staging.orders values (%s, 12.5)", f"2026-{day} 12:00+00")
