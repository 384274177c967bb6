"""Boundary rows: the moments at which weeks, clocks and years turn, to the microsecond."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.boundaries import around, changed, clock_changes, on_edge, over_new_year
from core.dataset import Column
from core.periods import Day, Month, Week, parse

LONDON = ZoneInfo("Europe/London")
WEEK = parse("2026-W27")  # 29 June to 5 July, in summer
AT, LOCAL, DAY = Column("at", "timestamptz"), Column("local", "timestamp"), Column("day", "date")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_moments_around_a_week_are_midnights_of_the_zone() -> None:
    found = {p.what: p.moment for p in around(AT, {}, WEEK, LONDON)}
    assert found == {
        "in the middle": utc(2026, 7, 2, 11),
        "at its first moment": utc(2026, 6, 28, 23),
        "a microsecond before it starts": utc(2026, 6, 28, 22, 59, 59, 999_999),
        "a microsecond before it ends": utc(2026, 7, 5, 22, 59, 59, 999_999),
        "at its end": utc(2026, 7, 5, 23),
        "in the week before": utc(2026, 6, 25, 11),
        "in the week after": utc(2026, 7, 9, 11),
    }


def test_local_moments_and_dates_turn_at_midnight_as_written() -> None:
    local = {p.what: str(p.moment) for p in around(LOCAL, {}, WEEK, LONDON)}
    assert local["at its first moment"] == "2026-06-29 00:00:00"
    assert local["a microsecond before it ends"] == "2026-07-05 23:59:59.999999"
    days = {p.what: p.moment for p in around(DAY, {}, WEEK, LONDON)}
    assert days["a day before it starts"] == date(2026, 6, 28)
    assert days["a day before it ends"] == date(2026, 7, 5)
    assert days["at its end"] == date(2026, 7, 6)


def test_the_row_is_kept_but_for_the_moment() -> None:
    row = {"no": "A", "at": utc(2026, 1, 1)}
    assert {next(iter(p.rows[0].items())) for p in around(AT, row, WEEK, LONDON)} == {("no", "A")}
    assert row["at"] == utc(2026, 1, 1)


def test_both_clock_changes_of_the_year_have_a_week_and_two_sides() -> None:
    row = {"at": datetime(2026, 7, 1, 12, tzinfo=LONDON), "day": date(2026, 7, 1)}
    found = clock_changes(AT, row, WEEK, LONDON, [AT, DAY])
    assert list(dict.fromkeys(p.period.label for p in found)) == ["2026-W13", "2026-W43"]
    sides = [str(p.moment.astimezone(UTC)) for p in found if "clock" in p.what and isinstance(p.moment, datetime)]
    assert sides == [
        "2026-03-29 00:59:59.999999+00:00",
        "2026-03-29 01:00:00+00:00",
        "2026-10-25 00:59:59.999999+00:00",
        "2026-10-25 01:00:00+00:00",
    ]
    assert {p.rows[0]["day"] for p in found} == {date(2026, 3, 25), date(2026, 10, 21)}  # it moves along
    ends = {p.period.label: p.moment for p in found if p.what == "at its end"}
    assert ends["2026-W13"] == utc(2026, 3, 29, 23)
    assert ends["2026-W43"] == utc(2026, 10, 26)


def test_where_the_clock_never_changes_there_is_nothing_to_plant() -> None:
    assert clock_changes(AT, {}, WEEK, ZoneInfo("UTC"), []) == []
    assert clock_changes(DAY, {}, WEEK, LONDON, []) == []


@pytest.mark.parametrize(
    ("period", "there", "inside"),
    [
        (WEEK, "2026-W53", ["2026-12-31 23:59:59.999999", "2027-01-01 00:00:00"]),
        (Month(date(2026, 7, 1)), "2026-12", ["2026-12-31 23:59:59.999999"]),
        (Day(date(2026, 7, 1)), "2026-12-31", ["2026-12-31 23:59:59.999999"]),
    ],
)
def test_week_53_reaches_over_new_year(period: Week, there: str, inside: list[str]) -> None:
    found = over_new_year(LOCAL, {"local": datetime(2026, 7, 1)}, period, LONDON, [LOCAL])  # noqa: DTZ001
    assert {p.period.label for p in found} == {there}
    assert [str(p.moment) for p in found if p.what.endswith(("2026", "2027"))] == inside
    ends = {p.what: str(p.moment) for p in found}
    assert ends["at its end"] == ("2027-01-04 00:00:00" if there == "2026-W53" else "2027-01-01 00:00:00")


def test_values_go_missing_turn_round_and_come_twice() -> None:
    columns = [
        Column("id", nulls=0),
        Column("client"),
        Column("amount", "decimal(12,2)"),
        Column("pieces", "integer"),
        Column("paid", "boolean"),
    ]
    row = {"id": "A", "client": None, "amount": Decimal("2.50"), "pieces": 0, "paid": True}
    found = {p.what: p.rows for p in changed(row, WEEK, columns)}
    assert list(found) == [
        "the same row twice",
        "amount is null",
        "amount is negated",
        "pieces is null",
        "paid is null",
        "paid is false",
    ]
    assert found["the same row twice"] == (row, row)
    assert found["amount is negated"] == ({**row, "amount": Decimal("-2.50")},)


def test_a_moment_that_the_query_names_has_two_sides() -> None:
    assert [p.moment for p in on_edge(DAY, {}, WEEK, date(2025, 7, 7))] == [date(2025, 7, 7), date(2025, 7, 6)]
