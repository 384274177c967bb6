"""What `kpi diff` found, as values: by KPI, by published tab, in a sentence and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from core.pipeline.changes import Beside, Change
from core.pipeline.touched_cells import Touched
from core.readings import Reading, State
from core.targets import Status
from core.units import counted


@dataclass(frozen=True, slots=True)
class Moved:
    """A recorded period whose number or status would be another one.

    `by_data`: the definition at the base would now find the same number, so that rows that came since moved it.
    """

    was: Reading
    becomes: Reading
    status_was: Status
    status: Status
    by_data: bool = False

    @property
    def label(self) -> str:
        return self.was.period.label

    @property
    def restated(self) -> bool:
        return not self.by_data and self.was.number != self.becomes.number

    @property
    def flips(self) -> bool:
        return not self.by_data and self.status_was is not self.status

    @property
    def change(self) -> Decimal | None:
        before, after = self.was.value, self.becomes.value
        return None if before is None or after is None else after - before

    def as_json(self) -> dict[str, object]:
        return {
            "period": self.label,
            "was": self.was.value,
            "becomes": self.becomes.value,
            "change": self.change,
            "state": self.was.state,
            "status_was": self.status_was,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class Trouble:
    """Periods that the new definition gives no number for; what is recorded of them stands."""

    state: State
    note: str
    periods: Sequence[str]

    def sentence(self) -> str:
        where = self.periods[0] if len(self.periods) == 1 else f"{self.periods[0]} to {self.periods[-1]}"
        return f"{counted(len(self.periods), 'period')} would be {self.state} ({where}): {self.note}"


@dataclass(frozen=True)
class KpiDiff:
    """One KPI: how its definition differs, and what that does to the periods that were compared, if any were."""

    change: Change
    compared: Sequence[str] = ()
    moved: Sequence[Moved] = ()
    troubles: Sequence[Trouble] = ()
    refused: str = ""

    @property
    def restated(self) -> list[Moved]:
        return [moved for moved in self.moved if moved.restated]

    @property
    def flips(self) -> list[Moved]:
        return [moved for moved in self.moved if moved.flips]

    @property
    def by_data(self) -> list[Moved]:
        return [moved for moved in self.moved if moved.by_data]

    @property
    def unit(self) -> str:
        definition = self.change.now or self.change.before
        return definition.kpi.unit if definition else ""

    @property
    def title(self) -> str:
        definition = self.change.now or self.change.before
        return definition.kpi.title if definition else ""

    def remarks(self) -> list[str]:
        """What is to be said beside the numbers."""
        said = [trouble.sentence() for trouble in self.troubles]
        if self.refused:
            said.append(self.refused)
        if unknown := [moved for moved in self.restated if moved.becomes.value is None]:
            said.append(f"{counted(len(unknown), 'period')} would become unknown")
        if self.by_data:
            said.append(f"{counted(len(self.by_data), 'period')} would move without the change too: data came since")
        return said

    def as_json(self) -> dict[str, object]:
        return {
            "kpi": self.change.name,
            "number": self.change.key.partition(".")[2],
            "title": self.title,
            "unit": self.unit,
            "kinds": {str(kind): told for kind, told in self.change.kinds.items()},
            "compared": list(self.compared),
            "restated": [moved.as_json() for moved in self.restated],
            "flips": [moved.as_json() for moved in self.flips],
            "moved_by_data": [moved.as_json() for moved in self.by_data],
            "troubles": [{"state": t.state, "note": t.note, "periods": list(t.periods)} for t in self.troubles],
            "refused": self.refused,
        }


@dataclass(frozen=True)
class Diff:
    """The whole comparison. `numbers` says which periods were compared, or why none were."""

    against: str
    commit: str
    kpis: Sequence[KpiDiff]
    beside: Sequence[Beside] = ()
    tabs: Sequence[Touched] = ()
    numbers: str = ""
    problems: Sequence[str] = field(default_factory=tuple)

    @property
    def restates(self) -> bool:
        return any(found.restated for found in self.kpis)

    @property
    def cards(self) -> list[str]:
        """Scorecards that differ themselves."""
        return [b.name.removeprefix("scorecard ") for b in self.beside if b.name.startswith("scorecard ")]

    def sentence(self) -> str:
        """`3 KPIs changed; 12 periods would be restated, 2 statuses flip, 14 published cells would be touched.`"""
        if not self.kpis and not self.beside:
            return f"No KPI differs from {self.against}."
        restated = sum(len(found.restated) for found in self.kpis)
        flips = sum(len(found.flips) for found in self.kpis)
        cells = sum(len(tab.cells) for tab in self.tabs)
        return (
            f"{counted(len(self.kpis), 'KPI')} changed; {counted(restated, 'period')} would be restated, "
            f"{counted(flips, 'status').replace('statuss', 'statuses')} would flip, "
            f"{counted(cells, 'published cell')} would be touched."
        )

    def as_json(self) -> dict[str, object]:
        return {
            "against": self.against,
            "commit": self.commit,
            "numbers": self.numbers,
            "kpis": [found.as_json() for found in self.kpis],
            "beside": [{"what": b.name, "change": b.what, "kpis": list(b.kpis)} for b in self.beside],
            "tabs": [
                {
                    "scorecard": tab.scorecard,
                    "target": tab.target,
                    "tab": tab.tab,
                    "cells": [
                        {"row": c.row, "column": c.column, "was": c.was, "becomes": c.becomes} for c in tab.cells
                    ],
                    "new_rows": list(tab.new_rows),
                }
                for tab in self.tabs
            ],
            "problems": list(self.problems),
        }
