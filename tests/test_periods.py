"""Periods against the calendar of the standard library, for every day and for every first weekday."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import PeriodError
from core.periods import (
    WEEKDAYS,
    Basis,
    Cadence,
    Day,
    Month,
    Week,
    containing,
    instants,
    last_complete,
    parse,
    span,
    weeks_in_year,
)

FIRST, LAST = date(1900, 1, 1), date(2200, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
GENERATIONS = [day for day in DAYS if 1998 <= day.year < 2054]  # twice 28 years: then the weekdays come again
some_day = st.dates(FIRST, LAST)
some_weekday = st.integers(0, 6)
some_cadence = st.sampled_from(["daily", "weekly", "monthly"])


def test_every_day_from_1900_to_2200_lies_in_the_week_that_the_standard_names():
    for day in DAYS:
        year, number, weekday = day.isocalendar()
        week = Week.containing(day)
        assert (week.year, week.number, week.label) == (year, number, f"{year}-W{number:02}")
        assert week.start == day - timedelta(days=weekday - 1)
        assert week.start <= day < week.end


@pytest.mark.parametrize("first_weekday", range(7))
def test_weeks_from_any_weekday_have_one_label_each_and_use_every_label(first_weekday: int):
    weeks = {Week.containing(day, first_weekday) for day in GENERATIONS}
    labels = {week.label for week in weeks}
    assert len(labels) == len(weeks)
    inner = {Week.containing(day).label for day in GENERATIONS[7:-7]}
    assert inner <= labels
    assert all(Week.of(week.year, week.number, first_weekday) == week for week in weeks)


@pytest.mark.parametrize("first_weekday", range(7))
def test_a_week_has_the_label_that_most_of_its_days_have(first_weekday: int):
    for day in GENERATIONS[::7]:
        week = Week.containing(day, first_weekday)
        labels = [(week.start + timedelta(days=n)).strftime("%G-W%V") for n in range(7)]
        assert labels.count(week.label) >= 4


@pytest.mark.parametrize("first_weekday", range(7))
def test_weeks_from_any_weekday_follow_each_other_without_gap_or_overlap(first_weekday: int):
    week = Week.containing(FIRST, first_weekday)
    while week.end < LAST:
        after = week.shift(1)
        assert after.start == week.end
        assert (after.year, after.number) in ((week.year, week.number + 1), (week.year + 1, 1))
        week = after


def test_a_53_week_year_keeps_its_last_week_in_its_own_tab():
    week = Week.containing(date(2027, 1, 3))
    assert (week.label, week.year, week.number) == ("2026-W53", 2026, 53)
    assert (week.start, week.end) == (date(2026, 12, 28), date(2027, 1, 4))
    assert week.shift(1).label == "2027-W01"


def test_years_have_as_many_weeks_as_distinct_labels():
    labels = {day.isocalendar()[:2] for day in DAYS}
    for year in range(1901, 2200):
        assert weeks_in_year(year) == sum(1 for labelled, _ in labels if labelled == year)


def test_a_run_reports_the_last_week_that_ended_before_it_on_every_weekday():
    found = {day: last_complete("weekly", date(2026, 11, day)).label for day in range(16, 24)}
    assert found == {**dict.fromkeys(range(16, 23), "2026-W46"), 23: "2026-W47"}


def test_a_run_on_a_sunday_reports_the_week_that_ended_the_sunday_before():
    sunday = date(2026, 11, 22)
    week = last_complete("weekly", sunday)
    assert week.end - timedelta(days=1) == date(2026, 11, 15)


@given(some_cadence, some_day, some_weekday)
def test_the_last_complete_period_ended_and_the_next_one_has_not(cadence: Cadence, today: date, first_weekday: int):
    period = last_complete(cadence, today, first_weekday)
    assert period.end <= today < period.shift(1).end


@given(some_cadence, some_day, some_weekday)
def test_a_label_is_read_back_as_the_same_period(cadence: Cadence, day: date, first_weekday: int):
    period = containing(cadence, day, first_weekday)
    assert period.start <= day < period.end
    assert period.cadence == cadence
    assert parse(period.label, first_weekday) == period


@given(some_cadence, some_day, some_weekday, st.integers(-1200, 1200))
def test_shifting_forth_and_back_returns_to_the_same_period(cadence: Cadence, day: date, first: int, count: int):
    period = containing(cadence, day, first)
    assert period.shift(count).shift(-count) == period
    assert period.shift(1).start == period.end


@given(some_cadence, some_day, st.integers(0, 60))
def test_a_span_holds_both_ends_and_everything_between_once(cadence: Cadence, day: date, count: int):
    first = containing(cadence, day)
    found = list(span(first, first.shift(count)))
    assert len(found) == count + 1
    assert all(before.end == after.start for before, after in pairwise(found))


def test_a_span_that_ends_before_it_begins_is_empty():
    assert list(span(Week.of(2026, 10), Week.of(2026, 9))) == []


@pytest.mark.parametrize("text", ["2026-W47", "2026W47", "2026-w47"])
def test_a_week_may_be_written_with_small_letters_or_without_the_dash(text: str):
    assert parse(text) == Week(date(2026, 11, 16))


def test_days_and_months_are_read_too():
    assert parse("2026-11-20") == Day(date(2026, 11, 20))
    assert parse("2026-11") == Month(date(2026, 11, 1))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2025-W53", "There is no week 2025-W53: 2025 has 52 weeks."),
        ("2026-W00", "There is no week 2026-W00: 2026 has 53 weeks."),
        ("2026-W54", "There is no week 2026-W54: 2026 has 53 weeks."),
        ("0226-W47", "The year 0226 is out of reach: periods lie between 1900 and 2200."),
        ("9999-12", "The year 9999 is out of reach: periods lie between 1900 and 2200."),
        ("2026-02-29", 'There is no "2026-02-29" in the calendar.'),
        ("2026-13", 'There is no "2026-13" in the calendar.'),
    ],
)
def test_a_period_that_does_not_exist_is_refused_with_the_reason(text: str, sentence: str):
    with pytest.raises(PeriodError) as told:
        parse(text)
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    "text", ["", "last", "20261120", "2026/11/20", "W47", "2026-W", "2026-W471", "2026-11-20 ", "26-11"]
)
def test_what_is_no_period_is_refused_with_the_forms_that_are(text: str):
    with pytest.raises(PeriodError, match="Write a week as 2026-W47, a day as 2026-11-20, a month as 2026-11"):
        parse(text)


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{4}-?([Ww][0-9]{1,2}|[0-9]{2}|[0-9]{2}-[0-9]{2})", fullmatch=True))
@example("9999-W52")
@example("9999-12")
@example("0001-W01")
@example("0000-01")
def test_any_text_is_a_period_with_an_end_or_refused(text: str):
    try:
        period = parse(text)
    except PeriodError:
        return
    assert parse(period.label) == period
    assert period.shift(-1).start < period.start < period.end == period.shift(1).start


def test_a_year_ago_by_the_same_label_has_no_week_53_to_compare_with():
    assert Week.of(2026, 47).year_ago(Basis.SAME_LABEL) == Week.of(2025, 47)
    assert Week.of(2026, 53).year_ago(Basis.SAME_LABEL) is None
    assert Week.of(2026, 53, 6).year_ago(Basis.SAME_LABEL) is None


def test_a_year_ago_in_52_weeks_is_364_days_and_not_always_the_same_label():
    assert Week.of(2026, 53).year_ago(Basis.WEEKS_52) == Week.of(2026, 1)
    assert Week.of(2027, 1).year_ago(Basis.WEEKS_52) == Week.of(2026, 2)
    assert Week.of(2026, 47).year_ago(Basis.WEEKS_52) == Week.of(2025, 47)


def test_a_year_ago_by_the_calendar_holds_the_same_date():
    assert Week.of(2026, 53).year_ago(Basis.CALENDAR) == Week.containing(date(2025, 12, 31))
    assert Week.containing(date(2024, 2, 29)).year_ago(Basis.CALENDAR) == Week.containing(date(2023, 2, 28))


def test_the_29th_of_february_has_no_same_label_but_two_other_years_ago():
    leap = Day(date(2024, 2, 29))
    assert leap.year_ago(Basis.SAME_LABEL) is None
    assert leap.year_ago(Basis.CALENDAR) == Day(date(2023, 2, 28))
    assert leap.year_ago(Basis.WEEKS_52) == Day(date(2023, 3, 2))
    assert Day(date(2025, 3, 1)).year_ago(Basis.SAME_LABEL) == Day(date(2024, 3, 1))


def test_a_month_has_a_year_ago_but_never_52_weeks():
    month = Month(date(2024, 2, 1))
    assert month.year_ago(Basis.SAME_LABEL) == month.year_ago(Basis.CALENDAR) == Month(date(2023, 2, 1))
    with pytest.raises(PeriodError, match="not made of weeks"):
        month.year_ago(Basis.WEEKS_52)


@given(some_day, some_weekday)
def test_52_weeks_ago_keeps_the_weekday_and_the_calendar_keeps_the_date(day: date, first_weekday: int):
    week = Week.containing(day, first_weekday)
    ago = week.year_ago(Basis.WEEKS_52)
    assert ago is not None
    assert (week.start - ago.start).days == 364
    aligned = week.year_ago(Basis.CALENDAR)
    assert aligned is not None
    assert aligned.start.weekday() == first_weekday
    middle = week.start + timedelta(days=3)
    assert any(
        (aligned.start + timedelta(days=n)).month == middle.month
        and (aligned.start + timedelta(days=n)).day in (middle.day, 28)
        for n in range(7)
    )


# The clock changes of 2026 and 2027: spring makes a week shorter, autumn longer, by an hour or by half of one.
CLOCK_CHANGES = [
    ("Europe/London", "2026-W13", 167),
    ("Europe/London", "2026-W43", 169),
    ("Europe/Madrid", "2026-W13", 167),
    ("Europe/Madrid", "2026-W43", 169),
    ("America/New_York", "2026-W10", 167),
    ("America/New_York", "2026-W44", 169),
    ("America/Santiago", "2026-W14", 169),
    ("America/Santiago", "2026-W36", 167),
    ("Africa/Cairo", "2026-W17", 167),
    ("Africa/Cairo", "2026-W44", 169),
    ("Asia/Beirut", "2026-W13", 167),
    ("Asia/Beirut", "2026-W43", 169),
    ("Australia/Lord_Howe", "2026-W14", 168.5),
    ("Australia/Lord_Howe", "2026-W40", 167.5),
    ("Europe/London", "2026-W47", 168),
    ("UTC", "2026-W13", 168),
]


@pytest.mark.parametrize(("zone", "label", "hours"), CLOCK_CHANGES)
def test_a_week_with_a_clock_change_is_as_long_as_the_clocks_say(zone: str, label: str, hours: float):
    start, end = (moment.astimezone(UTC) for moment in instants(parse(label), ZoneInfo(zone)))
    assert (end - start) == timedelta(hours=hours)


def test_a_midnight_that_the_clock_skips_is_the_moment_of_the_change():
    start, _ = instants(Day(date(2026, 4, 24)), ZoneInfo("Africa/Cairo"))
    assert start.astimezone(UTC) == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_of_a_midnight_that_comes_twice_the_second_begins_the_day():
    start, _ = instants(Day(date(2026, 11, 1)), ZoneInfo("America/Havana"))
    assert start.astimezone(UTC) == datetime(2026, 11, 1, 5, tzinfo=UTC)


@given(some_cadence, some_day, st.sampled_from(sorted({zone for zone, _, _ in CLOCK_CHANGES})))
def test_periods_follow_each_other_without_a_lost_or_doubled_moment(cadence: Cadence, day: date, zone: str):
    period = containing(cadence, day)
    (start, end), (after, _) = instants(period, ZoneInfo(zone)), instants(period.shift(1), ZoneInfo(zone))
    assert end.astimezone(UTC) == after.astimezone(UTC)
    assert start.astimezone(UTC) < end.astimezone(UTC)


def test_weekdays_are_numbered_as_dates_number_them():
    assert [WEEKDAYS[(date(2026, 11, 16) + timedelta(days=n)).weekday()] for n in range(7)] == list(WEEKDAYS)
    assert date(2026, 11, 16).strftime("%A").lower() == WEEKDAYS[0]
