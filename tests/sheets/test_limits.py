"""Locales, time zones, and tabs so large that one write is not enough."""

import pytest

from core.readings import State
from tests.sheets.conftest import Desk, make_grid, shown
from tests.sheets_server import people
from tests.sheets_server.display import formatted

NEWS = {("06", 3): ("0.2051", State.FINAL, ""), ("07", 3): ("275000.5", State.FINAL, "")}


@pytest.mark.parametrize(
    ("locale", "zone", "share", "money"),
    [
        ("en_US", "America/New_York", "20.5%", "275,001"),
        ("de_DE", "Europe/Berlin", "20,5%", "275.001"),
        ("fr_FR", "Europe/Paris", "20,5%", "275\u202f001"),
        ("tr_TR", "Europe/Istanbul", "20,5%", "275.001"),
    ],
)
def test_a_number_is_the_same_in_every_locale_and_zone(
    desk: Desk, locale: str, zone: str, share: str, money: str
) -> None:
    book = desk.server.new_book("Anderswo", given={"properties": {"locale": locale, "timeZone": zone}})
    desk.spreadsheet = book.id
    desk.publish(make_grid(changes=NEWS))
    assert desk.publish(make_grid(changes=NEWS)).changes == []
    assert (shown(desk.tab())["06", "W03"], shown(desk.tab())["07", "W03"]) == (0.2051, 275000.5)
    seen = {
        cell["userEnteredValue"]["numberValue"]: formatted(
            cell["userEnteredValue"], cell["userEnteredFormat"]["numberFormat"], desk.book
        )
        for cell in desk.tab().cells.values()
        if "numberValue" in cell.get("userEnteredValue", {})
    }
    assert share in seen[0.2051]
    assert money in seen[275000.5]


@pytest.mark.parametrize(("locale", "said"), [("de_DE", "12,5"), ("en_US", "12.5"), ("tr_TR", "12,5")])
def test_a_persons_number_is_told_as_a_number(desk: Desk, locale: str, said: str) -> None:
    book = desk.server.new_book("Anderswo", given={"properties": {"locale": locale}})
    desk.spreadsheet = book.id
    desk.publish(make_grid())
    desk.change(people.type_in, (5, 7), said)
    (edit,) = desk.publish(make_grid(upto=4)).edits_kept
    assert "someone wrote 12.5 where 11.75 was due" in str(edit)


def _large(desk: Desk, many: int) -> None:
    kpis = {
        f"{n:04}": {"title": f"KPI {n}", "unit": "orders", "better": "lower", "target": 6 + n % 3} for n in range(many)
    }
    news = {
        (number, week): (str(n * week % 11), State.FINAL, "") for n, number in enumerate(kpis) for week in range(1, 54)
    }
    desk.publish(make_grid(upto=52, kpis=kpis, changes=news))
    sizes = [one.size for one in desk.server.log if one.method == "POST"]
    assert len(sizes) > 1
    assert max(sizes) < desk.largest + 1_000, "what Google likes in one request"
    desk.server.log.clear()
    assert desk.publish(make_grid(upto=52, kpis=kpis, changes=news)).changes == []
    assert [one.method for one in desk.server.log] == ["GET"]
    desk.server.log.clear()
    desk.publish(make_grid(upto=53, kpis=kpis, changes=news))
    assert shown(desk.tab())[f"{many - 1:04}", "W53"] == (many - 1) * 53 % 11
    assert [one.method for one in desk.server.log] == ["GET", "POST"], "a week more is one write, however many KPIs"


def test_a_tab_of_130_kpis_is_written_in_parts(desk: Desk) -> None:
    desk.largest = 400_000
    _large(desk, 130)


@pytest.mark.long
def test_2000_kpis_and_53_weeks(desk: Desk) -> None:
    _large(desk, 2_000)
