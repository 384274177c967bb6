"""What is due: every complete period of a KPI's life that has no final number yet."""

from collections.abc import Mapping
from datetime import date

from core.catalog import Definition
from core.periods import Period, containing, last_complete, parse, span
from core.readings import Reading, State


def first_due(definition: Definition, recorded_from: Period | None, last: Period) -> Period:
    """Where a KPI's life begins: as it says itself, else with its first row, else now."""
    if definition.kpi.since:
        return parse(definition.kpi.since, definition.card.first_weekday)
    if not recorded_from:
        return last
    # In its own kind of period: the rows may date from when it had another, or weeks that began on another day.
    return containing(definition.kpi.cadence, recorded_from.start, definition.card.first_weekday)


def last_due(definition: Definition, today: date) -> Period:
    """The last complete period, or the one in which the KPI was retired."""
    last = last_complete(definition.kpi.cadence, today, definition.card.first_weekday)
    if not definition.kpi.retired:
        return last
    return min(last, parse(definition.kpi.retired, definition.card.first_weekday), key=lambda p: p.start)


def due_periods(
    definition: Definition, recorded: Mapping[Period, State], recorded_from: Period | None, today: date
) -> list[Period]:
    """In order: what a run has to fill, the weeks that were missed included."""
    last = last_due(definition, today)
    first = first_due(definition, recorded_from, last)
    return [p for p in span(first, last) if recorded.get(p) is not State.FINAL]


def revisits(
    definition: Definition, recorded: Mapping[Period, State], visited: Period | None, today: date
) -> list[Period]:
    """In order: final periods to look at again, each once it is as old as the KPI's `revisit` says.

    Ages that passed while nobody ran count too, since the period that was the last one at the latest visit.
    """
    last = last_complete(definition.kpi.cadence, today, definition.card.first_weekday)
    missed = len(list(span(visited, last))) - 1 if visited else 0
    ages = {age + k for age in definition.kpi.revisit for k in range(max(0, missed) + 1)}
    old_enough = [last.shift(1 - age) for age in sorted(ages, reverse=True)]
    return [p for p in old_enough if recorded.get(p) is State.FINAL and definition.lives(p)]


def without_holes(
    definition: Definition, readings: Mapping[Period, Reading], recorded_from: Period | None, today: date
) -> list[Reading]:
    """One reading for every period from the first due to the last complete: what is not recorded is missing,
    what lies behind the KPI's end is retired."""
    complete = last_complete(definition.kpi.cadence, today, definition.card.first_weekday)
    last = last_due(definition, today)
    return [
        readings.get(period)
        or Reading(definition.key, period, state=State.MISSING if period.start <= last.start else State.RETIRED)
        for period in span(first_due(definition, recorded_from, last), complete)
    ]
