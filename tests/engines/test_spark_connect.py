"""Spark Connect: the same Spark, a network in between."""

import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core.engines.engine import TOO_SLOW, Engine, Terms, UnreachableError
from core.engines.urls import foreign
from core.errors import SourceError
from core.sources.database import ask_all

pytestmark = [
    pytest.mark.engines,
    pytest.mark.filterwarnings("ignore:.*RETRIES_EXCEEDED.*:UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
MAIN = "org.apache.spark.sql.connect.service.SparkConnectServer"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    import pyspark

    home, folder = Path(pyspark.__file__).parent, tmp_path_factory.mktemp("connect")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.port": str(port),
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(folder),
    }
    conf = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    command = [str(home / "bin" / "spark-submit"), "--class", MAIN, "--master", "local[2]", *conf, "spark-internal"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet) as running:
        try:
            _wait(port)
            yield f"sc://127.0.0.1:{port}", running
        finally:
            running.kill()


def _wait(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.2)
    raise RuntimeError("Spark Connect did not start")


def _open(url: str, zone: str = "UTC", timeout: int = 60) -> Engine:
    engine = foreign(url, Terms(zone, timeout, 2))
    assert engine is not None
    return engine


def test_a_query_is_asked_over_the_network_and_a_lost_server_is_told(
    server: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, running = server
    tokyo, hasty = _open(url, "Asia/Tokyo"), _open(url, timeout=2)
    with tokyo.connect() as connection:
        connection.ask("create database staging", {})
        connection.ask(
            "create table staging.days as select date'2026-01-01' as day, cast(1.5 as decimal(9,4)) as n", {}
        )
    sql = "select sum(n) filter (where cast(day as timestamptz) >= :start) as value from staging.days"
    found = ask_all(tokyo, sql, {"start": date(2026, 1, 1)})
    assert (str(found.rows[0][0]), found.columns) == ("1.5000", ("value",))
    with hasty.connect() as connection, pytest.raises(SourceError) as slow:
        connection.ask("select count(*) from range(1000000000000) as a where hash(a.id) % 7 = 3", {})
    assert slow.value.next_step == TOO_SLOW
    running.kill()
    running.wait()
    with pytest.raises(UnreachableError, match="the connection to Spark failed"), tokyo.connect() as connection:
        connection.ask("select 1", {})
    with pytest.raises(UnreachableError, match="Spark cannot be reached"), _open(url).connect():
        pytest.fail("it is there")
    tokyo.close()
    hasty.close()
