"""The numbers 1, 01 and 001 are one KPI; 16 and 16a are two. Mixed up, one row overwrites another or stands twice."""

from collections.abc import Callable
from decimal import Decimal

from core.pipeline.past import history
from core.pipeline.running import run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]


def kpi(value: int) -> str:
    return (
        'kpi = KPI(title="T", owner="O", unit="u", better="higher", '
        f'measure=Query("select {value} as value where cast(:start as date) < :end"))'
    )


def test_a_file_renumbered_from_1_to_01_keeps_its_row_and_16a_has_one_of_its_own(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session], settings: object
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    write("sales", "kpi_1_one.py", kpi(1))
    write("sales", "kpi_16_sixteen.py", kpi(16))
    write("sales", "kpi_16a_split.py", kpi(17))
    shop = open_shop("2026-11-20")
    run(shop, [])
    folder = shop.settings.scorecards / "sales"
    (folder / "kpi_1_one.py").rename(folder / "kpi_01_one.py")
    later = open_shop("2026-11-20")
    run(later, [], week="2026-W46")
    found = sql("select kpi_number, field_value from vl_analytics.scorecard order by kpi_number")
    assert found == [("01", Decimal(1)), ("16", Decimal(16)), ("16a", Decimal(17))]
    for selector in ("sales.1", "sales.01", "sales.001"):
        assert [t.line.reading.value for t in history(later, [selector])] == [Decimal(1)]
    assert [t.line.reading.value for t in history(later, ["sales.16a"])] == [Decimal(17)]
