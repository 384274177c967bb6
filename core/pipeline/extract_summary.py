"""The summary of a scorecard: every KPI in a row for programs, or in a line for people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.catalog import Definition
from core.kpi import Scorecard
from core.periods import Period, instants
from core.publish.extract_files import Cell
from core.readings import Number, Reading, State
from core.targets import Status
from core.units import show

HEAD = ("kpi", "title", "period", "value", "unit", "previous", "target", "status", "alert", "state")
_SAID = {Status.ON: "on target", Status.NEAR: "near target", Status.OFF: "off target"}


@dataclass(frozen=True, slots=True)
class Told:
    """A KPI, its number for a period and the one before."""

    definition: Definition
    reading: Reading
    before: Number

    @property
    def status(self) -> Status:
        return self.definition.kpi.status(self.reading.value, self.reading.period)

    @property
    def alert(self) -> str:
        """How severe it is that the number is as it is, or changed as it did."""
        found = self.definition.kpi.alarm(self.before.value, self.reading.value)
        return found.severity if found else ""

    def row(self) -> list[Cell]:
        kpi, reading = self.definition.kpi, self.reading
        goal = kpi.held_against(reading.period)
        status = "" if goal is None else str(self.status)
        numbers: list[Cell] = [reading.value, kpi.unit, self.before.value, goal]
        return [self.definition.slug, kpi.title, reading.period.label, *numbers, status, self.alert, str(reading.state)]

    def cells(self) -> tuple[str, str, str]:
        """The number, the one before, and what is to be said of it."""
        unit, reading = self.definition.kpi.unit, self.reading
        said = [_SAID.get(self.status, ""), f"alert: {self.alert}" if self.alert else ""]
        if reading.state is not State.FINAL:
            why = "" if reading.has_number else f": {reading.note}".rstrip(": ")
            said.append(f"{reading.state}{why}")
        return show(reading.value, unit), show(self.before.value, unit), "; ".join(filter(None, said))


def lines(card: Scorecard, period: Period, told: Sequence[Told]) -> Iterator[str]:
    """What people read: as of when, then a line for each KPI."""
    yield f"{card.title}, {period.label}"
    yield f"As of {instants(period, card.zone)[1]:%Y-%m-%d %H:%M %Z}, the end of the period."
    yield ""
    rows = [("", period.label, "before", ""), *((one.definition.kpi.title, *one.cells()) for one in told)]
    widths = [max(len(row[n]) for row in rows) for n in range(3)]
    for title, now, before, said in rows:
        yield f"{title:<{widths[0]}}  {now:>{widths[1]}}  {before:>{widths[2]}}  {said}".rstrip()
