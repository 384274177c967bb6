"""A week of a business in Madrid starts at midnight in Madrid, not in UTC: an hour or two of Sunday night differ."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from core.pipeline.running import backfill
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[object, ...]]]
QUERY = "select count(*) as value from staging.orders where at >= :start and at < :end"
DATASET = 'dataset = Dataset(owner="O", watermark="at", columns=(Column("at", "timestamptz"),))'


@pytest.mark.parametrize(
    ("zone", "w45", "w46"), [("Europe/Madrid", 1, 2), ("UTC", 2, 1), ("Asia/Tokyo", 0, 3), ("America/New_York", 3, 0)]
)
def test_orders_of_sunday_night_fall_in_the_week_of_the_scorecards_zone(
    write: Callable[..., None],
    sql: Sql,
    open_shop: Callable[[str], Session],
    zone: str,
    w45: int,
    w46: int,
) -> None:
    write("sales", "scorecard.py", f'scorecard = Scorecard(title="Sales", owner="Sales", timezone="{zone}")')
    write("sales", "dataset_orders.py", DATASET)
    write(
        "sales",
        "kpi_01_orders.py",
        f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("{QUERY}"))',
    )
    sql("create table staging.orders (at timestamptz)")
    sql("insert into staging.orders values ('2026-10-20 12:00+00')")
    sql(
        "insert into staging.orders values ('2026-11-08 22:30+00'), ('2026-11-08 23:30+00'), ('2026-11-09 00:30+00'), "
        "('2026-11-17 12:00+00')"
    )
    backfill(open_shop("2026-11-20"), [], "2026-W45", "2026-W46")
    found = sql("select field_value from vl_analytics.scorecard order by period")
    assert found == [(Decimal(w45),), (Decimal(w46),)]


def test_a_week_with_a_clock_change_has_all_its_hours_and_none_of_its_neighbours(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales", timezone="Europe/Madrid")')
    write("sales", "dataset_orders.py", DATASET)
    write(
        "sales",
        "kpi_01_orders.py",
        f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("{QUERY}"))',
    )
    sql(
        "create table staging.orders as select at from "
        "generate_series(timestamptz '2026-03-01 00:00+00', '2026-11-20 00:00+00', '1 hour') as at"
    )
    backfill(open_shop("2026-11-20"), [], "2026-W12", "2026-W44")
    hours = dict(sql("select period, field_value from vl_analytics.scorecard"))
    assert hours.pop("2026-W13") == Decimal(167)
    assert hours.pop("2026-W43") == Decimal(169)
    assert set(hours.values()) == {Decimal(168)}
