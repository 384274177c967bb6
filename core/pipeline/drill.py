"""The drill: real commands are killed and raced on scratch databases, and must leave what an undisturbed one leaves."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from random import Random
from secrets import token_hex
from time import monotonic, sleep

from core.pipeline.drill_databases import Scratch
from core.pipeline.drill_forks import Command, Forks
from core.pipeline.drill_report import DrillReport, Fault, SceneReport
from core.pipeline.drill_scenes import SCENES
from core.pipeline.drill_stage import Rehearsed, Stage
from core.pipeline.drill_states import differences, wait_for_the_dead
from core.pipeline.session import Session

BUSY = 75
_DRAWS = 100  # moments that are drawn until one comes before the command has ended

Say = Callable[[str], None]


def drill(session: Session, forking: Sequence[str], *, kills: int, seed: int, say: Say) -> DrillReport:
    """Kill at every write point and at so many random moments, race, and compare with clean runs.

    `forking` is the command line of a process that runs `drill_forks.serve`. Nothing is written in the session's
    own database. Raises MisuseError where its user may not create databases.
    """
    started, report = monotonic(), DrillReport(seed)
    with _stage(session, forking, seed, report) as stage:
        say("Rehearsing: every command once, undisturbed")
        scenes = list(stage.rehearse(SCENES))
        report.scenes = [SceneReport(found.scene.name, found.seconds) for found in scenes]
        chance = Random(seed)
        plans = []
        for number, (rehearsed, told) in enumerate(zip(scenes, report.scenes, strict=True)):
            share = kills // len(scenes) + (number < kills % len(scenes))
            plans.append(Drill(stage, rehearsed, told).plan([chance.random() for _ in range(share)], chance))
        # Round by round through all scenes: most cases can go on from where the one before has ended.
        for number, cases in enumerate(zip_longest(*plans), start=1):
            say(f"Round {number} of {max(map(len, plans))}")
            for case in filter(None, cases):
                case()
    report.seconds = monotonic() - started
    return report


@contextmanager
def _stage(session: Session, forking: Sequence[str], seed: int, report: DrillReport) -> Iterator[Stage]:
    """Everything that a drill makes is gone when it ends, but for what shows a fault."""
    scratch = Scratch(session.databases.writer().url, token_hex(4))
    folder = Path(tempfile.mkdtemp(prefix=f"kpi-drill-{scratch.name}-"))
    forks = Forks(forking)
    try:
        yield Stage(folder, scratch, forks, seed)
    finally:
        forks.close()
        kept = [fault for fault in report.faults if fault.database]
        scratch.drop_all(but=[fault.database for fault in kept])
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Drill:
    """One scene's kills and races."""

    stage: Stage
    rehearsed: Rehearsed
    report: SceneReport
    seconds: float = field(init=False)  # that the command takes, as far as is known

    def __post_init__(self) -> None:
        self.seconds = self.rehearsed.seconds

    def plan(self, moments: Sequence[float], chance: Random) -> list[Callable[[], None]]:
        """Every case: a kill at each write point each time it is reached, at each random moment, and the races."""
        points = [(point, time) for point, times in self.rehearsed.times.items() for time in range(1, times + 1)]
        waits = (False, True) if self.rehearsed.scene.waits else (False,)
        return [
            *(partial(self.kill_at, point, time) for point, time in points),
            *(partial(self.kill_at_random, moment, chance) for moment in moments),
            *(partial(self.race, wait=wait) for wait in waits),
        ]

    def kill_at(self, point: str, time: int) -> None:
        self._case(f'killed at "{point}", time {time}', partial(self._kill_at, point=point, time=time))
        self.report.points[point] = self.report.points.get(point, 0) + 1

    def kill_at_random(self, moment: float, chance: Random) -> None:
        self._case("killed at a random moment", partial(self._kill_at_random, moment=moment, chance=chance))
        self.report.random += 1

    def race(self, *, wait: bool) -> None:
        self._case("two at once, waiting" if wait else "two at once", partial(self._race, wait=wait))
        self.report.races += 1

    def _case(self, how: str, disturb: Callable[["Case"], list[str]]) -> None:
        case = Case(self.stage.begin(self.rehearsed), how)
        found = disturb(case)
        found += [str(d) for d in differences(self.rehearsed.clean, self.stage.state(case.database))]
        if found:
            self.report.faults.append(self.stage.keep(Fault(self.report.scene, case.how, found), case.database))
        else:
            self.stage.ended_like = self.rehearsed.ends

    def _kill_at(self, case: "Case", point: str, time: int) -> list[str]:
        code = self.stage.forks.run(self._command(case, "--kill-at", f"{point}:{time}"))
        if code != -signal.SIGKILL:
            return [f"it was to die there, and left with {code}: {self.stage.said()}"]
        return self._again(case)

    def _kill_at_random(self, case: "Case", moment: float, chance: Random) -> list[str]:
        """Where the command has ended before its moment came, another moment is drawn."""
        for _ in range(_DRAWS):
            (process,) = self.stage.forks.start(self._command(case))
            sleep(seconds := moment * self.seconds)
            os.kill(process, signal.SIGKILL)
            if self.stage.forks.wait(process) == -signal.SIGKILL:
                case.how = f"killed after {seconds:.3f} s"
                return self._again(case)
            self.seconds = seconds  # it takes no longer than that
            self.stage.set_up(case.database, self.rehearsed)
            moment = chance.random()
        return [f"it always ended before its moment came: {self.stage.said()}"]

    def _again(self, case: "Case") -> list[str]:
        """The same command once more, undisturbed, once the server has noticed that its client is dead."""
        with self.stage.scratch.connected(case.database) as connection:
            wait_for_the_dead(connection)
        code = self.stage.forks.run(self._command(case))
        return [] if code == 0 else [f"the next one left with {code}: {self.stage.said()}"]

    def _race(self, case: "Case", *, wait: bool) -> list[str]:
        both = [self._command(case, wait=wait)] * 2
        codes = [self.stage.forks.wait(process) for process in self.stage.forks.start(*both)]
        self.report.busy += codes.count(BUSY)
        fine = {(0, 0)} if wait else {(0, 0), (0, BUSY)}
        return [] if tuple(sorted(codes)) in fine else [f"they left with {codes}: {self.stage.said()}"]

    def _command(self, case: "Case", *options: str, wait: bool = False) -> Command:
        return self.stage.command(self.rehearsed.scene, case.database, *options, wait=wait)


@dataclass
class Case:
    """A database in which a command is disturbed, and how it was."""

    database: str
    how: str
