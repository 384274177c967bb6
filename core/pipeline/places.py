"""Where a scorecard is published, and who carries it out there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import MisuseError
from core.grid import Grid
from core.pipeline.session import Session
from core.publish.outcome import Intend, Outcome, nothing
from core.publish.plan import Policy
from core.publish.published import Published


@dataclass(frozen=True)
class Asked:
    """What a publication is asked to be; `target` is sheets, xlsx, csv or files, empty for the usual one."""

    target: str
    years: Sequence[int]
    policy: Policy
    as_of: datetime | None
    adopt: str = ""  # why numbers that people wrote become corrections; empty: they do not


@dataclass(frozen=True)
class Place:
    """One scorecard and where it is published."""

    session: Session
    scorecard: str
    asked: Asked

    @property
    def spreadsheet(self) -> str:
        return self.session.settings.spreadsheets.get(self.scorecard, "")

    @property
    def kind(self) -> str:
        """A look back never goes to the spreadsheet that people work in."""
        return self.asked.target or ("sheets" if self.spreadsheet and not self.asked.as_of else "xlsx")

    @property
    def path(self) -> Path:
        if self.kind == "files":
            return self.session.settings.published / self.scorecard / "files"
        then = f".as-of-{_stamp(self.asked.as_of)}" if self.asked.as_of else ""
        suffix = ".xlsx" if self.kind == "xlsx" else ""
        return self.session.settings.published / f"{self.scorecard}{then}{suffix}"

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.spreadsheet if self.kind == 'sheets' else self.path}"


def _stamp(at: datetime) -> str:
    """An instant as part of a file's name: every instant has a name of its own."""
    return f"{at:%Y%m%dT%H%M%S}" + (f".{at.microsecond:06}" if at.microsecond else "") + "Z"


def carry_out(
    place: Place, grids: Sequence[Grid], stored: Sequence[Published], *, dry_run: bool, intend: Intend = nothing
) -> Outcome:
    """Brings the place to what the grids say. `stored`: what landed there last, then what may have landed since."""
    if place.kind == "sheets":
        return _in_spreadsheet(place, grids, stored, dry_run=dry_run, intend=intend)
    from core.publish import csv_files, xlsx

    executor = xlsx.publish if place.kind == "xlsx" else csv_files.publish

    def foreign(last: Published) -> int:
        return len(executor(grids, place.path, last, policy=place.asked.policy, dry_run=True).edits_kept)

    # After a kill nobody knows whether the announced file landed: it did, if fewer cells then look edited by people.
    last = min(reversed(stored), key=foreign) if len(stored) > 1 else next(iter(stored), Published())
    return executor(grids, place.path, last, policy=place.asked.policy, dry_run=dry_run, intend=intend)


def _in_spreadsheet(
    place: Place, grids: Sequence[Grid], stored: Sequence[Published], *, dry_run: bool, intend: Intend
) -> Outcome:
    from core.publish.sheets.publish import Target, publish

    if not place.spreadsheet:
        raise MisuseError(
            f"No spreadsheet is set for {place.scorecard}.",
            next_step=f"Set KPI_SPREADSHEET_{place.scorecard.upper()} to its id or address.",
        )
    target = Target(place.session.sheets, place.spreadsheet, place.scorecard, list(stored))
    return publish(grids, target, place.asked.policy, dry_run=dry_run, intend=intend)
