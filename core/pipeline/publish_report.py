"""What a publication did, told to people and to programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from core.units import counted


@dataclass(frozen=True)
class PublishOutcome:
    """What was done to one workbook, spreadsheet or folder; `gaps` counts its held, failed and missing `periods`.

    `changes` counts what was or would be written, `steps` tells it cell by cell where nothing was written.
    """

    scorecard: str
    path: str
    changes: int
    kept: Sequence[str]
    gaps: str
    steps: Sequence[str] = ()
    adopted: Sequence[str] = ()
    healed: Sequence[str] = ()
    remarks: Sequence[str] = ()
    periods: str = "weeks"


@dataclass
class PublishReport:
    outcomes: list[PublishOutcome] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    dry_run: bool = False
    check: bool = False
    index: str = ""  # the workbook that links the others, where it is another now

    @property
    def only_looks(self) -> bool:
        """Nothing is written: what would be is told."""
        return self.dry_run or self.check

    @property
    def drifted(self) -> bool:
        return self.check and any(outcome.changes or outcome.kept for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        return 1 if self.problems or self.drifted else 0

    def lines(self) -> list[str]:
        told = []
        for outcome in self.outcomes:
            gaps = f"; {outcome.periods} without a number: {outcome.gaps}" if outcome.gaps else ""
            told.append(f"{outcome.scorecard}: {outcome.path}: {self._news(outcome)}{gaps}")
            told += [f"  adopted: {sentence}" for sentence in outcome.adopted]
            told += [f"  {step}" for step in outcome.steps]
            told += [f"  {'to heal' if self.only_looks else 'healed'}: {sentence}" for sentence in outcome.healed]
            told += [f"  {'a' if self.check else 'kept a'} hand edit: {edit}" for edit in outcome.kept]
            told += [f"  {remark}" for remark in outcome.remarks]
        return [*told, *([f"index: {self.index}"] if self.index else [])]

    def _news(self, outcome: PublishOutcome) -> str:
        if self.check:
            return "differs from the ledger" if outcome.changes or outcome.kept else "agrees with the ledger"
        if not outcome.changes:
            return "up to date"
        return f"{counted(outcome.changes, 'change')} {'to make' if self.dry_run else 'made'}"

    def as_json(self) -> dict[str, object]:
        outcomes = [asdict(outcome) for outcome in self.outcomes]
        return {
            "outcomes": outcomes,
            "problems": self.problems,
            "dry_run": self.dry_run,
            "check": self.check,
            "index": self.index,
        }
