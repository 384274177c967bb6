"""Targets: steps by date, a warn band, and the verdict that follows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kpi import KPI
from core.measures import Query
from core.periods import Cadence, Month
from core.targets import Better, Limit, Severity, Status, Target, alarm, broken

DAY = date(2026, 11, 20)
STEPS = Target({date(2026, 1, 1): 12, date(2026, 7, 1): 10}, warn=14)


@pytest.mark.parametrize(
    ("day", "target"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), 12),
        (date(2026, 6, 30), 12),
        (date(2026, 7, 1), 10),
        (date(2030, 1, 1), 10),
    ],
)
def test_the_last_step_begun_is_in_force(day: date, target: int | None):
    assert STEPS.at(day) == target


@pytest.mark.parametrize(
    ("value", "better", "status"),
    [
        (10, "lower", Status.ON),
        (11, "lower", Status.NEAR),
        (14, "lower", Status.NEAR),
        (15, "lower", Status.OFF),
        (10, "neither", Status.UNKNOWN),
        (None, "lower", Status.UNKNOWN),
    ],
)
def test_a_number_is_on_near_off_or_unknown(value: int | None, better: Better, status: Status):
    assert STEPS.status(None if value is None else Decimal(value), better, DAY) == status


def test_before_the_first_step_the_status_is_unknown():
    assert STEPS.status(Decimal(1), "lower", date(2025, 12, 31)) == Status.UNKNOWN


def test_a_share_is_compared_exactly_though_it_was_written_as_a_float():
    assert Target(0.3).status(Decimal("0.3"), "higher", DAY) == Status.ON
    assert Target(0.1).at(DAY) == Decimal("0.1")


def test_without_a_warn_limit_nothing_is_near():
    assert Target(10).status(Decimal("10.01"), "lower", DAY) == Status.OFF


@given(st.integers(-100, 100), st.integers(0, 50), st.integers(-300, 300))
def test_turning_the_sign_turns_the_direction(target: int, band: int, value: int):
    higher = Target(target, warn=target - band).status(Decimal(value), "higher", DAY)
    lower = Target(-target, warn=band - target).status(Decimal(-value), "lower", DAY)
    assert higher == lower


@given(st.integers(-100, 100), st.integers(0, 50), st.integers(-300, 300))
def test_a_better_number_never_has_a_worse_status(target: int, band: int, value: int):
    rank = [Status.OFF, Status.NEAR, Status.ON]
    goal = Target(target, warn=target - band)
    worse, better = (goal.status(Decimal(v), "higher", DAY) for v in (value, value + 1))
    assert rank.index(worse) <= rank.index(better)


def test_a_sound_target_has_no_problems():
    assert STEPS.problems("lower") == []
    assert Target(0.03, warn=0.05, critical=0.10).problems("lower") == []


def test_a_target_without_steps_is_told():
    assert Target({}).problems("higher") == ["target has no steps"]


@pytest.mark.parametrize("step", ["2026-01-01", 2026, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_a_step_begins_on_a_day(step: Any):
    (told,) = Target({step: 12}).problems("higher")
    assert told.endswith("is not a day: write date(2026, 1, 1)")


def test_a_target_without_a_direction_is_told():
    assert "better" in Target(12).problems("neither")[0]


@pytest.mark.parametrize(("warn", "better"), [(9, "lower"), (11, "higher")])
def test_a_warn_limit_on_the_good_side_is_told(warn: int, better: Better):
    assert Target(10, warn=warn).problems(better) == [
        f"warn={warn} lies on the good side of the target: it would never apply"
    ]


@pytest.mark.parametrize("value", ["twelve", True, float("nan"), float("inf")])
def test_what_is_no_number_is_told_wherever_it_stands(value: Any):
    for target in (Target(value), Target({DAY: value}), Target(12, warn=value), Target(12, critical=value)):
        assert any("is not a number" in problem for problem in target.problems("lower"))


QUARTERS = Target({date(2026, 3, 31): 300, date(2026, 6, 30): 391, date(2026, 9, 30): 345}, path="straight")


@pytest.mark.parametrize(
    ("day", "target"),
    [
        (date(2026, 3, 30), None),
        (date(2026, 3, 31), "300"),
        (date(2026, 4, 1), "301"),
        (date(2026, 4, 30), "330"),
        (date(2026, 6, 29), "390"),
        (date(2026, 6, 30), "391"),
        (date(2026, 7, 2), "390"),
        (date(2026, 9, 29), "345.5"),
        (date(2026, 9, 30), "345"),
        (date(2031, 1, 1), "345"),
    ],
)
def test_a_straight_path_moves_day_by_day_from_step_to_step(day: date, target: str | None):
    assert QUARTERS.at(day) == (None if target is None else Decimal(target))


def test_a_number_is_held_against_the_path_of_its_last_day():
    """April ends after 30 of 91 days: at 330."""
    assert QUARTERS.status(Decimal(330), "higher", Month(date(2026, 4, 1)).end - timedelta(days=1)) == "on"
    assert QUARTERS.status(Decimal("329.99"), "higher", date(2026, 4, 30)) == "off"
    assert QUARTERS.status(Decimal("329.99"), "higher", date(2026, 4, 29)) == "on"


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=5), st.integers(0, 500))
def test_a_path_stays_between_its_steps(amounts: list[int], days: int):
    steps = {date(2026, 1, 1) + timedelta(days=100 * n): amount for n, amount in enumerate(amounts)}
    at = Target(steps, path="straight").at(date(2026, 1, 1) + timedelta(days=days))
    assert at is not None
    assert min(amounts) <= at <= max(amounts)
    assert at == amounts[min(days // 100, len(amounts) - 1)] or days % 100


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (Target({DAY: 10}, path="straight"), 'path="straight" leads from one step to the next'),
        (Target(10, path="straight"), 'path="straight" leads from one step to the next'),
        (Target({DAY: 10}, path="curve"), 'path="curve" is neither steps nor straight'),  # type: ignore[arg-type]
    ],
)
def test_a_path_that_leads_nowhere_is_told(target: Target, told: str):
    (said,) = target.problems("higher")
    assert said.startswith(told)
    assert QUARTERS.problems("higher") == []


LIMITS = (Limit(-0.05, severity="high"), Limit(-0.02, severity="low"), Limit(0.5))


@pytest.mark.parametrize(
    ("before", "value", "severities", "said"),
    [
        ("100", "95", ["low"], "fell by 5.0 % from the week before: low severity"),
        ("100", "94.99", ["high", "low"], "fell by 5.0 % from the week before: high severity"),
        ("250", "232", ["high", "low"], "fell by 7.2 % from the week before: high severity"),
        ("100", "98", [], ""),
        ("100", "150", [], ""),
        ("100", "151", ["medium"], "rose by 51.0 % from the week before: medium severity"),
        ("-100", "-108", ["high", "low"], "fell by 8.0 % from the week before: high severity"),
        ("0", "50", [], ""),
        (None, "50", [], ""),
        ("50", None, [], ""),
    ],
)
def test_limits_that_a_change_breaks_are_told_the_gravest_first(
    before: str | None, value: str | None, severities: list[Severity], said: str
):
    was, is_now = (None if text is None else Decimal(text) for text in (before, value))
    assert [limit.severity for limit in broken(LIMITS, was, is_now)] == severities
    assert str(alarm(LIMITS, was, is_now, "weekly") or "") == said


@pytest.mark.parametrize(("cadence", "noun"), [("daily", "day"), ("weekly", "week"), ("monthly", "month")])
def test_a_change_is_told_against_the_period_before(cadence: Cadence, noun: str):
    assert (
        str(alarm(LIMITS, Decimal(100), Decimal(9), cadence)) == f"fell by 91.0 % from the {noun} before: high severity"
    )


def test_a_limit_without_a_value_warns_and_no_number_is_ever_off():
    found = Target(warn=0.30)
    assert found.problems("lower") == []
    assert [found.status(Decimal(v), "lower", DAY) for v in ("0.30", "0.31")] == [Status.ON, Status.NEAR]
    assert [found.status(Decimal(v), "higher", DAY) for v in ("0.30", "0.29")] == [Status.ON, Status.NEAR]
    assert (found.at(DAY), found.status(None, "lower", DAY)) == (None, Status.UNKNOWN)
    assert Target().problems("lower") == ["target has neither a value nor a warn limit"]


def test_a_critical_limit_lies_beyond_the_others():
    assert Target(0.03, warn=0.05, critical=0.04).problems("lower") == [
        "critical=0.04 lies on the good side of the target or of warn"
    ]
    assert Target(warn=0.3, critical=0.4).problems("higher") == [
        "critical=0.4 lies on the good side of the target or of warn"
    ]


def test_beyond_the_critical_limit_a_number_is_an_alarm_by_itself():
    par30 = KPI(
        title="PAR30",
        owner="Risk",
        unit="%",
        better="lower",
        measure=Query("select 1"),
        target=Target(0.03, warn=0.05, critical=0.10),
        critical_spike=0.15,
        cadence="monthly",
    )
    assert par30.alarm(None, Decimal("0.10")) is None
    assert str(par30.alarm(None, Decimal("0.11"))) == "beyond 10.0 %, the critical limit: high severity"
    told = "beyond 10.0 %, the critical limit; rose by 20.0 % from the month before: high severity"
    assert str(par30.alarm(Decimal("0.10"), Decimal("0.12"))) == told
    assert str(par30.alarm(Decimal("0.05"), Decimal("0.06"))) == "rose by 20.0 % from the month before: high severity"
    assert par30.alarm(Decimal("0.05"), None) is None
