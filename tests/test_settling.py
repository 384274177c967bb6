"""How numbers settle: told from the history once there is enough of it, and only from what data alone moved."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.ledger.rules import Recorded
from core.periods import Period, Week, instants
from core.readings import Number, Reading, State
from core.settling import settling

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def line(week: Week, value: str, days: float, reason: str = "late data") -> Recorded:
    """A number recorded so many days after the week's end."""
    at = instants(week, ZONE)[1] + timedelta(days=days)
    return Recorded(Reading("sales.01", week, Number(Decimal(value)), State.FINAL), reason, "h", 1, at, 1)


def weeks(count: int, then: str, *, days: float = 20) -> dict[Period, list[Recorded]]:
    found = [Week.of(2026, 5 + n) for n in range(count)]
    return {week: [line(week, "100", 1, "first"), line(week, then, days)] for week in found}


def test_the_middle_half_of_the_moves_is_told() -> None:
    lines: dict[Period, list[Recorded]] = {}
    for n, then in enumerate(("100.5", "100.8", "101", "101.2", "101.4", "101.9", "102", "104")):
        week = Week.of(2026, 5 + n)
        lines[week] = [line(week, "100", 2, "first"), line(week, then, 20)]
    found = settling(lines, ZONE, NOW)
    assert found is not None
    assert found.sentence() == (
        "week-1 numbers of this KPI usually move +0.9 % to +1.9 % by week 4 (the middle half of 8 weeks)"
    )


@pytest.mark.parametrize(
    "lines",
    [
        weeks(7, "101"),  # too few
        weeks(12, "100"),  # none moved
        weeks(12, "101", days=36),  # they moved later than week 4: nothing until then
        {w: [line(w, "101", 20, "first")] for w in weeks(12, "101")},  # backfilled: nobody saw a week-1 number
        {w: [*ls, line(w, "50", 22, "query change")] for w, ls in weeks(12, "101").items()},
        {w: [*ls, line(w, "50", 22, "manual correction")] for w, ls in weeks(12, "101").items()},
        {w: [line(w, "0", 1, "first"), line(w, "5", 20)] for w in weeks(12, "101")},  # no relative change from 0
    ],
)  # fmt: skip
def test_nothing_is_said_where_there_is_nothing_to_learn(lines: dict[Period, list[Recorded]]) -> None:
    assert settling(lines, ZONE, NOW) is None


def test_weeks_too_young_to_have_settled_are_left_out() -> None:
    lines = weeks(8, "101")
    last = list(lines)[-1]
    assert settling(lines, ZONE, instants(last.shift(4), ZONE)[1] - timedelta(seconds=1)) is None
    assert settling(lines, ZONE, instants(last.shift(4), ZONE)[1]) is not None
