"""Real commands in real processes, forked from one that has imported everything: a drill starts hundreds of them.

The forking process is started for this alone and holds no connection, no thread and no file of the drill's.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from core import write_points
from core.errors import SourceError

Outcome = Callable[[list[str]], int]
"""The command line: its words -> its exit code."""


@dataclass(frozen=True)
class Command:
    """A command line, the KPI_ settings it finds, the folder it is called in, and where its output goes.

    With `counted`, how often it reached each write point is written there as JSON.
    """

    words: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    output: str
    counted: str = ""


@dataclass
class Forks:
    """The forking process, seen from the drill. `program` is the command line that runs `serve`."""

    program: Sequence[str]
    process: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        # A session of its own: Ctrl-C is for the drill, which then ends the others.
        self.process = subprocess.Popen(self.program, start_new_session=True, **pipes)

    def start(self, *commands: Command) -> list[int]:
        """The processes of these commands, which set off at the same moment."""
        found: list[int] = self._ask({"start": [asdict(command) for command in commands]})
        return found

    def wait(self, process: int) -> int:
        """Its exit code when it has ended; below zero, the signal that ended it."""
        return int(self._ask({"wait": process}))

    def run(self, command: Command) -> int:
        (process,) = self.start(command)
        return self.wait(process)

    def close(self) -> None:
        """Whatever still runs is killed."""
        with self.process:
            if self.process.stdin:
                with suppress(BrokenPipeError):
                    self.process.stdin.close()

    def _ask(self, request: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SourceError("The process that starts the drill's commands has ended.", next_step="Drill again.")
        return json.loads(answer)


def serve(outcome: Outcome) -> None:
    """Fork a process for each command that is asked for, until nobody asks any more."""
    for module in walk_packages(import_module("core").__path__, "core."):
        with suppress(ImportError):  # of what is not installed
            import_module(module.name)
    for module_name in ("alembic.command", "sqlalchemy.dialects.postgresql.psycopg", "xlsxwriter", "python_calamine"):
        import_module(module_name)
    gc.collect()
    gc.freeze()  # what is imported stays shared between the forks
    alive: set[int] = set()
    with suppress(BrokenPipeError):  # the drill was stopped: nobody hears the answer
        for line in iter(sys.stdin.readline, ""):
            request = json.loads(line)
            if "start" in request:
                processes = _start([Command(**given) for given in request["start"]], outcome)
                alive.update(processes)
                _answer(processes)
            else:
                _, status = os.waitpid(request["wait"], 0)
                alive.discard(request["wait"])
                _answer(os.waitstatus_to_exitcode(status))
    for process in alive:
        os.kill(process, signal.SIGKILL)
    os._exit(0)  # what was imported has nothing to say at the end


def _answer(said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _start(commands: Sequence[Command], outcome: Outcome) -> list[int]:
    """All wait at a gate that opens when the last one has come to it."""
    gate, opener = os.pipe()
    processes = []
    for command in commands:
        process = os.fork()
        if not process:
            os.close(opener)
            os.read(gate, 1)
            _be(command, outcome)
        processes.append(process)
    os.close(opener)
    os.close(gate)
    return processes


def _be(command: Command, outcome: Outcome) -> None:
    """The forked process: it is the command from here to its end."""
    code = 70
    try:
        for name in [name for name in os.environ if name.startswith("KPI_")]:
            del os.environ[name]
        os.environ.update(command.environment)
        os.chdir(command.folder)
        _redirect(command.output)
        times = _count() if command.counted else {}
        code = outcome(list(command.words))
        if command.counted:
            Path(command.counted).write_text(json.dumps(times), encoding="utf-8")
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _redirect(output: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)


def _count() -> dict[str, int]:
    """How often each write point is reached from now on."""
    times: dict[str, int] = {}

    def count(point: str) -> None:
        times[point] = times.get(point, 0) + 1
        write_points.arm(point, act=lambda: count(point))

    for point in write_points.POINTS:
        write_points.arm(point, act=lambda point=point: count(point))  # type: ignore[misc]
    return times
