"""The report of a run: what was evaluated, what was recorded, what went wrong."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from core.catalog import Fault
from core.readings import Reading
from core.units import counted


@dataclass
class Report:
    """What a run did. Everything in it is also in the ledger, under the run's number."""

    command: str
    run: int = 0
    scorecards: tuple[str, ...] = ()
    kpis: int = 0
    periods: int = 0
    evaluated: int = 0
    recorded: Counter[str] = field(default_factory=Counter)
    revisited: int = 0  # final periods among them, looked at again
    troubles: list[Reading] = field(default_factory=list)
    unvisited: list[Reading] = field(default_factory=list)  # final periods that could not be looked at again
    waiting: list[Reading] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # worth knowing, and no failure
    left_out: list[str] = field(default_factory=list)  # KPIs of another kind of period than the one asked for

    def add(self, other: "Report") -> None:
        """What another run did, told together with this one."""
        self.run = other.run
        self.scorecards = tuple(dict.fromkeys([*self.scorecards, *other.scorecards]))
        self.recorded.update(other.recorded)
        for name in ("kpis", "periods", "evaluated", "revisited"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("troubles", "unvisited", "waiting", "faults", "problems", "remarks", "left_out"):
            getattr(self, name).extend(getattr(other, name))

    @property
    def state(self) -> Literal["done", "failed"]:
        return "failed" if self.troubles or self.unvisited or self.faults or self.problems else "done"

    @property
    def exit_code(self) -> int:
        return 0 if self.state == "done" else 1

    def sentence(self, dry_run: bool = False) -> str:
        """The whole run in a line or two."""
        if not self.periods and self.state == "failed":
            return "Nothing else is due."
        if not self.periods and self.command == "backfill":
            return "Nothing is asked: every number there is final, from the same query and the same rows. --force asks."
        if not self.periods:
            return "Nothing is due: every complete period has its final number."
        if self.periods == self.revisited and not self.recorded and self.state == "done":
            again = f"{counted(self.revisited, 'reading')} looked at again"
            return f"Nothing is due: every complete period has its final number; {again}, nothing new."
        names = ", ".join(self.scorecards)
        again = f", {self.revisited:,} of them again" if self.revisited else ""
        done = f"{names}: {counted(self.kpis, 'KPI')}, {counted(self.evaluated, 'reading')} evaluated{again}"
        news = ", ".join(f"{count} {reason}" for reason, count in sorted(self.recorded.items())) or "nothing new"
        recorded = "a dry run records nothing" if dry_run else f"recorded: {news}"
        waiting = f" {len(self.waiting)} without data: {self.waiting[-1].note}." if self.waiting else ""
        left = f" Left out, as they have other periods: {', '.join(self.left_out)}." if self.left_out else ""
        return f"{done}; {recorded}.{waiting}{left}"

    def as_json(self) -> dict[str, object]:
        return {
            "command": self.command,
            "run": self.run,
            "state": self.state,
            "scorecards": list(self.scorecards),
            "kpis": self.kpis,
            "periods": self.periods,
            "evaluated": self.evaluated,
            "recorded": dict(self.recorded),
            "revisited": self.revisited,
            "troubles": [_told(r) for r in self.troubles],
            "unvisited": [_told(r) for r in self.unvisited],
            "waiting": [_told(r) for r in self.waiting],
            "faults": [str(f) for f in self.faults],
            "problems": self.problems,
            "remarks": self.remarks,
            "left_out": self.left_out,
        }


def _told(reading: Reading) -> dict[str, str]:
    return {"kpi": reading.kpi, "period": reading.period.label, "state": reading.state, "note": reading.note}
