"""The process that a drill forks its commands from: it ends with the drill, and takes them with it."""

import json
import os
import sys
from pathlib import Path

import pytest

from core.pipeline.drill_forks import Command, Forks

SLEEPING = """
import time
from core.pipeline.drill_forks import serve
def outcome(words):
    time.sleep(float(words[0]))
    print("slept well")
    return 0
serve(outcome)
"""


def test_a_drill_that_is_stopped_kills_its_commands_without_a_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)) as told:
        os.set_blocking(told.fileno(), True)
        forks = Forks([sys.executable, "-c", SLEEPING])
        short, _ = forks.start(
            Command(["0"], {}, str(tmp_path), str(tmp_path / "short")), Command(["5"], {}, str(tmp_path), str(pipe))
        )
        assert forks.process.stdin
        assert forks.process.stdout
        forks.process.stdout.close()  # as at Ctrl-C: it is asked for an exit code, and nobody hears the answer
        forks.process.stdin.write(json.dumps({"wait": short}) + "\n")
        forks.close()
        assert told.read() == "", "the other command was left to itself"
    assert capfd.readouterr().err == ""
    assert forks.process.returncode == 0
