"""Evidence: which cause a change has is decided from what a reading was made from."""

from core.ledger.evidence import CORRECTION, LATE_DATA, SOURCE_FIX, Evidence, Profile, Rows, cause, is_cut
from core.periods import Week

WEEK = Week.of(2026, 5)  # 26 January to 1 February


def rows(load: int, within: int, until: int, digest: str = "a") -> Evidence:
    return Evidence({"orders": Rows(load, within, until, digest)})


def test_a_profile_counts_rows_of_the_period_and_up_to_its_end() -> None:
    days = {"": (2, 1), "2026-01-25": (3, 10), "2026-01-26": (5, 100), "2026-02-01": (7, 1000), "2026-02-02": (9, 5)}
    found = Profile(4, days).rows(WEEK)
    assert found == Rows(4, 12, 17, f"{1111:016x}")


def test_more_rows_before_the_end_are_late_data_whatever_else_the_load_brought() -> None:
    assert cause(rows(1, 5, 50), rows(2, 6, 51, "b"), {}) == LATE_DATA
    assert cause(rows(1, 5, 50), rows(2, 6, 49, "b"), {}) == LATE_DATA  # the source has dropped its oldest rows


def test_as_many_rows_or_fewer_that_say_something_else_are_a_source_fix() -> None:
    assert cause(rows(1, 5, 50), rows(2, 5, 50, "b"), {}) == SOURCE_FIX
    assert cause(rows(1, 5, 50), rows(2, 4, 49, "b"), {}) == SOURCE_FIX


def test_rows_dated_after_the_period_that_moved_it_are_late_data() -> None:
    assert cause(rows(1, 5, 50), rows(2, 5, 50), {}) == LATE_DATA  # a form of that week that was closed only now


def test_a_formula_takes_the_reason_of_the_newest_part_that_changed() -> None:
    before = Evidence(parts={"sales.01 2026-W04": 1, "sales.01 2026-W05": 2})
    after = Evidence(parts={"sales.01 2026-W04": 7, "sales.01 2026-W05": 9})
    assert cause(before, after, {7: LATE_DATA, 9: CORRECTION}) == CORRECTION
    assert cause(before, after, {7: SOURCE_FIX, 9: "settled"}) == SOURCE_FIX
    assert cause(before, Evidence(parts={**before.parts, "sales.01 2026-W04": 7}), {7: SOURCE_FIX}) == SOURCE_FIX


def test_without_evidence_data_is_taken_to_be_late() -> None:
    assert cause(Evidence(), Evidence(), {}) == LATE_DATA
    assert cause(Evidence(), rows(1, 5, 50), {}) == LATE_DATA  # recorded before evidence was kept


def test_a_source_that_lost_what_lay_before_the_period_is_cut() -> None:
    assert is_cut(rows(1, 5, 50), rows(2, 3, 3))
    assert not is_cut(rows(1, 5, 50), rows(2, 5, 20))
    assert not is_cut(rows(1, 5, 5), rows(2, 3, 3))  # the first period of the source has nothing before it


def test_evidence_survives_the_way_through_json() -> None:
    found = Evidence({"orders": Rows(1, 5, 50, "ab")}, {"sales.01 2026-W05": 9})
    assert Evidence.from_json(found.to_json()) == found
    assert Evidence().to_json() == {}
