"""Segments in the warehouse: the table `vl_analytics.segment`, one row for each segment, metric and period.

Functions take a connection and leave its transaction to the caller.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.catalog import BoundSegments
from core.ledger.readings import CADENCES
from core.periods import Period, starting
from core.readings import Number, State
from core.segments import Segmented
from core.sql import statements


@dataclass(frozen=True, slots=True)
class Known:
    """What stands of a period: its state, and which definition made it."""

    state: State
    definition_hash: str


def known(connection: sa.Connection, scorecard: str) -> dict[str, dict[Period, Known]]:
    """By the set's name without its scorecard, then by period."""
    found: dict[str, dict[Period, Known]] = {}
    for row in connection.execute(_sql("known"), {"scorecard": scorecard}):
        period = starting(CADENCES[row.range_type], row.period_start)
        found.setdefault(row.segment_set, {})[period] = Known(State(row.state), row.definition_hash)
    return found


def standing(connection: sa.Connection, scorecard: str) -> dict[str, list[Segmented]]:
    """By the set's name: every period that stands there, oldest first."""
    found: dict[tuple[str, Period], dict[tuple[str, str], Number]] = {}
    states: dict[tuple[str, Period], tuple[State, str]] = {}
    for row in connection.execute(_sql("standing"), {"scorecard": scorecard}):
        key = (row.segment_set, starting(CADENCES[row.range_type], row.period_start))
        number = Number(row.metric_value, row.numerator, row.denominator)
        found.setdefault(key, {})[row.segment, row.metric] = number
        states[key] = State(row.state), row.note
    sets: dict[str, list[Segmented]] = {}
    for (name, period), numbers in found.items():
        sets.setdefault(name, []).append(Segmented(period, *states[name, period], numbers))
    return sets


def record(connection: sa.Connection, run: int, bound: BoundSegments, found: Sequence[Segmented], now: datetime) -> int:
    """Bring the table in line with these periods; how many of them were new or other than before.

    What no segment or metric of today bears goes from these periods.
    """
    given: Mapping[str, Any] = {
        "scorecard": bound.of.scorecard,
        "segment_set": bound.slug,
        "set_details": bound.segments.title,
        "range_type": bound.of.kpi.cadence,
        "definition_hash": bound.hash,
        "numbers": json.dumps([row for one in found for row in _rows(bound, one)]),
        "run_id": run,
        "now": now,
    }
    return int(connection.execute(_sql("record"), given).scalar_one())


def _rows(bound: BoundSegments, found: Segmented) -> Iterator[dict[str, object]]:
    period = found.period
    of_the_period = {
        "period": period.label,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "year": period.year,
        "week_month": period.number,
        "state": found.state,
        "note": found.note,
    }
    metrics = bound.segments.metrics
    for place, (segment, told) in enumerate(bound.segments.names.items()):
        for n, metric in enumerate(metrics):
            number = found.number(segment, metric.name)
            yield of_the_period | {
                "segment": segment,
                "segment_details": told,
                "metric": metric.name,
                "unit": metric.unit,
                "place": place * len(metrics) + n,
                "metric_value": _text(number.value),
                "numerator": _text(number.numerator),
                "denominator": _text(number.denominator),
            }


def _text(number: Decimal | None) -> str | None:
    """As text, so that no digit is lost on the way through JSON."""
    return None if number is None else format(number, "f")


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("segments")[name])
