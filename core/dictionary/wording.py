"""How the facts of a KPI are said: the same words on the command line and on the pages."""

from collections.abc import Mapping
from datetime import date

from core.catalog import Definition
from core.kpi import KPI
from core.targets import Limit, Target, exact
from core.units import show

_ROLLED = {
    "flow": "a flow, summed",
    "stock": "a stock, taken at the end",
    "ratio": "a ratio, made of its parts",
}
_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month"}


def target_text(definition: Definition) -> str:
    """`12 forms`, `3.0 % (near up to 5.0 %)`: the target in force at last."""
    goal, unit = definition.kpi.goal, definition.kpi.unit
    if goal is None:
        return ""
    if goal.value is None:
        return f"none (near beyond {show(exact(goal.warn or 0), unit)}{_critical(goal, unit)})"
    return show(goal.at(date.max), unit) + _near(goal, definition.kpi)


def every_target(definition: Definition) -> str:
    """The same, with each step: `12 forms from 2026-01-01, 10 forms from 2026-07-01 (near up to 14 forms)`; of a path,
    `in a straight line 12 forms on 2026-03-31, 10 forms on 2026-06-30`."""
    goal, unit = definition.kpi.goal, definition.kpi.unit
    if goal is None or not isinstance(goal.value, Mapping):
        return target_text(definition)
    lead, when = ("in a straight line ", "on") if goal.path == "straight" else ("", "from")
    steps = [f"{show(exact(amount), unit)} {when} {day}" for day, amount in sorted(goal.value.items())]
    return lead + ", ".join(steps) + _near(goal, definition.kpi)


def limit_text(limit: Limit) -> str:
    """`falls by more than 5.0 % (high)`."""
    change = exact(limit.change)
    return f"{'falls' if change < 0 else 'rises'} by more than {show(abs(change), '%')} ({limit.severity})"


def alarm_text(kpi: KPI) -> str:
    """`worth a look from a change of 5.0 %, an alarm from a fall by 15.0 %`."""
    amounts = [
        ("worth a look from a change of", kpi.sensitivity),
        ("an alarm from a fall by", kpi.critical_drop),
        ("an alarm from a rise by", kpi.critical_spike),
    ]
    return ", ".join(f"{told} {show(exact(amount), '%')}" for told, amount in amounts if amount is not None)


def each_text(definition: Definition) -> str:
    """`week, Europe/London`."""
    return f"{_PERIODS[definition.kpi.cadence]}, {definition.card.timezone}"


def kind_text(kpi: KPI) -> str:
    """How it is rolled up into longer periods, where that is said."""
    return _ROLLED.get(kpi.kind, "")


def role_text(kpi: KPI) -> str:
    """`north star, executive`: what it is for, and who reads it."""
    return ", ".join(word.replace("_", " ") for word in (kpi.type, kpi.tier) if word)


def _near(goal: Target, kpi: KPI) -> str:
    unit, towards = kpi.unit, "down to" if kpi.better == "higher" else "up to"
    if goal.warn is None or exact(goal.warn) == goal.at(date.max):
        return f" ({_critical(goal, unit).removeprefix(', ')})" if goal.critical is not None else ""
    return f" (near {towards} {show(exact(goal.warn), unit)}{_critical(goal, unit)})"


def _critical(goal: Target, unit: str) -> str:
    return "" if goal.critical is None else f", an alarm beyond {show(exact(goal.critical), unit)}"
