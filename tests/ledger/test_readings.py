"""Readings in PostgreSQL: one row for a KPI and period, a history that only grows, tables that are its replay."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.catalog import Definition
from core.databases import parse_url
from core.kpi import KPI, Scorecard
from core.ledger import names, readings, runs
from core.measures import Query
from core.periods import Period, Week
from core.readings import Number, Reading, State

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


def definition(number: str = "01", slug: str = "orders", title: str = "Orders") -> Definition:
    kpi = KPI(title=title, owner="O", unit="u", better="higher", measure=Query("select 1 as value"))
    card = Scorecard(title="S", owner="O", timezone="Europe/Madrid")
    return Definition("sales", number, slug, kpi, card, "D.", Path(f"kpi_{number}_{slug}.py"))


def reading(value: str | None, week: int = 46, number: str = "01", state: State = State.FINAL) -> Reading:
    return Reading(f"sales.{number}", Week.of(2026, week), Number(None if value is None else Decimal(value)), state)


Record = Callable[..., list[str]]


@pytest.fixture
def connection(ledger_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(parse_url(ledger_url))
    with engine.connect() as opened:
        names.add_parts(opened, ["sales"])
        opened.commit()
        yield opened
    engine.dispose()


@pytest.fixture
def record(connection: sa.Connection) -> Record:
    run = runs.start(connection, "run", ["sales"], "tester", NOW)

    def _record(*given: Reading, by: Definition | None = None) -> list[str]:
        bound = by or definition()
        names.name_definitions(connection, [bound], {})
        made = readings.record(connection, run, [(bound, r) for r in given], NOW)
        return [entry.reason for entry in made]

    return _record


def rows(connection: sa.Connection, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(sql))]


def test_the_standard_row_names_iso_year_last_sunday_and_the_instants_in_the_scorecards_zone(
    connection: sa.Connection, record: Record
) -> None:
    record(Reading("sales.01", Week.of(2026, 53), Number(Decimal("12.5"))))
    row = connection.execute(sa.text("select * from vl_analytics.scorecard_sales")).mappings().one()
    assert (row["year"], row["week_month"], row["range_type"], row["period"]) == (2026, 53, "weekly", "2026-W53")
    assert str(row["last_sunday"]) == "2027-01-03"
    assert (row["sc_name"], row["kpi_number"], row["field_name"], row["field_details"]) == (
        "sales",
        "01",
        "orders",
        "Orders",
    )
    assert row["field_value"] == Decimal("12.5")
    assert row["starts_at"] == datetime(2026, 12, 27, 23, tzinfo=UTC)  # midnight in Madrid
    assert row["print_date"] == NOW


def test_recording_the_same_again_changes_nothing(connection: sa.Connection, record: Record) -> None:
    assert record(reading("12"), reading("13", week=45)) == ["first", "first"]
    before = rows(connection, "select * from vl_analytics.scorecard order by reading_id")
    assert record(reading("12"), reading("13", week=45)) == []
    assert rows(connection, "select * from vl_analytics.scorecard order by reading_id") == before
    assert rows(connection, "select count(*) from kpi.reading") == [(2,)]


def test_a_restatement_appends_to_the_history_and_replaces_the_row(connection: sa.Connection, record: Record) -> None:
    record(reading("12"))
    assert record(reading("14")) == ["late data"]
    assert rows(connection, "select field_value from vl_analytics.scorecard_sales") == [(Decimal(14),)]
    history = rows(connection, "select value, reason from kpi.reading order by reading_id")
    assert history == [(Decimal(12), "first"), (Decimal(14), "late data")]


def test_every_digit_of_money_survives(connection: sa.Connection, record: Record) -> None:
    record(reading("123456789012345678901234.5678"))
    assert rows(connection, "select field_value from vl_analytics.scorecard") == [
        (Decimal("123456789012345678901234.5678"),)
    ]


def test_unknown_is_null_and_not_zero(connection: sa.Connection, record: Record) -> None:
    record(reading(None))
    assert rows(connection, "select field_value, state from vl_analytics.scorecard") == [(None, "final")]


def test_a_renamed_kpi_takes_its_rows_along(connection: sa.Connection, record: Record) -> None:
    record(reading("12"))
    record(reading("13", week=47), by=definition(slug="purchases", title="Purchases"))
    found = rows(
        connection, "select field_name, field_details, field_value from vl_analytics.scorecard order by period"
    )
    assert found == [("purchases", "Purchases", Decimal(12)), ("purchases", "Purchases", Decimal(13))]


def test_a_batch_lands_whole_or_not_at_all(connection: sa.Connection, record: Record) -> None:
    connection.commit()
    with pytest.raises(sa.exc.DBAPIError):
        record(reading("1"), reading("NaN", week=45))
    connection.rollback()
    assert rows(connection, "select count(*) from vl_analytics.scorecard") == [(0,)]


def test_the_scorecard_table_is_the_replay_of_the_history(connection: sa.Connection, record: Record) -> None:
    record(reading("1"), reading("2", week=45), reading("3", week=44, state=State.PROVISIONAL))
    record(reading("5"))
    replayed = rows(
        connection,
        "select distinct on (scorecard, kpi_number, period_start) kpi_number, period, value, state, reading_id "
        "from kpi.reading order by scorecard, kpi_number, period_start, reading_id desc",
    )
    table = rows(
        connection,
        "select kpi_number, period, field_value, state, reading_id from vl_analytics.scorecard "
        "order by sc_name, kpi_number, period_start",
    )
    assert table == replayed


def test_what_is_read_back_is_what_was_recorded(connection: sa.Connection, record: Record) -> None:
    ratio = Reading("sales.01", Week.of(2026, 46), Number.ratio(Decimal(1), Decimal(3)), State.PROVISIONAL, "why")
    record(ratio)
    week: Period = Week.of(2026, 46)
    back = readings.current(connection, [definition()], week, week)
    assert back["sales.01"][week].reading == ratio


def test_every_scorecard_gets_a_table_of_its_own_once(connection: sa.Connection) -> None:
    names.add_parts(connection, ["sales", "stock"])
    names.add_parts(connection, ["sales", "stock"])
    parts = rows(
        connection, "select relname from pg_class where relname like 'scorecard_s%' and relkind = 'r' order by 1"
    )
    assert parts == [("scorecard_sales",), ("scorecard_stock",)]
