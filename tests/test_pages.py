from datetime import date
from itertools import pairwise

import pytest

from core.pages import Page, headed, heading
from core.periods import Day, Month, Period, Week, parse

WEEKS, MONTHS, NOVEMBER = Page("weekly", 2026), Page("monthly", 2026), Page("daily", 2026, 11)


@pytest.mark.parametrize(
    ("page", "name", "title", "count", "first", "last"),
    [
        (WEEKS, "sc2026", "2026", 53, "2026-W01", "2026-W53"),
        (Page("weekly", 2025), "sc2025", "2025", 52, "2025-W01", "2025-W52"),
        (MONTHS, "sc2026 months", "2026", 12, "2026-01", "2026-12"),
        (NOVEMBER, "sc2026-11", "November 2026", 30, "2026-11-01", "2026-11-30"),
        (Page("daily", 2024, 2), "sc2024-02", "February 2024", 29, "2024-02-01", "2024-02-29"),
        (Page("daily", 2026, 12), "sc2026-12", "December 2026", 31, "2026-12-01", "2026-12-31"),
    ],
)
def test_a_page_has_its_name_and_its_periods(
    page: Page, name: str, title: str, count: int, first: str, last: str
) -> None:
    periods = page.periods()
    assert (page.name, page.span, len(periods)) == (name, title, count)
    assert (periods[0].label, periods[-1].label) == (first, last)
    assert {Page.of(period) for period in periods} == {page}
    assert all(before.end == after.start for before, after in pairwise(periods)), "no day is left out or doubled"


def test_weeks_start_on_the_scorecards_weekday() -> None:
    assert WEEKS.periods(6)[0].start == date(2025, 12, 28)
    assert WEEKS.told(6) == "weeks from Sunday"
    assert (MONTHS.told(6), NOVEMBER.told(6)) == ("months", "days")


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Week.of(2026, 3), "W03"),
        (Month(date(2026, 11, 1)), "Nov"),
        (Day(date(2026, 11, 20)), "Fri 20"),
        (Day(date(2026, 11, 2)), "Mon 2"),
    ],
)
def test_a_heading_is_short_and_tells_its_kind(period: Period, text: str) -> None:
    assert heading(period) == text
    assert headed(text) == period.cadence


@pytest.mark.parametrize("text", ["", "KPI", "November", "W3", "W123", "20 Nov", "Fri", "Fri 20 Nov", "2026"])
def test_other_words_are_no_heading(text: str) -> None:
    assert headed(text) is None


def test_headings_of_a_page_differ() -> None:
    for page in (WEEKS, MONTHS, NOVEMBER):
        headings = [heading(period) for period in page.periods()]
        assert len(set(headings)) == len(headings)


def test_pages_stand_year_by_year_and_the_weeks_first() -> None:
    labels = ("2026-11-20", "2025-12-31", "2026-11", "2026-12-01", "2026-W47", "2025-W01")
    pages = {Page.of(parse(label)) for label in labels}
    assert [page.name for page in sorted(pages, key=lambda page: page.order)] == [
        "sc2025", "sc2025-12", "sc2026", "sc2026 months", "sc2026-11", "sc2026-12",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "opened"),
    [
        (("2025-W40", "2026-W47", "2026-11", "2026-11-20"), "sc2026"),
        (("2025-11", "2026-11", "2026-11-20"), "sc2026 months"),
        (("2026-10-01", "2026-11-20", "2025-12-31"), "sc2026-11"),
    ],
)
def test_people_begin_to_read_at_the_newest_year(labels: tuple[str, ...], opened: str) -> None:
    assert max((Page.of(parse(label)) for label in labels), key=lambda page: page.prominence).name == opened
