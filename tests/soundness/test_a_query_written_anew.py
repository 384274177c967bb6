"""A query is written anew to be asked with others, and a word or a row is lost on the way: planted where it would be.

A careless rewriting makes another number of each of these; here the proof by the loop is not what finds it.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest

from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.rewrite.shape import Form

Sql = Callable[..., list[tuple[object, ...]]]
RANGE = "at >= :start and at < :end"
QUERIES = {
    "the user who asks for the column of that name": (
        f"select count(*) as value from staging.orders as o where {RANGE.replace('at', 'o.at')} and o.user = 'ann'",
        2,
    ),
    "one row for the rows that a function makes of it": (
        f"select count(*) as value from (select at, unnest(array[1, 2, 3]) as e from staging.orders) x where {RANGE}",
        9,
    ),
    "rows that are all null": (f"select count(distinct o.*) as value from staging.orders as o where {RANGE}", 3),
    "the other half of an or": (
        f"select count(*) as value from staging.orders where {RANGE} and n = 1 or {RANGE} and n = 2",
        2,
    ),
    "a not over an or": (f"select count(*) as value from staging.orders where {RANGE} and not (n = 1 or n = 2)", 1),
    "a guard before a division": (
        f"select sum(12 / (n - 3)) as value from staging.orders where {RANGE} and n <> 3",
        -18,
    ),
    "the condition of one aggregate for that of another": (
        "select count(*) filter (where n = 1 or n = 2) - count(*) filter (where n = 3) as value "
        f"from staging.orders where {RANGE}",
        1,
    ),
    "a period's label in a text": (
        f"select count(*) as value from staging.orders where {RANGE} and tag like '%%(start)s'",
        1,
    ),
    "the sign of a square": (f"select sum(-n ^ 2) as value from staging.orders where {RANGE}", 14),
    "what stands before a period": (
        "select count(*) as value from staging.orders where at >= :end - 14 and at < :end",
        6,
    ),
    "a week's own column": (f"select count(*) as value from staging.orders where {RANGE} and week = 'mine'", 1),
    "a distinct row": (
        "select sum(n) as value from (select distinct date_trunc('day', at) as at, 7 as n from staging.orders) as x "
        f"where {RANGE}",
        7,
    ),
}


@pytest.mark.parametrize("form", [None, "shared", "scan", "lateral", "loop"])
def test_nothing_is_lost(
    write: Callable[..., None], sql: Sql, open_shop: Callable[[str], Session], form: Form | None
) -> None:
    """Without one remark: not because the proof noticed."""
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="S", owner="S", timezone="America/New_York")')
    columns = "".join(f'Column("{name}", nulls=0), ' for name in ("user", "tag", "week"))
    columns += 'Column("at", "timestamptz"), Column("n", "integer")'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", columns=({columns}))')
    sql(
        """create table staging.orders as select "user", tag, week, day + make_interval(hours => n) as at, n
           from generate_series(timestamptz '2026-08-03 12:00+00', '2026-11-16 12:00+00', '7 days') as day,
           (values ('ann', 'x%(start)s', 'mine', 1), ('bob', 'y', '2026-W40', 2), ('ann', '', '', 3))
           as t("user", tag, week, n)"""
    )
    for n, (query, _) in enumerate(QUERIES.values(), start=1):
        words = f'title="T", owner="O", unit="u", better="higher", measure=Query("""{query}""")'
        write("sales", f"kpi_{n:02}_k{n}.py", f"kpi = KPI({words})")
    report = backfill(open_shop("2026-11-18"), [], "2026-W36", "2026-W45", form=form)
    assert not report.troubles
    assert not [text for text in report.remarks if "else" in text or "fails" in text]
    found = sql("select kpi_number, array_agg(distinct field_value) from vl_analytics.scorecard group by 1 order by 1")
    assert found == [(f"{n:02}", [Decimal(right)]) for n, (_, right) in enumerate(QUERIES.values(), start=1)]
