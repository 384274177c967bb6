"""KPIs and scorecards tell all their faults at once, as sentences."""

from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.expressions import ref
from core.kpi import KPI, Scorecard
from core.measures import Query
from core.targets import Target

FORMS = KPI(
    title="Offboarding forms completed",
    owner="Customer Success",
    unit="forms",
    better="lower",
    target=12,
    measure=Query("select count(*) as value from staging.offboarding_forms where closed_at >= :start"),
)
CARD = Scorecard(title="Success", owner="Customer Success", timezone="Europe/London")


def told_of(**changes: Any) -> list[str]:
    return replace(FORMS, **changes).problems()


def test_a_sound_kpi_has_no_problems():
    assert FORMS.problems() == []
    assert told_of(measure=ref("offboarding_forms").mean(weeks=4), target=None, better="neither") == []
    assert told_of(since="2026-W01", retired="2026-W47", empty=0) == []


def test_every_fault_is_told_at_once():
    told = told_of(title="", owner="", unit="", better="hihger", cadence="weekley", measure="select 1", since="soon")
    assert [sentence.split()[0] for sentence in told] == [
        *("title", "owner", "unit"),
        *('better="hihger"', 'cadence="weekley"'),
        *("measure", 'since="soon"'),
    ]
    assert 'Did you mean "higher"?' in told[3]
    assert 'Did you mean "weekly"?' in told[4]


@pytest.mark.parametrize("word", ["title", "owner", "unit"])
def test_what_people_read_is_text(word: str):
    assert told_of(**{word: 5}) == [f"{word} is of type int, not a text"]
    assert told_of(**{word: "  "}) == [f"{word} is missing"]


@pytest.mark.parametrize("word", ["tolerance", "sensitivity", "critical_drop", "critical_spike"])
@pytest.mark.parametrize("wrong", ["5%", -0.1, float("nan"), Decimal("sNaN"), True, []])
def test_limits_are_numbers_from_0_on(word: str, wrong: Any):
    (told,) = told_of(**{word: wrong})
    assert told.startswith(f"{word}=")
    assert told.endswith("is not a number of 0 or more")
    assert told_of(**{word: 0.15}) == []


@pytest.mark.parametrize("word", ["tolerance", "sensitivity"])
def test_a_limit_may_be_0_where_that_means_any_difference(word: str):
    assert told_of(**{word: 0}) == []


@pytest.mark.parametrize("word", ["critical_drop", "critical_spike"])
def test_an_alarm_that_would_sound_at_every_change_is_refused(word: str):
    assert told_of(**{word: 0}) == [f"{word}=0 would sound at every change: write a share such as 0.15"]


def test_limits_may_be_absent_but_the_tolerance_may_not():
    assert told_of(sensitivity=None, critical_drop=None, critical_spike=None) == []
    assert told_of(tolerance=None) == ["tolerance=None is not a number of 0 or more"]


@pytest.mark.parametrize("wrong", ["region", ("region", 5), ("",), None, {"region": 1}])
def test_dimensions_are_a_list_of_columns(wrong: Any):
    assert told_of(dimensions=wrong) == ['dimensions is not a list of columns: write dimensions=("region", "plan")']
    assert told_of(dimensions=["region"]) == told_of(dimensions=("region", "plan")) == []


def test_the_faults_of_the_measure_and_of_the_target_are_told_whatever_else_is_wrong():
    assert told_of(measure=Query(5)) == ["sql is of type int, not a text"]  # type: ignore[arg-type]
    assert told_of(better="up", target="twelve")[1:] == ["target=twelve is not a number"]
    assert told_of(better="up", target=Target(12, warn=10)) == told_of(better="up", target=12)
    assert told_of(since=5, retired=None) == ['since="5" is not a period', 'retired="None" is not a period']


def test_a_target_needs_a_direction():
    assert told_of(better="neither") == ['target needs a direction: say better="higher" or better="lower"']


@pytest.mark.parametrize("word", ["since", "retired"])
@pytest.mark.parametrize(
    ("period", "fault"),
    [
        ("2025-W53", "2025 has 52 weeks"),
        ("2026-11", "is not a weekly period"),
        ("2026-11-20", "is not a weekly period"),
        ("next week", "is not a period"),
    ],
)
def test_the_first_and_last_period_must_exist_and_have_the_cadence(word: str, period: str, fault: str):
    (told,) = told_of(**{word: period})
    assert told.startswith(word)
    assert fault in told


@pytest.mark.parametrize("cadence", ["daily", "monthly"])
def test_a_period_of_the_own_cadence_is_welcome(cadence: str):
    assert told_of(cadence=cadence, since={"daily": "2026-11-20", "monthly": "2026-11"}[cadence]) == []


def test_amounts_that_are_no_numbers_are_told_and_not_raised():
    assert told_of(target="twelve") == ["target=twelve is not a number"]
    assert told_of(empty="zero") == ["empty=zero is not a number"]


def test_a_target_may_be_a_number_or_a_target():
    assert FORMS.goal == Target(12)
    assert replace(FORMS, target=Target(12, warn=14)).goal == Target(12, warn=14)
    assert replace(FORMS, target=None).goal is None


def test_nothing_found_is_unknown_unless_the_kpi_says_otherwise():
    assert FORMS.nothing_found is None
    assert replace(FORMS, empty=0).nothing_found == 0
    assert replace(FORMS, empty=0.1).nothing_found == Decimal("0.1")


def test_definitions_are_facts_that_nobody_changes():
    with pytest.raises(FrozenInstanceError):
        FORMS.title = "Another"  # type: ignore[misc]


def test_a_scorecard_knows_its_zone_and_its_first_weekday():
    assert CARD.problems() == []
    assert CARD.zone == ZoneInfo("Europe/London")
    assert CARD.first_weekday == 0
    assert replace(CARD, week_start="sunday").first_weekday == 6


def test_a_scorecard_tells_every_fault_at_once():
    told = Scorecard(title="", owner="", timezone="Europe/Londn", week_start="Sunday").problems()
    assert told[:2] == ["title is missing", "owner is missing"]
    assert told[2] == 'week_start="Sunday" is not a weekday. Did you mean "sunday"?'
    assert told[3].startswith('timezone="Europe/Londn" is not a time zone')


def test_a_scorecards_fields_are_texts():
    wrong: Any = {"title": 5, "owner": None, "timezone": 5, "week_start": 0}
    told = Scorecard(**wrong).problems()
    assert told[:2] == ["title is of type int, not a text", "owner is of type NoneType, not a text"]
    assert [sentence.split("=")[0] for sentence in told[2:]] == ["week_start", "timezone"]


@pytest.mark.parametrize(
    "zone", [None, "", "London", "Europe", "../etc/localtime", "/etc/localtime", "Europe/Lon\x00don"]
)
def test_what_is_no_time_zone_is_told_and_not_raised(zone: str):
    assert len(replace(CARD, timezone=zone).problems()) == 1
