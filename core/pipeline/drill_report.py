"""What a drill found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from core.units import counted


@dataclass(frozen=True)
class Fault:
    """One case that ended otherwise than the clean run; its database and folder are kept for a look."""

    scene: str
    how: str
    differences: Sequence[str]
    database: str = ""
    folder: str = ""

    def lines(self) -> list[str]:
        shown = list(self.differences[:_SHOWN])
        if more := len(self.differences) - len(shown):
            shown.append(f"and {more:,} more")
        kept = [f"kept: database {self.database}, folder {self.folder}"] if self.database else []
        return [f"{self.scene}, {self.how}:", *(f"  {line}" for line in [*shown, *kept])]


_SHOWN = 10


@dataclass
class SceneReport:
    """One command: how often it was killed where, raced, and how often it then ended like the clean run."""

    scene: str
    seconds: float
    points: dict[str, int] = field(default_factory=dict)
    random: int = 0
    races: int = 0
    busy: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(self.points.values()) + self.random

    @property
    def cases(self) -> int:
        return self.kills + self.races

    @property
    def equal(self) -> int:
        return self.cases - len(self.faults)


@dataclass
class DrillReport:
    seed: int
    scenes: list[SceneReport] = field(default_factory=list)
    seconds: float = 0

    @property
    def faults(self) -> list[Fault]:
        return [fault for scene in self.scenes for fault in scene.faults]

    @property
    def exit_code(self) -> int:
        return 1 if self.faults else 0

    def sentence(self) -> str:
        kills = sum(scene.kills for scene in self.scenes)
        races = sum(scene.races for scene in self.scenes)
        done = f"{counted(kills, 'kill')} and {counted(races, 'race')} in {self.seconds:.0f} s, seed {self.seed}"
        if self.faults:
            return f"{done}: {counted(len(self.faults), 'case')} ended otherwise than a run that nobody disturbed."
        return f"{done}: every one ended like a run that nobody disturbed. Nothing was lost, nothing doubled."

    def as_json(self) -> dict[str, object]:
        scenes = [asdict(scene) | {"kills": scene.kills, "equal": scene.equal} for scene in self.scenes]
        return {"seed": self.seed, "seconds": round(self.seconds, 1), "healthy": not self.faults, "scenes": scenes}
