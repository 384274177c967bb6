"""Numbers: sums, means and ratios; an unknown part makes the whole unknown."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Week
from core.readings import UNKNOWN, Number, Reading, State, mean, total

amounts = st.decimals(-(10**9), 10**9, places=2)
counts = st.integers(1, 10**6).map(Decimal)


def test_a_ratio_keeps_its_parts():
    share = Number.ratio(Decimal(3), Decimal(12))
    assert (share.value, share.numerator, share.denominator) == (Decimal("0.25"), 3, 12)
    assert share.is_ratio


@pytest.mark.parametrize("denominator", [None, Decimal(0), Decimal("0.00")])
def test_a_ratio_over_nothing_is_unknown_and_never_zero(denominator: Decimal | None):
    assert Number.ratio(Decimal(3), denominator).value is None


def test_a_ratio_of_an_unknown_numerator_is_unknown():
    assert Number.ratio(None, Decimal(12)).value is None


def test_nothing_of_something_is_zero():
    assert Number.ratio(Decimal(0), Decimal(12)).value == 0


@given(st.lists(amounts, max_size=12))
def test_a_total_is_the_exact_sum(values: list[Decimal]):
    found = total([Number(value) for value in values]).value
    assert found is not None
    assert Fraction(found) == sum(map(Fraction, values))


@given(st.lists(amounts, max_size=6), st.lists(amounts, max_size=6))
def test_one_unknown_makes_total_and_mean_unknown(before: list[Decimal], after: list[Decimal]):
    numbers = [*map(Number, before), UNKNOWN, *map(Number, after)]
    assert total(numbers).value is None
    assert mean(numbers).value is None


def test_the_mean_of_nothing_is_unknown():
    assert mean([]).value is None


@given(st.lists(st.tuples(amounts, counts), min_size=1, max_size=8))
def test_the_mean_of_ratios_is_the_ratio_of_the_sums(parts: list[tuple[Decimal, Decimal]]):
    found = mean([Number.ratio(above, below) for above, below in parts])
    above, below = sum(a for a, _ in parts), sum(b for _, b in parts)
    assert (found.numerator, found.denominator) == (above, below)
    assert found.value == Decimal(above) / Decimal(below)


def test_a_ratio_without_a_denominator_makes_the_mean_unknown():
    assert mean([Number.ratio(Decimal(1), Decimal(2)), Number.ratio(Decimal(1), Decimal(0))]).value is None


def test_a_mean_over_plain_numbers_divides_by_how_many_they_are():
    assert mean([Number(Decimal(n)) for n in (12, 9, 0, 11)]).value == 8


def test_what_was_a_float_stays_marked_through_sums_and_means():
    mixed = [Number(Decimal(1)), Number(Decimal(2), approximate=True)]
    assert total(mixed).approximate
    assert mean(mixed).approximate
    assert mean([Number.ratio(Decimal(1), Decimal(2), approximate=True)]).approximate
    assert not mean([Number(Decimal(1))]).approximate


def test_exact_numbers_are_the_same_only_when_they_are_equal():
    assert Number(Decimal("1.0")).same_as(Number(Decimal("1.00")), Decimal("1e-9"))
    assert not Number(Decimal("1.0")).same_as(Number(Decimal("1.0000000001")), Decimal("1e-9"))


def test_floats_are_the_same_within_the_declared_tolerance():
    summed = Number(Decimal("1000000.0000001"), approximate=True)
    assert summed.same_as(Number(Decimal(1_000_000)), Decimal("1e-9"))
    assert not summed.same_as(Number(Decimal("1000000.1")), Decimal("1e-9"))
    assert not summed.same_as(UNKNOWN, Decimal("1e-9"))


def test_a_ratio_with_other_parts_is_another_number_though_its_value_is_equal():
    assert not Number.ratio(Decimal(1), Decimal(2)).same_as(Number.ratio(Decimal(2), Decimal(4)), Decimal("1e-9"))


def test_only_final_and_provisional_readings_stand_for_a_number():
    week = Week.of(2026, 47)
    standing = {state for state in State if Reading("success.06", week, state=state).has_number}
    assert standing == {State.FINAL, State.PROVISIONAL}
