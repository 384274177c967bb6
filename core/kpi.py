"""KPIs and scorecards: the two objects that definition files hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from core.errors import MisuseError, did_you_mean
from core.examples import Example
from core.expressions import Expression
from core.extracts import Extract
from core.field_problems import are_texts, text_problems
from core.measures import Blend, Measure, Query, binds
from core.parameters import with_parameters
from core.periods import WEEKDAYS, Cadence, Day, Period, parse
from core.targets import Alarm, Amount, Better, Limit, Status, Target, alarm, amount_problems, exact, is_amount
from core.units import show

KPIType = Literal["", "north_star", "driver", "guardrail", "diagnostic"]
Tier = Literal["", "executive", "leadership", "operational", "diagnostic"]
Kind = Literal["", "flow", "stock", "ratio"]
_OLDEST = 1000  # periods: twenty years of weeks
_BINDS = frozenset(binds(Day(date(2000, 1, 1))))  # names that stand for something else in every query


@dataclass(frozen=True, slots=True, kw_only=True)
class KPI:
    """How a number is got and read. Its path says which one it is, its docstring what it means.

    `empty` is the number to record when the query finds nothing; unset, nothing found is unknown. `tolerance` is
    the relative difference below which two floats are the same. `sensitivity` is the change that is worth a
    look, `critical_drop` and `critical_spike` those that are an alarm (shares: 0.15 is 15 %). `revisit` lists after
    how many periods a closed one is evaluated again: (1, 2, 4, 13) finds what came late within a quarter. `examples`
    say what the query makes of a few rows: `kpi test` runs them, and they are no part of how the number is got.

    `type` says what the KPI is for, `tier` who reads it, `tags` are words to find it by. `kind` says how it is rolled
    up into longer periods: a `flow` is summed, a `stock` is taken at the end, a `ratio` is made of its parts.
    `limits` are changes from one period to the next that are worth a word.
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
    type: KPIType = ""
    tier: Tier = ""
    tags: Sequence[str] = ()
    kind: Kind = ""
    limits: Sequence[Limit] = ()

    @property
    def goal(self) -> Target | None:
        """The target as a `Target`, however it was written."""
        return self.target if self.target is None or isinstance(self.target, Target) else Target(self.target)

    def target_for(self, period: Period) -> Decimal | None:
        """The target in force on the period's last day."""
        return self.goal.at(period.end - timedelta(days=1)) if self.goal else None

    def held_against(self, period: Period) -> Decimal | None:
        """The target in force on the period's last day; where there is none to reach, the limit that warns."""
        if self.goal and self.goal.value is None and self.goal.warn is not None:
            return exact(self.goal.warn)
        return self.target_for(period)

    def status(self, value: Decimal | None, period: Period) -> Status:
        """The value against the target in force on the period's last day."""
        return self.goal.status(value, self.better, period.end - timedelta(days=1)) if self.goal else Status.UNKNOWN

    @property
    def alarms(self) -> Sequence[Limit]:
        """Its limits, those that `critical_drop` and `critical_spike` are among them."""
        named = [] if self.critical_drop is None else [Limit(-self.critical_drop, "high")]
        return [*self.limits, *named, *([] if self.critical_spike is None else [Limit(self.critical_spike, "high")])]

    def alarm(self, before: Decimal | None, value: Decimal | None) -> Alarm | None:
        """Of a number and the one of the period before: too bad by itself, or too great a change."""
        changed = alarm(self.alarms, before, value, self.cadence)
        if self.goal and self.goal.critical is not None and self.goal.is_critical(value, self.better):
            beyond = f"beyond {show(exact(self.goal.critical), self.unit)}, the critical limit"
            return Alarm("high", f"{beyond}; {changed.why}" if changed else beyond)
        return changed

    @property
    def nothing_found(self) -> Decimal | None:
        return None if self.empty is None else exact(self.empty)

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
        found += [
            f"{word}=0 would sound at every change: write a share such as 0.15"
            for word in ("critical_drop", "critical_spike")
            if is_amount(said := getattr(self, word)) and said == 0
        ]
        if not are_texts(self.dimensions):
            found.append('dimensions is not a list of columns: write dimensions=("region", "plan")')
        if not (isinstance(self.revisit, tuple | list) and all(_is_age(age) for age in self.revisit)):
            found.append(f"revisit={self.revisit!r} is not a list of periods: write revisit=(1, 2, 4, 13)")
        for word in ("since", "retired"):
            found += _period_problems(word, getattr(self, word), self.cadence)
        for word, kinds in (("type", KPIType), ("tier", Tier), ("kind", Kind)):
            said, known = getattr(self, word), get_args(kinds)
            if said not in known:
                hint = did_you_mean(str(said), known)
                found.append(f'{word}="{said}" is none of {", ".join(filter(None, known))}. {hint}'.strip())
        if not are_texts(self.tags):
            found.append('tags is not a list of words: write tags=("growth",)')
        if not (isinstance(self.limits, tuple | list) and all(isinstance(one, Limit) for one in self.limits)):
            found.append('limits is not a list of limits: write limits=(Limit(-0.05, severity="high"),)')
        else:
            found += [what for limit in self.limits for what in limit.problems()]
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
    """A folder of KPIs with one audience. Dates mean midnight in `timezone`; weeks start on `week_start`.

    `parameters` are numbers that its queries share: `{"sla_hours_p1": 24}` is `:sla_hours_p1` in each of them. Another
    number is another definition of the KPIs that name it. `files` are what `kpi publish --to files` writes.
    """

    title: str
    owner: str
    timezone: str = "UTC"
    week_start: str = "monday"
    parameters: Mapping[str, Amount] = field(default_factory=dict)
    files: Sequence[Extract] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def first_weekday(self) -> int:
        """0 for Monday to 6 for Sunday."""
        return WEEKDAYS.index(self.week_start)

    def defined(self, kpi: KPI) -> KPI:
        """The KPI with the scorecard's parameters in its queries."""
        return replace(kpi, measure=with_parameters(kpi.measure, self.parameters)) if self.parameters else kpi

    def problems(self) -> list[str]:
        found = [*text_problems(self, "title", "owner"), *self._parameter_problems(), *self._file_problems()]
        if self.week_start not in WEEKDAYS:
            hint = did_you_mean(str(self.week_start), WEEKDAYS)
            found.append(f'week_start="{self.week_start}" is not a weekday. {hint}'.strip())
        try:
            ZoneInfo(self.timezone)
        except (ValueError, KeyError, OSError, TypeError, AttributeError):  # the last two: no text at all
            found.append(f'timezone="{self.timezone}" is not a time zone: write one as "Europe/London"')
        return found

    def _parameter_problems(self) -> Iterator[str]:
        if not isinstance(self.parameters, Mapping):
            yield 'parameters are written with their numbers: parameters={"sla_hours": 24}'
            return
        for name, amount in self.parameters.items():
            if not (isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]*", name)):
                yield f"parameter {name!r} is not a name in lower case, digits and underscores"
            elif name in _BINDS:
                yield f'parameter "{name}" has the name of a bind: :{name} stands for the period'
            if not is_amount(amount):
                yield f"parameter {name!r} is {amount!r}, not a number"

    def _file_problems(self) -> Iterator[str]:
        if not (isinstance(self.files, tuple | list) and all(isinstance(one, Extract) for one in self.files)):
            yield 'files is not a list of extracts: write files=(Extract("backlog.csv", columns={...}),)'
            return
        names = [extract.name for extract in self.files]
        yield from (f'file "{name}" stands twice' for name in dict.fromkeys(names) if names.count(name) > 1)
        for extract in self.files:
            yield from extract.problems()


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
