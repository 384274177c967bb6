"""Targets: steps by date, a warn band, and the verdict that follows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.targets import Better, Status, Target

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
