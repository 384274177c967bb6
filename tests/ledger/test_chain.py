"""The chain over the history: whatever is altered behind the program's back is found, and where."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.catalog import Definition
from core.databases import parse_url
from core.kpi import KPI, Scorecard
from core.ledger import chain, names, readings, runs
from core.measures import Query
from core.periods import Week
from core.readings import Number, Reading

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
OFF = "alter table kpi.reading disable trigger all"
ON = "alter table kpi.reading enable trigger all"


@pytest.fixture
def connection(ledger_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(parse_url(ledger_url))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def week(connection: sa.Connection) -> Callable[[int, int], None]:
    """Records a number for a week of two scorecards."""
    names.add_parts(connection, ["sales", "stock"])
    defined = [_definition("sales"), _definition("stock")]
    for one in defined:
        names.name_definitions(connection, [one], {})
    run = runs.start(connection, "run", ["sales", "stock"], "tester", NOW)

    def _week(number: int, value: int) -> None:
        made = [(d, Reading(d.key, Week.of(2026, number), Number(Decimal(value)))) for d in defined]
        readings.record(connection, run, made, NOW)

    return _week


def _definition(scorecard: str) -> Definition:
    kpi = KPI(title="Orders", owner="Sales", unit="orders", better="higher", measure=Query("select 1 as value"))
    return Definition(scorecard, "01", "orders", kpi, Scorecard(title="S", owner="S"), "", Path())


def breaches(connection: sa.Connection) -> list[str]:
    return [breach for found in chain.verify(connection) for breach in found.breaches]


def do(connection: sa.Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(sa.text(statement))


def test_an_untouched_history_is_whole_and_every_line_changes_the_digest(
    connection: sa.Connection, week: Callable[[int, int], None]
) -> None:
    heads = set()
    for number in range(1, 6):
        week(number, number)
        week(number, number + 1)
        heads |= {found.head for found in chain.verify(connection)}
    assert len(heads) == 10
    assert breaches(connection) == []
    assert chain.unguarded(connection) == []
    assert [(found.scorecard, found.lines) for found in chain.verify(connection)] == [("sales", 10), ("stock", 10)]


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("update kpi.reading set value = 9 where {third}", "sales.01 2026-W03: line"),
        ("update kpi.reading set note = 'x' where {third}", "sales.01 2026-W03: line"),
        ("update kpi.reading set recorded_at = recorded_at + interval '1 second' where {third}", "2026-W03: line"),
        ("""update kpi.reading set evidence = '{{"a": 1}}' where {third}""", "sales.01 2026-W03: line"),
        ("delete from kpi.reading where {third}", "sales.01 2026-W04: line"),
        ("delete from kpi.reading where {last}", "sales: the history has 4 lines where 5 were appended"),
    ],
)
def test_tampering_is_found_and_located(
    connection: sa.Connection, week: Callable[[int, int], None], tampering: str, found: str
) -> None:
    for number in range(1, 6):
        week(number, number)
    places = {w: f"scorecard = 'sales' and period = '2026-W0{n}'" for w, n in (("third", 3), ("last", 5))}
    do(connection, "delete from vl_analytics.scorecard", OFF, tampering.format(**places), ON)
    do(connection, "insert into vl_analytics.scorecard select * from kpi.replay")
    assert found in breaches(connection)[0]


def test_a_number_written_over_in_the_scorecard_table_is_found_and_rebuilt(
    connection: sa.Connection, week: Callable[[int, int], None]
) -> None:
    for number in range(1, 4):
        week(number, number)
    do(connection, "update vl_analytics.scorecard_sales set field_value = 99 where period = '2026-W02'")
    do(connection, "delete from vl_analytics.scorecard_stock where period = '2026-W03'")
    assert breaches(connection) == [
        "sales.01 2026-W02: the scorecard table is not as the history says",
        "stock.01 2026-W03: the scorecard table is not as the history says",
    ]
    chain.rebuild(connection, "sales")
    chain.rebuild(connection, "stock")
    assert breaches(connection) == []


def test_a_history_written_anew_does_not_hold_a_digest_that_was_noted(
    connection: sa.Connection, week: Callable[[int, int], None]
) -> None:
    week(1, 1)
    noted = chain.verify(connection)[0].head
    week(2, 2)
    assert chain.verify(connection, ["sales"], {"sales": noted[:16]})[0].breaches == []
    forge = """
        do $$
        declare line kpi.reading; link bytea := '\\x';
        begin
            update kpi.reading set value = 7 where scorecard = 'sales' and period = '2026-W01';
            for line in select * from kpi.reading where scorecard = 'sales' order by reading_id loop
                link := sha256(link || convert_to(kpi.reading_text(line), 'UTF8'));
                update kpi.reading set digest = link where reading_id = line.reading_id;
            end loop;
            update kpi.chain set head = link where scorecard = 'sales';
        end $$"""
    connection.exec_driver_sql(OFF)
    connection.exec_driver_sql(forge)
    connection.exec_driver_sql(ON)
    chain.rebuild(connection, "sales")
    assert breaches(connection) == []  # the forger was thorough
    (found,) = chain.verify(connection, ["sales"], {"sales": noted})
    assert found.breaches == [f"sales: no line ever ended with the digest {noted}: the history was written anew"]


def test_guards_that_are_off_are_told(connection: sa.Connection) -> None:
    do(connection, "alter table kpi.reading disable trigger append_only", "drop trigger kept on kpi.run")
    assert chain.unguarded(connection) == [
        "kpi.reading: the trigger append_only is off or gone",
        "kpi.run: the trigger kept is off or gone",
    ]


def test_postgresql_itself_refuses_a_second_line_after_the_same_one(
    connection: sa.Connection, week: Callable[[int, int], None]
) -> None:
    week(1, 1)
    copy = "insert into kpi.reading (run_id, scorecard, kpi_number, range_type, period, period_start, period_end, " \
           "starts_at, ends_at, year, week_month, value, state, note, reason, definition_hash, recorded_at, follows) " \
           "select run_id, scorecard, kpi_number, range_type, period, period_start, period_end, starts_at, ends_at, " \
           "year, week_month, 2, state, note, {reason}, definition_hash, recorded_at, {follows} " \
           "from kpi.reading where scorecard = 'sales' limit 1"  # fmt: skip
    for reason, follows in (("'first'", "null"),):
        with pytest.raises(sa.exc.IntegrityError, match="reading_begins_once"), connection.begin_nested():
            connection.execute(sa.text(copy.format(reason=reason, follows=follows)))
    connection.execute(sa.text(copy.format(reason="'late data'", follows="reading_id")))
    with pytest.raises(sa.exc.IntegrityError, match="reading_followed_once"), connection.begin_nested():
        connection.execute(sa.text(copy.format(reason="'late data'", follows="reading_id")))
