"""A renamed KPI keeps its past: rows are keyed by number, so a new slug neither orphans nor doubles them."""

from collections.abc import Callable
from decimal import Decimal

from core.pipeline.past import history
from core.pipeline.running import run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]
BODY = (
    'kpi = KPI(title="{title}", owner="O", unit="u", better="higher", '
    'measure=Query("select extract(isodow from cast(:start as date)) as value"))'
)


def test_history_under_the_new_name_reaches_back_to_the_first_week(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    write("sales", "kpi_07_orders.py", BODY.format(title="Orders"))
    before = open_shop("2026-11-13")
    run(before, [])
    (before.settings.scorecards / "sales" / "kpi_07_orders.py").unlink()
    write("sales", "kpi_07_purchases.py", BODY.format(title="Purchases"))
    after = open_shop("2026-11-20")
    run(after, [])
    assert [
        (t.definition.name, t.line.reading.period.label, t.line.reading.value)
        for t in history(after, ["sales.purchases"])
    ] == [
        ("sales.purchases", "2026-W45", Decimal(1)),
        ("sales.purchases", "2026-W46", Decimal(1)),
    ]
    assert sql("select distinct field_name, field_details from vl_analytics.scorecard") == [("purchases", "Purchases")]
