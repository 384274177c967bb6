"""Which queries that group below their outermost SELECT can be asked for all periods at once, and why others cannot."""

import pytest

from core.rewrite.anatomy import anatomy
from core.rewrite.shape import Anatomy

WEEK = "at >= :start and at < :end"
GROUPED = f"select a, sum(n) as n from staging.sales where {WEEK} group by a"


def read(sql: str) -> Anatomy:
    return anatomy(sql, {"at": "timestamp"})


@pytest.mark.parametrize(
    "sql",
    [
        f"select max(n) as value from ({GROUPED}) as x",
        f"select max(n) as value from ({GROUPED} having sum(n) > 1) as x where n < 100",
        f"select max(n) as value from (select n, row_number() over (order by n) as m from ({GROUPED}) as x) as y",
        f"select count(*) as value from (select distinct a, b from staging.sales where {WEEK}) as x",
        f"with x as ({GROUPED}) select max(n) as value from x",
        f"with x as ({GROUPED}), y as (select n from x where n > 1) select max(y.n) as value from y",
        f"with x as ({GROUPED}) select max(n) as value from (select n from x as other) as z",
        "select max(n) as value from (select s.a, sum(n) as n from staging.sales as s left join staging.shops using (a)"
        f" where s.{WEEK} and b in (select b from staging.open) group by s.a) as x",
        f"select count(n) as value from (select lag(n) over (order by at) as n from staging.sales where {WEEK}) as x",
    ],
)
def test_one_in_the_other_is_asked_in_one_pass(sql: str) -> None:
    found = read(sql.replace("s.at >= :start and at", "s.at >= :start and s.at"))
    assert found.refusals == {}
    assert found.shape is not None
    assert found.shape.within is not None
    assert found.shape.tied in ("at", "s.at")
    assert found.shape.binds == frozenset()


UNTIED = "no column is compared as `column >= :start and column < :end` on its outermost level"
NOT_ONCE = "x of its WITH is not read just once, by its name"


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        # It answers also where there are no rows.
        (f"select max(n) as value from (select count(*) as n from staging.sales where {WEEK}) as x", "adds up without"),
        (
            f"select max(n) as value from (select 1 as n from staging.sales where {WEEK} having count(*) > 1) as x",
            "adds",
        ),
        (f"select max(n) as value from ({GROUPED.replace('group by a', 'group by rollup (a)')}) as x", "several ways"),
        (f"select max(n) as value from ({GROUPED.replace('group by a', 'group by ()')}) as x", "several ways"),
        (
            f"select max(n) as value from ({GROUPED.replace('group by a', 'group by grouping sets ((a), ())')}) as x",
            "several ways",
        ),
        # Rows of several periods would meet.
        (f"select max(n) as value from ({GROUPED} order by 2 desc limit 3) as x", "a derived table has a LIMIT"),
        (f"select max(n) as value from ({GROUPED} offset 3) as x", "a derived table has a OFFSET"),
        (f"select max(n) as value from ({GROUPED} order by 2) as x", "a derived table orders its rows"),
        (f"select max(n) as value from (select distinct on (a) n from staging.sales where {WEEK}) as x", "DISTINCT ON"),
        (
            f"select max(m) as value from (select sum(n) over w as m from staging.sales where {WEEK} "
            "window w as (order by at)) as x",
            "a derived table has a WINDOW clause",
        ),
        (f"select max(n) as value from ({GROUPED} union all {GROUPED}) as x", UNTIED),
        # Not one in the other.
        (f"select max(n) as value from ({GROUPED}) as x join ({GROUPED}) as y using (a)", UNTIED),
        (f"select max(n) as value from ({GROUPED}) as x join staging.shops using (a)", UNTIED),
        (f"with x as ({GROUPED}) select max(n) as value from x where n > (select avg(n) from x)", NOT_ONCE),
        (f"with x as ({GROUPED}) select max(n) as value from (select x.n from x join x as y using (a)) as z", NOT_ONCE),
        (f"with x as (select 1), y as ({GROUPED}) select max(n) as value from y", NOT_ONCE),
        (f"with recursive x as ({GROUPED}) select max(n) as value from x", "its WITH is recursive"),
        (
            f"with x as ({GROUPED}) select max(n) as value from x where n in (with x as (select 1) select n from x)",
            "not the only one",
        ),
        (f"select max(n) as value from (with y as ({GROUPED}) select n from y) as x", UNTIED),
        (f"select max(c) as value from ({GROUPED}) as x (b, c)", UNTIED),
        # The number of the period would show.
        (f"select max(n) as value from (select * from staging.sales where {WEEK}) as x", "takes all columns"),
        (f"select count(distinct x) as value from ({GROUPED}) as x", "a row of a derived table as a whole"),
        (f"select count(distinct x.*) as value from ({GROUPED}) as x", "a row of a derived table as a whole"),
        (f"select max(n) as value from ({GROUPED}) as x where x is not null", "a row of a derived table as a whole"),
        (
            f"select max(kpi_nth) as value from ({GROUPED.replace('as n', 'as kpi_nth')}) as x",
            "the name kpi_nth itself",
        ),
        # Tied to the period in other ways too.
        (
            f"select max(n) as value from ({GROUPED.replace('group', 'and y = :year group')}) as x",
            "it uses :year beside",
        ),
        (f"select max(n) as value from ({GROUPED}) as x where n > :year", "it uses :year beside"),
        (f"select max(n) as value from ({GROUPED.replace(':start', ':end - 28')}) as x", UNTIED),
        (
            "select count(*) as value from (select a, lag(at) over (order by at) as b, at from staging.sales "
            "where at < :end) as x where at >= :start",
            UNTIED,
        ),
    ],
)
def test_what_would_say_something_else_is_not(sql: str, why: str) -> None:
    found = read(sql)
    assert why.replace("a OFFSET", "an OFFSET").removeprefix("a derived table has ") in found.refusals["scan"]
    assert "lateral" not in found.refusals
    assert found.shape is None or found.shape.within is None or found.shape.binds


@pytest.mark.parametrize(
    ("sql", "linear"),
    [
        ("select sum(n) as value from staging.sales where at >= :end - 28 and at < :end", True),
        (f"select max(n) as value from ({GROUPED}) as x", True),
        (f"with x as ({GROUPED}) select max(n) as value from x", True),
        (f"select max(n) as value from ({GROUPED}) as x join staging.shops using (a)", False),
        (f"select max(n) as value from staging.sales, staging.shops where {WEEK}", False),
        (f"select max(n) as value from staging.sales where {WEEK} and a in (select a from staging.open)", False),
        (f"select max(n) as value from staging.sales where {WEEK} and exists (select from staging.open)", False),
        (f"select (select count(*) from staging.open) as value from staging.sales where {WEEK}", False),
        (f"with x as ({GROUPED}) select max(n) as value from x where n > (select avg(n) from x)", False),
        (f"{GROUPED} union all {GROUPED}", False),
        (f"select max(n) as value from ({GROUPED} union all {GROUPED}) as x", False),
    ],
)
def test_what_cannot_grow_out_of_hand_reads_one_table_and_looks_nothing_up(sql: str, linear: bool) -> None:
    assert read(sql).linear is linear
