"""One process, measured: seconds from start to end, and the most memory it held."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from time import perf_counter


@dataclass(frozen=True)
class Measured:
    seconds: float
    megabytes: float
    said: str


def measured(command: Sequence[str], environment: Mapping[str, str], cwd: str | None = None) -> Measured:
    """Runs it to its end. Raises SystemExit with what it said where it fails."""
    with TemporaryFile("w+") as said:
        began = perf_counter()
        process = subprocess.Popen(command, env=dict(environment), cwd=cwd, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)  # its own usage: that of all children together tells the largest
        seconds = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{text}")
    return Measured(seconds, usage.ru_maxrss / 1024, text)
