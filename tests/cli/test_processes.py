"""The command line in processes of its own: pipes, streams, and what is imported before a word is said."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sql = Callable[..., list[tuple[Any, ...]]]
KPI = [sys.executable, "-c", "from core.cli import main; main()", "--today", "2026-11-20"]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def _start(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*KPI, *arguments],
            env={**os.environ, **environment, **more},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return _start


def test_help_answers_before_anything_heavy_is_imported() -> None:
    script = (
        "import sys; from core.cli import _outcome; code = _outcome(['--help']); "
        "heavy = {'sqlalchemy', 'duckdb', 'sqlglot', 'psycopg', 'alembic', 'xlsxwriter'} & set(sys.modules); "
        "print(heavy, file=sys.stderr); sys.exit(code)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert told.returncode == 0
    assert told.stderr == "set()\n"
    assert "publish" in told.stdout


def test_a_reader_that_leaves_a_pipe_early_is_no_failure(
    shop: None, start: Callable[..., Any], environment: dict[str, str], tmp_path: Path
) -> None:
    assert start("backfill", "--from", "2015-W01").returncode == 0
    with subprocess.Popen(
        [*KPI, "history", "sales"],
        env={**os.environ, **environment},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout
        assert command.stderr
        assert command.stdout.readline().startswith(b"sales.orders")
        command.stdout.close()
        assert command.stderr.read() == b""
    assert command.returncode in (0, 1)


def test_exit_codes_reach_the_shell(shop: None, start: Callable[..., Any], sql: Sql) -> None:
    done = start("run")
    assert (done.returncode, done.stderr) == (0, "")
    misuse = start("run", "nothing")
    assert (misuse.returncode, misuse.stdout) == (2, "")
    sql("drop table staging.orders")
    failed = start("run", "--week", "2026-W45")
    assert failed.returncode == 1
    assert "There is no table staging.orders" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_file_called_env_holds_settings_and_the_environment_wins(
    shop: None, environment: dict[str, str], tmp_path: Path, ledger_url: str
) -> None:
    (tmp_path / ".env").write_text(f"KPI_WAREHOUSE_URL={ledger_url}\nKPI_POOL=no\n")
    bare = {k: v for k, v in os.environ.items() if not k.startswith("KPI_")}

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*KPI, "run"], env={**bare, **more}, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    assert (run().returncode, "KPI_POOL" in run().stderr) == (2, True)
    assert run(KPI_POOL="2").returncode == 0


def test_a_blend_that_fails_leaves_no_noise_behind(
    shop: None, write: Callable[..., None], start: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "home" / "data").mkdir(parents=True)
    (tmp_path / "home" / "data" / "plans.csv").write_text("plan\nsecret\n")
    measure = 'Blend(tables={"plans": File("plans.csv")}, sql="select sum(cast(plan as int)) as value from plans")'
    body = f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={measure})'
    write("sales", "kpi_03_blend.py", body)
    answer = start("run", "sales.blend")
    assert answer.returncode == 1
    assert answer.stderr == (
        "sales.03 2026-W46 failed: The blend failed: a value that DuckDB refuses (ConversionException).\n"
    )
