"""Looking back: titles, targets and zones as they were, not as the files say today."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.catalog import Definition
from core.databases import parse_url
from core.kpi import KPI, Scorecard
from core.ledger import clock, described
from core.measures import Query
from core.periods import Week
from core.targets import Limit, Target

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
CARD = Scorecard(title="Sales", owner="Sales team", timezone="Europe/London", week_start="sunday")
STEPS = Target({date(2026, 1, 1): 12, date(2026, 7, 1): Decimal("10.5")}, warn=0.3, critical=20)
ORDERS = KPI(
    title="Orders", owner="Ann", unit="orders", better="lower", target=STEPS, measure=Query("select 1 as value")
)


@pytest.fixture
def connection(ledger_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(parse_url(ledger_url))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def defined(kpi: KPI = ORDERS, card: Scorecard = CARD) -> Definition:
    return Definition("sales", "01", "orders", kpi, card, "What counts.", Path())


def test_a_kpi_is_shown_as_it_was_described_then(connection: sa.Connection) -> None:
    began = {"sales.01": Week.of(2026, 5, 6)}
    described.describe(connection, "sales", CARD, [defined()], began, NOW)
    later = replace(ORDERS, title="Purchases", target=7)
    described.describe(connection, "sales", CARD, [defined(later)], began, NOW + timedelta(days=1))
    card, (then,), first = described.described(connection, "sales", NOW)
    _, (now,), _ = described.described(connection, "sales", NOW + timedelta(days=2))
    assert (card, first) == (CARD, began)
    assert (then.kpi.title, then.doc, then.key, then.card) == ("Orders", "What counts.", "sales.01", CARD)
    for day in (date(2025, 1, 1), date(2026, 3, 1), date(2026, 8, 1)):
        assert then.kpi.goal is not None
        assert then.kpi.goal.at(day) == STEPS.at(day)
        for value in ("0.2", "0.4", "11", "30"):
            assert then.kpi.goal.status(Decimal(value), "lower", day) == STEPS.status(Decimal(value), "lower", day)
    assert (now.kpi.title, now.kpi.target) == ("Purchases", Target(Decimal(7)))


def test_describing_the_same_again_leaves_no_trace(connection: sa.Connection) -> None:
    for _ in range(3):
        described.describe(connection, "sales", CARD, [defined()], {}, NOW)
    assert connection.execute(sa.text("select count(*) from kpi.described")).scalar() == 2


def test_a_kpi_that_is_gone_was_there_then(connection: sa.Connection) -> None:
    described.describe(connection, "sales", CARD, [defined()], {}, NOW)
    described.describe(connection, "sales", CARD, [], {}, NOW + timedelta(days=1))
    assert [d.key for d in described.described(connection, "sales", NOW)[1]] == ["sales.01"]
    assert described.described(connection, "sales", NOW + timedelta(days=1))[1] == []
    assert [d.key for d in described.described(connection, "sales", NOW - timedelta(days=1))[1]] == ["sales.01"]
    assert described.described(connection, "stock", NOW)[0] is None


def test_the_ledgers_clock_never_runs_backwards_and_tells_no_instant_twice(connection: sa.Connection) -> None:
    told = [clock.read_at(connection, "sales", at) for at in (NOW, NOW, NOW - timedelta(days=30), NOW)]
    assert told[0] == NOW
    assert sorted(set(told)) == told
    assert clock.read_at(connection, "stock", NOW - timedelta(days=30)) == NOW - timedelta(days=30)


def test_a_path_and_limits_are_shown_as_they_were(connection: sa.Connection) -> None:
    path = Target({date(2026, 3, 31): 300, date(2026, 6, 30): Decimal("391")}, path="straight")
    kpi = replace(ORDERS, target=path, limits=(Limit(-0.05, severity="high"), Limit(0.5)))
    described.describe(connection, "sales", CARD, [defined(kpi)], {}, NOW)
    _, (then,), _ = described.described(connection, "sales", NOW)
    assert then.kpi.goal is not None
    assert then.kpi.goal.at(date(2026, 4, 30)) == 330
    assert [(str(limit.change), limit.severity) for limit in then.kpi.limits] == [("-0.05", "high"), ("0.5", "medium")]
