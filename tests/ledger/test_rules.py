"""What may follow what: trouble never takes a number away, and the same number is never recorded twice."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.ledger.rules import Recorded, next_entry
from core.periods import Week
from core.readings import Number, Reading, State

WEEK = Week.of(2026, 46)
TOLERANCE = Decimal("1e-9")


def reading(value: str | None = "12", state: State = State.FINAL, note: str = "", approximate: bool = False) -> Reading:
    number = Number(None if value is None else Decimal(value), approximate=approximate)
    return Reading("sales.01", WEEK, number, state, note)


def recorded(before: Reading, definition_hash: str = "h") -> Recorded:
    return Recorded(before, "first", definition_hash, 1, datetime(2026, 11, 16, tzinfo=UTC), 1)


def follow(before: Reading | None, evaluated: Reading, definition_hash: str = "h") -> tuple[str, str, str] | None:
    """Reason, state and value of the line that is added."""
    entry = next_entry(recorded(before) if before else None, evaluated, definition_hash, TOLERANCE)
    return entry and (entry.reason, entry.reading.state, str(entry.reading.value))


def test_the_first_reading_is_recorded_whatever_it_says() -> None:
    assert follow(None, reading()) == ("first", "final", "12")
    assert follow(None, reading(None)) == ("first", "final", "None")
    assert follow(None, reading(None, State.FAILED, "x")) == ("first", "failed", "None")


def test_the_same_number_again_adds_nothing() -> None:
    assert follow(reading(), reading()) is None
    assert follow(reading(), reading("12.0")) is None
    assert follow(reading(None), reading(None)) is None
    assert follow(reading(), reading(), definition_hash="other") is None


def test_a_provisional_number_settles_once() -> None:
    assert follow(reading(state=State.PROVISIONAL), reading()) == ("settled", "final", "12")
    assert follow(reading(), reading(state=State.PROVISIONAL)) is None


def test_a_source_that_was_set_back_does_not_restate_what_is_final() -> None:
    assert follow(reading(), reading("7", State.PROVISIONAL, "orders reaches less far")) is None


def test_another_number_is_a_restatement_with_its_reason() -> None:
    assert follow(reading(), reading("13")) == ("late data", "final", "13")
    assert follow(reading(), reading("13"), definition_hash="other") == ("query change", "final", "13")
    assert follow(reading(), reading(None)) == ("late data", "final", "None")


def test_a_line_of_an_older_ledger_that_bears_the_hash_of_the_letters_was_made_by_the_same_query() -> None:
    def reason(as_written: str) -> str:
        entry = next_entry(recorded(reading(), "letters"), reading("13"), "tree", TOLERANCE, hash_as_written=as_written)
        assert entry
        assert entry.definition_hash == "tree"
        return entry.reason

    assert (reason("letters"), reason("other letters")) == ("late data", "query change")


@pytest.mark.parametrize("state", [State.HELD, State.FAILED])
def test_trouble_never_takes_a_final_number_away(state: State) -> None:
    assert follow(reading(), reading(None, state, "contract broken")) is None


@pytest.mark.parametrize("state", [State.HELD, State.FAILED])
def test_trouble_stands_beside_the_last_good_number(state: State) -> None:
    assert follow(reading(state=State.PROVISIONAL), reading(None, state, "x")) == (state, state, "12")


def test_the_same_trouble_again_adds_nothing_and_another_one_does() -> None:
    assert follow(reading(None, State.FAILED, "x"), reading(None, State.FAILED, "x")) is None
    assert follow(reading(None, State.FAILED, "x"), reading(None, State.FAILED, "y")) == ("failed", "failed", "None")


def test_after_trouble_the_number_recovers() -> None:
    assert follow(reading(None, State.FAILED, "x"), reading()) == ("recovered", "final", "12")
    assert follow(reading("12", State.HELD, "x"), reading()) == ("recovered", "final", "12")


def test_floats_are_the_same_within_the_tolerance_and_exact_numbers_only_when_equal() -> None:
    assert follow(reading("0.1"), reading("0.10000000000000001", approximate=True)) is None
    assert follow(reading("0.1"), reading("0.10000001", approximate=True)) is not None
    assert follow(reading("10000000000.01"), reading("10000000000.02")) is not None
