"""The stage of a drill: scratch databases, a scratch folder and the forked commands, and what the clean runs left."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from json import loads
from pathlib import Path
from time import monotonic

from core.errors import SourceError
from core.pipeline.drill_databases import Scratch
from core.pipeline.drill_forks import Command, Forks
from core.pipeline.drill_report import Fault
from core.pipeline.drill_scenes import Scene
from core.pipeline.drill_shop import Shop
from core.pipeline.drill_states import State, read_state, wait_for_the_dead

KEPT = 3  # failed cases of which the database and the folder are kept


@dataclass(frozen=True)
class Rehearsed:
    """A scene that ran undisturbed: where it begins, what it leaves, how often it reached each write point."""

    scene: Scene
    begins: str  # the database
    published: Path | None  # and the folder
    ends: str  # the database
    clean: State
    times: dict[str, int]
    seconds: float


@dataclass
class Stage:
    folder: Path
    scratch: Scratch
    forks: Forks
    seed: int
    kept: list[str] = field(default_factory=list)
    case: str = ""  # the database of the case under way
    ended_like: str = ""  # the database that it is like, when it ended like a clean run
    shop: Shop = field(init=False)

    def __post_init__(self) -> None:
        self.shop = Shop(self.folder / "shop")
        self.shop.write(self.seed)

    def rehearse(self, scenes: Sequence[Scene]) -> Iterator[Rehearsed]:
        """Every scene once, undisturbed, each on what the one before it left. Raises SourceError when one fails."""
        begins, published = self.scratch.make(), None
        for number, scene in enumerate(scenes):
            database = self.scratch.make(begins)
            self.shop.set_up(published, late=scene.late)
            counted = self.folder / "counted.json"
            started = monotonic()
            code = self.forks.run(self.command(scene, database, counted=str(counted)))
            seconds = monotonic() - started
            if code:
                raise SourceError(
                    f"The drill's own `kpi {scene.words[0]}` failed before anything was killed: {self.said()}",
                    next_step="`kpi doctor` looks closer.",
                )
            clean = self.state(database)
            yield Rehearsed(scene, begins, published, database, clean, loads(counted.read_text()), seconds)
            begins, published = database, self._keep_published(str(number))

    def command(self, scene: Scene, database: str, *options: str, counted: str = "", wait: bool = False) -> Command:
        waiting = ("--wait", "120") if wait else ()
        return Command(
            words=["--clock", scene.clock, *options, *scene.words, *waiting],
            environment=self.shop.settings | {"KPI_WAREHOUSE_URL": self.scratch.address(database)},
            folder=str(self.shop.folder),
            output=str(self.output),
            counted=counted,
        )

    def begin(self, rehearsed: Rehearsed) -> str:
        """A database and the folders as the scene finds them.

        Where the case before ended like the clean run that this scene begins with, it goes on from there.
        """
        if not self.case or self.ended_like != rehearsed.begins:
            self._drop_case()
            self.case = self.scratch.make(rehearsed.begins)
        self.ended_like = ""
        self._set_up_folders(rehearsed)
        return self.case

    def set_up(self, database: str, rehearsed: Rehearsed) -> None:
        """The same database as the scene finds it, once more."""
        self.scratch.make_anew(database, rehearsed.begins)
        self._set_up_folders(rehearsed)

    def keep(self, fault: Fault, database: str) -> Fault:
        """The first failed cases stay for a look."""
        if len(self.kept) >= KEPT:
            return fault
        self.kept.append(database)
        self.case = ""
        folder = self.folder / database
        shutil.copytree(self.shop.folder, folder)
        return replace(fault, database=database, folder=str(folder))

    def state(self, database: str) -> State:
        with self.scratch.connected(database) as connection:
            wait_for_the_dead(connection)
            return read_state(connection, self.shop.published)

    def said(self) -> str:
        """The last thing that a command told."""
        lines = self.output.read_text(encoding="utf-8").splitlines() if self.output.exists() else []
        return lines[-1] if lines else "it told nothing"

    @property
    def output(self) -> Path:
        return self.folder / "output.txt"

    def _drop_case(self) -> None:
        if self.case:
            self.scratch.drop(self.case)

    def _set_up_folders(self, rehearsed: Rehearsed) -> None:
        self.shop.set_up(rehearsed.published, late=rehearsed.scene.late)
        self.output.unlink(missing_ok=True)

    def _keep_published(self, name: str) -> Path:
        kept = self.folder / "kept" / name
        if self.shop.published.exists():
            shutil.copytree(self.shop.published, kept)
        else:
            kept.mkdir(parents=True)
        return kept
