"""What KPIs and scorecards were at which time, so that a look back shows the titles and targets of then."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.catalog import Definition
from core.kpi import KPI, Scorecard
from core.measures import Query
from core.periods import Period, starting
from core.sql import statements
from core.targets import Limit, Target

_WORDS = ("title", "owner", "unit", "better", "cadence", "since", "retired")
_GROUP = ("tier", "type", "critical_drop", "critical_spike")  # kept where a KPI has them
_CARD = ("title", "owner", "timezone", "week_start")


def describe(
    connection: sa.Connection,
    scorecard: str,
    card: Scorecard,
    definitions: Sequence[Definition],
    began: Mapping[str, Period],
    now: datetime,
) -> None:
    """Keep what is new about a scorecard and its KPIs, and since when each is due."""
    numbers = [d.number for d in definitions]
    told = {**{word: getattr(card, word) for word in _CARD}, "kpis": numbers}
    rows = [{"scorecard": scorecard, "kpi_number": "", "description": told}]
    rows += [
        {"scorecard": scorecard, "kpi_number": d.number, "description": description(d, began.get(d.key))}
        for d in definitions
    ]
    connection.execute(_sql("describe"), {"given": json.dumps(rows), "now": now})


def described(
    connection: sa.Connection, scorecard: str, at: datetime
) -> tuple[Scorecard | None, list[Definition], dict[str, Period]]:
    """The scorecard and its KPIs as they were described last at that instant, and when each began to be due.

    Before the first time, as they were described first; None where they never were.
    """
    rows = connection.execute(_sql("described"), {"scorecard": scorecard, "at": at}).all()
    if not rows:  # numbers older than descriptions are shown under the first titles that were kept
        first = connection.execute(_sql("first_described"), {"scorecard": scorecard}).scalar()
        rows = connection.execute(_sql("described"), {"scorecard": scorecard, "at": first}).all()
    by_number: dict[str, Mapping[str, Any]] = {row.kpi_number: row.description for row in rows}
    if "" not in by_number:
        return None, [], {}
    told = dict(by_number[""])
    numbers = told.pop("kpis")
    card = Scorecard(**told)
    began = {
        f"{scorecard}.{n}": starting(by_number[n]["cadence"], date.fromisoformat(by_number[n]["began"]))
        for n in numbers
        if by_number[n]["began"]
    }
    return card, [definition(scorecard, card, n, by_number[n]) for n in numbers], began


def description(d: Definition, began: Period | None) -> dict[str, Any]:
    """What people see of a KPI, as JSON: everything but how its number is got."""
    return {
        **{word: getattr(d.kpi, word) for word in _WORDS},
        **{word: said for word in _GROUP if (said := getattr(d.kpi, word))},
        "slug": d.slug,
        "doc": d.doc,
        "hash": d.hash,
        "target": _target(d.kpi.goal),
        "began": began.start.isoformat() if began else "",
        **({"limits": [[str(one.change), one.severity] for one in d.kpi.limits]} if d.kpi.limits else {}),
    }


def definition(scorecard: str, card: Scorecard, number: str, told: Mapping[str, Any]) -> Definition:
    """A KPI as it was described; its measure is not known any more, and evaluates to nothing."""
    kpi = KPI(
        **{word: told[word] for word in _WORDS},
        **{word: told[word] for word in _GROUP if word in told},
        target=_read_target(told["target"]),
        limits=[Limit(Decimal(change), severity) for change, severity in told.get("limits", ())],
        measure=Query("select null as value"),
    )
    return Definition(scorecard, number, told["slug"], kpi, card, told["doc"], Path())


def _target(goal: Target | None) -> dict[str, Any] | None:
    if goal is None:
        return None
    steps: object = (
        {day.isoformat(): str(amount) for day, amount in goal.value.items()}
        if isinstance(goal.value, Mapping)
        else _text(goal.value)
    )
    path = {} if goal.path == "steps" else {"path": goal.path}
    return {"value": steps, "warn": _text(goal.warn), "critical": _text(goal.critical)} | path


def _read_target(told: Mapping[str, Any] | None) -> Target | None:
    if told is None:
        return None
    value = told["value"]
    steps = (
        {date.fromisoformat(day): Decimal(amount) for day, amount in value.items()} if isinstance(value, dict) else None
    )
    held = _number(value) if steps is None else steps
    return Target(held, _number(told["warn"]), _number(told["critical"]), told.get("path", "steps"))


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("names")[name])
