"""KPIs and scorecards: the two objects that definition files hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

from core.errors import MisuseError, did_you_mean
from core.examples import Example
from core.measures import Blend, Expression, Measure, Query, are_texts, text_problems
from core.periods import WEEKDAYS, Cadence, Period, parse
from core.targets import Amount, Better, Status, Target, amount_problems, is_amount

_OLDEST = 1000  # periods: twenty years of weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class KPI:
    """How a number is got and read. Its path says which one it is, its docstring what it means.

    `empty` is the number to record when the query finds nothing; unset, nothing found is unknown. `tolerance` is
    the relative difference below which two floats are the same. `sensitivity` is the change that is worth a
    look, `critical_drop` and `critical_spike` those that are an alarm (shares: 0.15 is 15 %). `revisit` lists after
    how many periods a closed one is evaluated again: (1, 2, 4, 13) finds what came late within a quarter. `examples`
    say what the query makes of a few rows: `kpi test` runs them, and they are no part of how the number is got.
    """

    title: str
    owner: str
    unit: str
    better: Better
    measure: Measure
    target: Target | Amount | None = None
    cadence: Cadence = "weekly"
    dimensions: Sequence[str] = ()
    empty: Amount | None = None
    tolerance: float = 1e-9
    sensitivity: float | None = None
    critical_drop: float | None = None
    critical_spike: float | None = None
    since: str = ""
    retired: str = ""
    revisit: Sequence[int] = (1, 2, 4, 13)
    examples: Sequence[Example] = ()

    @property
    def goal(self) -> Target | None:
        """The target as a `Target`, however it was written."""
        return self.target if self.target is None or isinstance(self.target, Target) else Target(self.target)

    def status(self, value: Decimal | None, period: Period) -> Status:
        """The value against the target in force on the period's last day."""
        return self.goal.status(value, self.better, period.end - timedelta(days=1)) if self.goal else Status.UNKNOWN

    @property
    def nothing_found(self) -> Decimal | None:
        return None if self.empty is None else Decimal(str(self.empty))

    def problems(self) -> list[str]:
        """Every fault of the definition, as sentences without the file's name."""
        found = text_problems(self, "title", "owner", "unit")
        for word, kinds in (("better", Better), ("cadence", Cadence)):
            said, known = getattr(self, word), get_args(kinds)
            if said not in known:
                found.append(f'{word}="{said}" is none of {", ".join(known)}. {did_you_mean(str(said), known)}'.strip())
        if isinstance(self.measure, Query | Blend | Expression):
            found += self.measure.problems()
        else:
            found.append("measure is none of Query(...), Blend(...) or a ref() expression")
        if self.goal:
            found += self.goal.problems(self.better)
        if self.empty is not None and not is_amount(self.empty):
            found.append(f"empty={self.empty} is not a number")
        found += amount_problems(self, "tolerance")
        found += amount_problems(self, "sensitivity", "critical_drop", "critical_spike", optional=True)
        if not are_texts(self.dimensions):
            found.append('dimensions is not a list of columns: write dimensions=("region", "plan")')
        if not (isinstance(self.revisit, tuple | list) and all(_is_age(age) for age in self.revisit)):
            found.append(f"revisit={self.revisit!r} is not a list of periods: write revisit=(1, 2, 4, 13)")
        for word in ("since", "retired"):
            found += _period_problems(word, getattr(self, word), self.cadence)
        return found + self._example_problems()

    def _example_problems(self) -> list[str]:
        if not (isinstance(self.examples, tuple | list) and all(isinstance(one, Example) for one in self.examples)):
            return ['examples is not a list of examples: write examples=(Example(period="2026-W47", expect=3),)']
        return [
            f"example {number}: {what}"
            for number, example in enumerate(self.examples, start=1)
            for what in example.problems() or _period_problems("period", example.period, self.cadence)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A folder of KPIs with one audience. Dates mean midnight in `timezone`; weeks start on `week_start`."""

    title: str
    owner: str
    timezone: str = "UTC"
    week_start: str = "monday"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def first_weekday(self) -> int:
        """0 for Monday to 6 for Sunday."""
        return WEEKDAYS.index(self.week_start)

    def problems(self) -> list[str]:
        found = text_problems(self, "title", "owner")
        if self.week_start not in WEEKDAYS:
            hint = did_you_mean(str(self.week_start), WEEKDAYS)
            found.append(f'week_start="{self.week_start}" is not a weekday. {hint}'.strip())
        try:
            ZoneInfo(self.timezone)
        except (ValueError, KeyError, OSError, TypeError, AttributeError):  # the last two: no text at all
            found.append(f'timezone="{self.timezone}" is not a time zone: write one as "Europe/London"')
        return found


def _is_age(said: object) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 0 < said <= _OLDEST


def _period_problems(word: str, text: str, cadence: Cadence) -> list[str]:
    if text == "":
        return []
    if not isinstance(text, str) or not re.fullmatch(r"[\d\-Ww]+", text):
        return [f'{word}="{text}" is not a period']
    try:
        period = parse(text)
    except MisuseError as error:
        return [f"{word}: {error}"]
    return [] if period.cadence == cadence else [f'{word}="{text}" is not a {cadence} period']
