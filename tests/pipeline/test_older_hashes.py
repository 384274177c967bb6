"""A ledger whose lines bear hashes of the letters of a query goes on as if nothing had happened."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from core.ledger import names, readings
from core.ledger.rules import Entry
from core.periods import parse
from core.pipeline.changes import changes
from core.pipeline.receipts import receipt
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.pipeline.sides import Side
from core.readings import Number, Reading

Add = Callable[..., None]
Open = Callable[[str], Session]
Sql = Callable[..., list[tuple[Any, ...]]]
QUERY = "select count(*) as value\\n  from staging.orders\\n  where at >= :start and at < :end -- all of them"


def recorded_by_letters(session: Session, week: str, value: int) -> None:
    """As version 0.2 recorded it."""
    definition = session.catalog.by_name["sales.01"]
    reading = Reading(definition.key, parse(week), Number(Decimal(value)))
    with session.ledger() as connection:
        names.add_parts(connection, ["sales"])
        run = session.start(connection, "backfill", ["sales"])
        names.name_definitions(connection, [definition], {})
        readings.append(
            connection, run, [(definition, Entry(reading, "first", definition.hash_as_written))], session.now()
        )


def test_late_data_stays_late_data_and_a_receipt_names_the_query_of_today(
    add: Add, fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", QUERY)
    fill(reaches="2026-11-17", w2026_W46=3)
    session = open_shop("2026-11-20")
    definition = session.catalog.by_name["sales.01"]
    assert definition.hash != definition.hash_as_written
    recorded_by_letters(session, "2026-W46", 2)
    assert receipt(session, "sales.01", "2026-W46").is_todays_query
    backfill(session, [], "2026-W46", "last")
    lines = sql("select value, reason, definition_hash from kpi.reading order by reading_id")
    assert lines == [
        (Decimal(2), "first", definition.hash_as_written), (Decimal(3), "late data", definition.hash)
    ]  # fmt: skip
    assert receipt(session, "sales.01", "2026-W46").is_todays_query


def test_a_query_that_was_only_laid_out_anew_restates_nothing_and_changes_no_reason(
    add: Add, fill: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", QUERY)
    fill(reaches="2026-11-17", w2026_W45=2, w2026_W46=3)
    before = open_shop("2026-11-20")
    backfill(before, [], "2026-W45", "last")
    add("01_orders", QUERY.replace("\\n ", "").replace("all of them", "each of them"))
    after = open_shop("2026-11-20")
    assert changes(Side.of(before.catalog), Side.of(after.catalog)) == []
    assert backfill(after, [], "2026-W45", "last").recorded == {}
    fill(w2026_W46=1)
    assert backfill(after, [], "2026-W45", "last").recorded == {"late data": 1}
    assert len(set(sql("select definition_hash from kpi.reading"))) == 1
