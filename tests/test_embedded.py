"""The embedded PostgreSQL: it stops with the last process that uses it, also when one of them was killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

USE = "import sys, time; from pathlib import Path; from core.embedded import start; start(Path(sys.argv[1])); "


def test_a_killed_process_does_not_keep_the_server_running(tmp_path: Path) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", USE + "print('up', flush=True); time.sleep(60)", str(tmp_path)],
        stdout=subprocess.PIPE,
    )
    assert killed.stdout is not None
    with killed.stdout:
        assert killed.stdout.readline() == b"up\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    postmaster = tmp_path / "postgres" / "postmaster.pid"
    server = int(postmaster.read_text().split()[0])
    os.kill(server, 0)  # it runs on: nobody told it
    subprocess.run([sys.executable, "-c", USE, str(tmp_path)], check=True)
    for _ in range(100):
        if not postmaster.exists():
            return
        time.sleep(0.1)
    raise AssertionError("the server still runs")
