"""Many KPIs asked in one statement, and the statement says something else than each query alone: what each says alone
is recorded, and the report names the KPI."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.rewrite.shape import Form

Sql = Callable[..., list[tuple[object, ...]]]
WEEK = "at >= :start and at < :end"


@pytest.fixture
def shop(write: Callable[..., None], sql: Sql) -> Callable[..., None]:
    """Three orders in each of ten weeks, in a view that looks at the statement it stands in: no text tells that."""
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="S", owner="S", timezone="Europe/London")')
    columns = 'Column("at", "timestamptz"), Column("kind", nulls=0)'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", columns=({columns}))')
    sql(
        "create table staging.kept as select day + make_interval(hours => h) as at, 'a' as kind from "
        "generate_series(timestamptz '2026-08-31 12:00+00', '2026-11-02 12:00+00', '7 days') as day, "
        "generate_series(0, 2) as h union all select '2026-11-20 12:00+00', 'b'"
    )

    def _shop(sign: str, *queries: str) -> None:
        sql(f"create view staging.orders as select * from staging.kept where current_query() not like '%{sign}%'")
        sql("grant select on staging.orders to public")
        for n, query in enumerate(queries, start=1):
            words = f'title="T", owner="O", unit="u", better="higher", measure=Query("{query}")'
            write("sales", f"kpi_0{n}_k{n}.py", f"kpi = KPI({words})")

    return _shop


def recorded(sql: Sql, number: int) -> set[object]:
    found = sql("select field_value from vl_analytics.scorecard where kpi_number = %s", f"{number:02}")
    return {value for (value,) in found}


def counted(where: str) -> str:
    return f"select count(*) as value from staging.orders where {WEEK} and {where}"


@pytest.mark.parametrize("form", [None, "shared", "scan", "lateral", "loop"])
def test_a_backfill_records_what_each_query_says_alone(
    shop: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session], form: Form | None
) -> None:
    shop("kpi_", counted("kind = 'a'"), counted("kind <> 'b'"))
    report = backfill(open_shop("2026-11-18"), [], "2026-W36", "2026-W45", form=form)
    assert not report.troubles
    assert [recorded(sql, n) for n in (1, 2)] == [{Decimal(3)}] * 2
    told = sorted(text.partition(" ")[0] for text in report.remarks if "says something else" in text)
    assert told == {"loop": [], "scan": ["sales.01", "sales.02"], "lateral": ["sales.01", "sales.02"]}.get(
        form or "", ["sales.01"]
    )


def test_a_run_records_it_too(shop: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session]) -> None:
    shop("kpi_0_value", counted("kind = 'a'"), counted("kind <> 'b'"))
    report = run(open_shop("2026-11-10"), [], week="2026-W45")
    assert [recorded(sql, n) for n in (1, 2)] == [{Decimal(3)}] * 2
    assert [text.partition(":")[0] for text in report.remarks] == ["sales.01 2026-W45"]
