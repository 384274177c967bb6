"""Status in the ledger: every number against its target, kept beside it for those who read tables.

It says what is so now. A target that changes is judged anew for all periods; what was shown then is told by
publishing as of then.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import cast

import sqlalchemy as sa

from core.catalog import Definition
from core.periods import Cadence, Period, starting
from core.sql import statements
from core.targets import Status


def judge(
    connection: sa.Connection, scorecard: str, numbers: Iterable[tuple[Definition, Period, Decimal | None]]
) -> None:
    """Keep the status of these numbers, which stand in the scorecard's table."""
    rows = [
        {
            "kpi_number": definition.number,
            "range_type": period.cadence,
            "period_start": period.start.isoformat(),
            "status": definition.kpi.status(value, period),
            "target": _text(definition.kpi.target_for(period)),
            "goal": goal(definition),
        }
        for definition, period, value in numbers
    ]
    if rows:
        connection.execute(_sql("judge"), {"scorecard": scorecard, "judged": json.dumps(rows)})


def judge_anew(connection: sa.Connection, scorecard: str, definitions: Sequence[Definition]) -> None:
    """Of numbers that were never judged, or by another target or direction."""
    mine = {d.number: d for d in definitions if d.scorecard == scorecard}
    goals = json.dumps([{"kpi_number": number, "goal": goal(d)} for number, d in mine.items()])
    rows = connection.execute(_sql("unjudged"), {"scorecard": scorecard, "goals": goals}).all()
    judge(
        connection,
        scorecard,
        [
            (mine[row.kpi_number], starting(cast(Cadence, row.range_type), row.period_start), row.field_value)
            for row in rows
        ],
    )


def newest(connection: sa.Connection, scorecard: str) -> dict[str, tuple[Period, Status]]:
    """By KPI number: its newest period that has a number, and how that stands."""
    return {
        row.kpi_number: (starting(cast(Cadence, row.range_type), row.period_start), Status(row.status))
        for row in connection.execute(_sql("newest"), {"scorecard": scorecard})
    }


def goal(definition: Definition) -> str:
    """Changes with the target, its limits and the direction."""
    told = repr((definition.kpi.goal, definition.kpi.better))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("status")[name])
